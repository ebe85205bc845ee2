"""An event on its way into the store."""

from __future__ import annotations

from typing import NamedTuple


class NewEvent(NamedTuple):
    """One event ready to be stored: ids hashed, instants in µs, body as JSON."""

    id: bytes
    source_id: int
    type: int
    name: str
    occurred_at: int
    sent_time: int | None
    visitor: int | None
    customer: int | None
    body: str
    agent: int | None = None
