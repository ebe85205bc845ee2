"""Cells of a summary file as values; what does not fit is refused with line, column, value and bound."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import NoReturn, TypeVar

from experiments.domain.checks import NAME_MAX, storable
from experiments.domain.errors import DomainError

E = TypeVar("E", bound=StrEnum)

#: Moment of a cumulative row: (kind, number); numbers and dates are never compared with each other.
Moment = tuple[str, float]

_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
#: How other tools write "no number"; a name may read like that.
_NOTHING = ("nan", "null", "none", "na")
_FLAGS = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}
#: Fourth powers of larger numbers come near the end of a double's range.
_LARGEST = 1e30
_WHOLE_MAX = 2**53


class Cells:
    """The cells of one row by the name of their column; empty cells are absent, and NaN except where names stand."""

    def __init__(self, line: int, cells: Mapping[str, str], names: Collection[str]) -> None:
        self.line = line
        stripped = {column: cell.strip() for column, cell in cells.items()}
        self._cells = {
            column: cell
            for column, cell in stripped.items()
            if cell and (column in names or cell.lower() not in _NOTHING)
        }

    def has(self, name: str) -> bool:
        """Whether the cell holds something."""
        return name in self._cells

    def refuse(self, name: str, bound: str) -> NoReturn:
        """Raise with line, column, value and bound."""
        value = repr(self._cells[name]) if self.has(name) else "empty"
        raise DomainError("bad_cell", f"line {self.line}: {name} == {value}, must be {bound}.", name)

    def text(self, name: str) -> str:
        """A name that must be there."""
        if not self.has(name):
            self.refuse(name, "given")
        return self.maybe_text(name) or ""

    def maybe_text(self, name: str) -> str | None:
        """A name of bounded length."""
        text = self._cells.get(name)
        if text is not None and (len(text) > NAME_MAX or not storable(text)):
            self.refuse(name, f"a text of at most {NAME_MAX} characters")
        return text

    def number(self, name: str, *, low: float = -math.inf, above: float | None = None) -> float | None:
        """A finite number, at least `low` and more than `above`; None where absent."""
        if not self.has(name):
            return None
        bound = _bound(low, above)
        if not _NUMBER.fullmatch(self._cells[name]):
            self.refuse(name, bound)
        value = float(self._cells[name])
        if abs(value) > _LARGEST:
            self.refuse(name, f"between −{_LARGEST:g} and {_LARGEST:g}")
        if value < low or (above is not None and value <= above):
            self.refuse(name, bound)
        return value

    def whole(self, name: str) -> int | None:
        """A whole number from 0 on, which may be written 12.0; None where absent."""
        value = self.number(name)
        if value is None:
            return None
        if value != int(value) or not 0 <= value <= _WHOLE_MAX:
            self.refuse(name, "a whole number >= 0")
        return int(value)

    def flag(self, name: str) -> bool | None:
        """True or false as a word or as 1 and 0; None where absent."""
        if not self.has(name):
            return None
        word = self._cells[name].lower().removesuffix(".0")
        if word not in _FLAGS:
            self.refuse(name, "one of 1, true, yes, 0, false, no")
        return _FLAGS[word]

    def choice(self, name: str, enum: type[E]) -> E | None:
        """A word of a closed set; None where absent."""
        if not self.has(name):
            return None
        word = self._cells[name].lower()
        if word not in set(enum):
            self.refuse(name, f"one of {', '.join(enum)}")
        return enum(word)

    def moment(self, name: str) -> Moment | None:
        """A number or an ISO 8601 date or instant, UTC where it has no offset; None where absent."""
        if not self.has(name):
            return None
        text = self._cells[name]
        if _NUMBER.fullmatch(text):
            return "number", float(text)
        try:
            when = datetime.fromisoformat(text)
        except ValueError:
            self.refuse(name, "a number or a date such as 2026-03-14")
        return "date", (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp()


def _bound(low: float, above: float | None) -> str:
    if above is not None:
        return f"a number > {above:g}"
    return "a number" if math.isinf(low) else f"a number >= {low:g}"
