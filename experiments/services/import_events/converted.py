"""What becomes of a row of a file."""

from __future__ import annotations

from typing import Any, NamedTuple


class Converted(NamedTuple):
    """One event, and the row it came from."""

    row: int
    event: dict[str, Any]


class Refused(NamedTuple):
    """One row that became no event."""

    row: int
    field: str
    value: str
    reason: str
