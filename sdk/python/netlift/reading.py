"""Read fields of a JSON document, naming field, value and bound where they do not fit."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from netlift.hashing import is_well_formed


class ConfigError(ValueError):
    """A config document, or one experiment in it, cannot be read."""


def text(document: Mapping[str, Any], field: str) -> str:
    """A text that is not empty and can be hashed."""
    value = document.get(field)
    if not isinstance(value, str) or not value or not is_well_formed(value):
        raise ConfigError(f"{field} == {value!r}, must be a text that is not empty.")
    return value


def share(document: Mapping[str, Any], field: str, default: float | None = None) -> float:
    """A share of units, between 0 and 1."""
    value = document.get(field, default)
    if not _is_number(value) or not 0 <= value <= 1:
        raise ConfigError(f"{field} == {value!r}, must be between 0 and 1.")
    return float(value)


def whole(document: Mapping[str, Any], field: str) -> int:
    """A whole number, at least 0."""
    value = document.get(field)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ConfigError(f"{field} == {value!r}, must be a whole number, at least 0.")
    return value


def flag(document: Mapping[str, Any], field: str) -> bool:
    """True or false; false where the field is absent."""
    value = document.get(field, False)
    if not isinstance(value, bool):
        raise ConfigError(f"{field} == {value!r}, must be true or false.")
    return value


def one_of(document: Mapping[str, Any], field: str, known: tuple[str, ...], default: str) -> str:
    """One of the known words."""
    value = document.get(field, default)
    if value not in known:
        raise ConfigError(f"{field} == {value!r}, must be one of {', '.join(known)}.")
    return str(value)


def items(document: Mapping[str, Any], field: str) -> list[Any]:
    """A list; empty where the field is absent or null."""
    value = document.get(field)
    if value is None:
        return []
    if not isinstance(value, list):
        raise ConfigError(f"{field} == {value!r}, must be a list.")
    return value


def mapping(value: Any, field: str) -> Mapping[str, Any]:
    """An object."""
    if not isinstance(value, Mapping):
        raise ConfigError(f"{field} == {value!r}, must be an object.")
    return value


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
