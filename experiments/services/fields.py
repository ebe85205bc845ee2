"""Read tables of a document strictly: failures name the dotted path, unknown names come with the nearest known."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from difflib import get_close_matches
from enum import StrEnum
from typing import Any, NoReturn, TypeVar

from experiments.domain.checks import parse_enum, storable
from experiments.domain.errors import DomainError

E = TypeVar("E", bound=StrEnum)
#: Largest whole number that every JSON reader keeps exactly.
WHOLE_MAX = 2**53


class Fields:
    """One table of a document; null counts as absent."""

    def __init__(self, data: Any, path: str, known: Iterable[str]) -> None:
        if not isinstance(data, Mapping):
            name = path or "document"
            raise DomainError("bad_type", f"{name} == {_shown(data)}, must be a table.", path or None)
        self._data = data
        self._path = path
        self._refuse_unknown(tuple(known))

    def at(self, name: str) -> str:
        """Dotted path of a field."""
        return f"{self._path}.{name}" if self._path else name

    def has(self, name: str) -> bool:
        """Whether the field is given."""
        return self._data.get(name) is not None

    def raw(self, name: str) -> Any:
        """The value as it stands, None where absent."""
        return self._data.get(name)

    def text(self, name: str, default: str | None = None) -> str:
        """A text; without a default it must be given."""
        return _text(self._value(name, default), self.at(name))

    def flag(self, name: str, default: bool | None = None) -> bool:
        """True or false; without a default it must be given."""
        value = self._value(name, default)
        return value if isinstance(value, bool) else self._refuse(name, "true or false")

    def number(self, name: str, default: float | None = None) -> float:
        """A finite number; without a default it must be given."""
        value = self._value(name, default)
        if not _is_number(value) or not math.isfinite(value):
            self._refuse(name, "a number")
        return float(value)

    def whole(self, name: str, default: int | None = None) -> int:
        """A whole number; without a default it must be given."""
        value = self._value(name, default)
        if not _is_number(value) or value != int(value):  # 4.0 is a whole number too: JSON has one kind of number
            self._refuse(name, "a whole number")
        return int(value)

    def maybe_number(self, name: str) -> float | None:
        """A finite number, None where absent."""
        return self.number(name) if self.has(name) else None

    def maybe_whole(self, name: str) -> int | None:
        """A whole number, None where absent."""
        return self.whole(name) if self.has(name) else None

    def choice(self, name: str, enum: type[E], default: E | None = None) -> E:
        """A word of a closed set."""
        return parse_enum(enum, self.text(name, default), self.at(name))

    def items(self, name: str) -> list[tuple[str, Any]]:
        """(dotted path, item) of a list; empty where absent."""
        value = self._value(name, [])
        if not isinstance(value, list):
            self._refuse(name, "a list")
        return [(f"{self.at(name)}.{position}", item) for position, item in enumerate(value)]

    def choices(self, name: str, enum: type[E]) -> tuple[E, ...]:
        """Words of a closed set; empty where absent."""
        return tuple(parse_enum(enum, _text(item, path), path) for path, item in self.items(name))

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of texts; empty where absent."""
        return tuple(_text(item, path) for path, item in self.items(name))

    def _value(self, name: str, default: Any) -> Any:
        value = self._data.get(name)
        if value is not None:
            return value
        if default is None:
            raise DomainError("required", f"{self.at(name)} is empty, must be given.", self.at(name))
        return default

    def _refuse(self, name: str, wanted: str) -> NoReturn:
        shown = _shown(self._data.get(name))
        raise DomainError("bad_type", f"{self.at(name)} == {shown}, must be {wanted}.", self.at(name))

    def _refuse_unknown(self, known: tuple[str, ...]) -> None:
        for name in self._data:
            if name not in known:
                near = get_close_matches(str(name), known, n=1, cutoff=0.0)
                hint = f" Did you mean {self.at(near[0])!r}?" if near else ""
                raise DomainError(
                    "unknown_field", f"{self.at(str(name))!r} is not a field here.{hint}", self.at(str(name))
                )


@contextmanager
def placed(path: str, *names: str) -> Iterator[None]:
    """Errors of the domain, which say `variant.key`, say instead where in the document it stands: `variants.1.key`.

    Args:
        path: dotted path of the table.
        names: what the domain calls it.
    """
    try:
        yield
    except DomainError as error:
        field = error.field or ""
        placed_already = bool(path) and field.startswith(f"{path}.")
        name = next((name for name in names if field == name or field.startswith(f"{name}.")), None)
        if name is not None and not placed_already:
            # Changed in place and not raised anew: which kind of error it is decides the HTTP status.
            error.field = _moved(field, name, path) or None
            error.message = _moved(error.message, name, path)
            error.args = (error.message,)
        raise


def _moved(text: str, name: str, path: str) -> str:
    return (path + text[len(name) :]).lstrip(".") if text.startswith(name) else text


def _text(item: Any, path: str) -> str:
    if not isinstance(item, str):
        raise DomainError("bad_type", f"{path} == {_shown(item)}, must be a text.", path)
    if not storable(item):
        raise DomainError("bad_text", f"{path} == {_shown(item)}, must hold no NUL and no half surrogate pair.", path)
    return item


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= WHOLE_MAX


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "…"
