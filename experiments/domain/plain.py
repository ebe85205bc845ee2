"""Frozen dataclasses to JSON-ready dictionaries and back, exactly.

A stored value must read back as the value it was. The writer refuses numbers JSON does not know, so that "could not
be computed" is always a status and never NaN; the reader ignores keys it does not know and fills new keys with their
defaults, so that what an older version wrote stays readable.
"""

from __future__ import annotations

import math
import types
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cache
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T")
_TOLD_APART = {str, int, float, bool}


def to_plain(value: Any) -> Any:
    """Dictionaries, lists, strings, numbers, booleans and None only.

    Raises:
        ValueError: where a number is not finite.
        TypeError: where a value has no JSON form.
    """
    if isinstance(value, Enum):
        return value.value
    if value is None or isinstance(value, bool | str | int):
        return value
    if isinstance(value, float):
        return _finite(value)
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: to_plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(to_plain(key)): to_plain(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [to_plain(item) for item in value]
    raise TypeError(f"value of type {type(value).__name__} has no JSON form.")


def from_plain(kind: type[T], data: Mapping[str, Any]) -> T:
    """A dataclass of the given kind from what `to_plain` wrote."""
    shape: Any = kind
    return kind(**{name: read(data[name]) for name, read in _readers(shape) if name in data})


def _finite(value: float) -> float:
    if not math.isfinite(value):
        raise ValueError(f"value == {value}, must be finite; say with a status why there is no number.")
    # numpy's float64 is a float whose repr is not JSON in every writer.
    return float(value)


# What to do is found out once for each type and kept as a function, because pages read hundreds of values at a time.
_Read = Callable[[Any], Any]


@cache
def _readers(kind: Any) -> tuple[tuple[str, _Read], ...]:
    """What reads each field of a dataclass."""
    hints = get_type_hints(kind)
    return tuple((field.name, _reader(hints[field.name])) for field in fields(kind))


@cache
def _reader(hint: Any) -> _Read:
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        return _choice_reader(hint)
    if origin is not None and origin is not Literal:
        return _CONTAINERS[origin](get_args(hint))
    if isinstance(hint, type) and issubclass(hint, Enum):
        return hint
    if is_dataclass(hint) and isinstance(hint, type):
        # Its fields are looked up when it is read: it may hold more of its own kind.
        return lambda data: from_plain(hint, data)
    return float if hint is float else _as_it_is


def _as_it_is(data: Any) -> Any:
    return data


def _choice_reader(hint: Any) -> _Read:
    """One type or None; of several only such as JSON itself tells apart."""
    choices = [choice for choice in get_args(hint) if choice is not type(None)]
    if len(choices) == 1:
        read = _reader(choices[0])
        return lambda data: None if data is None else read(data)
    if set(choices) <= _TOLD_APART:
        return _as_it_is
    return lambda data: None if data is None else _refuse(hint)


def _refuse(hint: Any) -> None:
    raise TypeError(f"{hint} is ambiguous, must be one type or None.")


def _tuple_reader(arguments: tuple[Any, ...]) -> _Read:
    if len(arguments) == 2 and arguments[1] is Ellipsis:
        read = _reader(arguments[0])
        return lambda data: tuple(map(read, data))
    readers = tuple(map(_reader, arguments))
    return lambda data: tuple(read(item) for read, item in zip(readers, data, strict=True))


def _mapping_reader(arguments: tuple[Any, ...]) -> _Read:
    read_key, read = map(_reader, arguments)
    return lambda data: {read_key(key): read(item) for key, item in data.items()}


_CONTAINERS: dict[Any, Callable[[tuple[Any, ...]], _Read]] = {
    tuple: _tuple_reader,
    dict: _mapping_reader,
    Mapping: _mapping_reader,
}
