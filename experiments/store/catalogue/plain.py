"""Frozen dataclasses of the domain to JSON values and back, for columns that hold a whole value.

The reader ignores keys it does not know and fills missing ones with their defaults, so that a row written by an
older version stays readable.
"""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cache
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T")


def to_plain(value: Any) -> Any:
    """Dictionaries, lists, strings, numbers, booleans and None only."""
    if isinstance(value, Enum):
        return value.value
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: to_plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): to_plain(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [to_plain(item) for item in value]
    return value


def from_plain(kind: type[T], data: Mapping[str, Any]) -> T:
    """A dataclass of the given kind from what `to_plain` wrote."""
    wanted: Any = kind  # a bare type[T] counts as unhashable for the type checker
    return kind(**{name: _read(hint, data[name]) for name, hint in _hints(wanted).items() if name in data})


@cache
def _hints(kind: Any) -> dict[str, Any]:
    hints = get_type_hints(kind)
    return {field.name: hints[field.name] for field in fields(kind)}


def _read(hint: Any, data: Any) -> Any:
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        choices = [choice for choice in get_args(hint) if choice is not types.NoneType]
        return _read(choices[0], data) if data is not None and len(choices) == 1 else data
    if origin is tuple:
        return tuple(_read(get_args(hint)[0], item) for item in data)
    if not isinstance(hint, type):
        return data
    return _read_value(hint, data)


def _read_value(hint: type[Any], data: Any) -> Any:
    if issubclass(hint, Enum):
        return hint(data)
    if is_dataclass(hint):
        return from_plain(hint, data)
    # JSONB keeps 1.0 as it was written but 1e22 as a whole number.
    return float(data) if hint is float else data
