"""Cells of a CSV file that people open in a spreadsheet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

#: What a spreadsheet takes for the beginning of a formula; CWE-1236.
_BEGINS = ("=", "+", "-", "@", "\t", "\r")
T = TypeVar("T")


def safe_cell(cell: T) -> T | str:
    """The cell; a text that a spreadsheet would run as a formula begins with a quote instead.

    Example:
        >>> safe_cell("=HYPERLINK(…)"), safe_cell(-0.5)
        ("'=HYPERLINK(…)", -0.5)
    """
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_BEGINS) else cell


def typed_cell(text: str) -> str:
    """The text that `safe_cell` made safe, for files that come back."""
    return text[1:] if text.startswith("'") and text[1:].startswith(_BEGINS) else text


def safe_row(row: Mapping[str, object]) -> dict[str, object]:
    """The same for every cell of a row."""
    return {name: safe_cell(cell) for name, cell in row.items()}
