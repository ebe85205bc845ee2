"""Cells of a file as text, and the numbers they may hold."""

from __future__ import annotations

import re

#: Squares of larger numbers lose their digits, or leave the range of a double.
LARGEST = 1e15
#: How much of a cell a sentence repeats.
SHOWN = 40

_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_WORDS = {"true": 1.0, "false": 0.0}


class CellError(Exception):
    """A cell that does not hold what it must; the sentence names column, cell and bound."""


def number_of(cell: str, column: str, decimal: str = ".") -> float:
    """The number in a cell: digits with an optional fraction and exponent, or true and false for 1 and 0.

    Infinity, not-a-number, thousands separators and other words are refused.
    """
    text = cell.strip()
    if text.lower() in _WORDS:
        return _WORDS[text.lower()]
    plain = text if decimal == "." else text.replace(".", " ").replace(decimal, ".")
    if not _NUMBER.fullmatch(plain):
        raise CellError(f"{column} == {shown(cell)}, must be a number")
    value = float(plain)
    if abs(value) > LARGEST:
        raise CellError(f"{column} == {shown(cell)}, must be between −{LARGEST:g} and {LARGEST:g}")
    return value


def shown(cell: str) -> str:
    """A cell as a sentence repeats it."""
    return repr(cell if len(cell) <= SHOWN else cell[:SHOWN] + "…")
