"""Rows with their numbers, and values inside nested cells."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

Cells = Sequence[Any]
#: Number of the row as a spreadsheet shows it, and its cells, or the sentence that says why it has none.
NumberedRow = tuple[int, Cells | str]


def value_at(row: Any, path: Sequence[str]) -> Any:
    """The value at a dotted path of nested mappings, None where there is none."""
    for name in path:
        if not isinstance(row, dict):
            return None
        row = row.get(name)
    return row


def flat_names(row: Any, prefix: str = "") -> Iterator[str]:
    """Dotted names of everything in a nested mapping; of a list of mappings also the names inside its first ones."""
    for name, value in row.items():
        path = f"{prefix}{name}"
        if isinstance(value, dict):
            yield from flat_names(value, f"{path}.")
        else:
            yield path
            if isinstance(value, list):
                for inner in value[:3]:
                    if isinstance(inner, dict):
                        yield from flat_names(inner, f"{path}.")
