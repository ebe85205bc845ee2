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
    hints = _hints(shape)
    known = {name: _read(hint, data[name]) for name, hint in hints.items() if name in data}
    return kind(**known)


def _finite(value: float) -> float:
    if not math.isfinite(value):
        raise ValueError(f"value == {value}, must be finite; say with a status why there is no number.")
    # numpy's float64 is a float whose repr is not JSON in every writer.
    return float(value)


@cache
def _hints(kind: Any) -> dict[str, Any]:
    hints = get_type_hints(kind)
    return {field.name: hints[field.name] for field in fields(kind)}


def _read(hint: Any, data: Any) -> Any:
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        return _read_choice(hint, data)
    if origin is not None and origin is not Literal:
        return _CONTAINERS[origin](get_args(hint), data)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return hint(data)
    if is_dataclass(hint) and isinstance(hint, type):
        return from_plain(hint, data)
    return float(data) if hint is float else data


def _read_choice(hint: Any, data: Any) -> Any:
    """One type or None; of several only such as JSON itself tells apart."""
    choices = [choice for choice in get_args(hint) if choice is not type(None)]
    if data is None or len(choices) == 1:
        return None if data is None else _read(choices[0], data)
    if not set(choices) <= _TOLD_APART:
        raise TypeError(f"{hint} is ambiguous, must be one type or None.")
    return data


def _read_tuple(arguments: tuple[Any, ...], data: Any) -> tuple[Any, ...]:
    if len(arguments) == 2 and arguments[1] is Ellipsis:
        return tuple(_read(arguments[0], item) for item in data)
    return tuple(_read(hint, item) for hint, item in zip(arguments, data, strict=True))


def _read_mapping(arguments: tuple[Any, ...], data: Any) -> dict[Any, Any]:
    key_hint, item_hint = arguments
    return {_read(key_hint, key): _read(item_hint, item) for key, item in data.items()}


_CONTAINERS: dict[Any, Callable[[tuple[Any, ...], Any], Any]] = {
    tuple: _read_tuple,
    dict: _read_mapping,
    Mapping: _read_mapping,
}
