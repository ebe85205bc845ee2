"""Bounds used by many constructors; each failure names field, value and bound."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable
from datetime import date
from enum import StrEnum
from typing import Any, TypeVar

from experiments.domain.errors import DomainError

KEY_PATTERN = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")
NAME_MAX = 200
TEXT_MAX = 4000

E = TypeVar("E", bound=StrEnum)


def check_key(value: str, field: str) -> str:
    """A key is 1–64 lower-case letters, digits and hyphens, so that it is safe in URLs, files and SDK code."""
    if not isinstance(value, str) or not KEY_PATTERN.fullmatch(value):
        raise DomainError(
            "bad_key",
            f"{field} == {value!r}, must be 1 to 64 lower-case letters, digits or hyphens.",
            field,
        )
    return value


def check_text(value: str, field: str, *, at_most: int = NAME_MAX, required: bool = True) -> str:
    """Trimmed text with a length bound, which every database and every JSON reader can hold."""
    text = value.strip() if isinstance(value, str) else ""
    if required and not text:
        raise DomainError("required", f"{field} is empty, must be given.", field)
    if not storable(text):
        raise DomainError("bad_text", f"{field} == {text!r}, must hold no NUL and no half surrogate pair.", field)
    if len(text) > at_most:
        raise DomainError("too_long", f"{field} has {len(text)} characters, must have at most {at_most}.", field)
    return text


def storable(text: str) -> bool:
    """Whether a text can be written as UTF-8 and kept by PostgreSQL, which refuses NUL."""
    return "\x00" not in text and not any("\ud800" <= character <= "\udfff" for character in text)


def check_json(value: Any, field: str, *, at_most: int) -> Any:
    """A value of JSON types only, finite and storable, with a bound on its size in bytes."""
    try:
        size = len(json.dumps(value, allow_nan=False).encode())
    except (TypeError, ValueError, RecursionError) as error:
        raise DomainError("bad_json", f"{field} cannot be written as JSON: {error}.", field) from None
    if size > at_most:
        raise DomainError("too_long", f"{field} has {size} bytes, must have at most {at_most}.", field)
    if not all(storable(text) for text in _texts(value)):
        raise DomainError("bad_text", f"{field} holds NUL or half a surrogate pair, must not.", field)
    return value


def check_range(
    value: float,
    field: str,
    *,
    low: float = -math.inf,
    high: float = math.inf,
    open_low: bool = False,
    open_high: bool = False,
) -> float:
    """A finite number inside the given bounds."""
    below = value <= low if open_low else value < low
    above = value >= high if open_high else value > high
    if not math.isfinite(value) or below or above:
        raise DomainError(
            "out_of_range", f"{field} == {value}, must be {_words(low, high, open_low, open_high)}.", field
        )
    return value


def check_unique(values: Iterable[str], field: str) -> None:
    """No value twice."""
    seen: set[str] = set()
    for value in values:
        if value in seen:
            raise DomainError("duplicate", f"{field} holds {value!r} twice, must be distinct.", field)
        seen.add(value)


def parse_enum(enum: type[E], value: str, field: str) -> E:
    """A member of a closed set by its word."""
    try:
        return enum(value)
    except ValueError:
        known = ", ".join(member.value for member in enum)
        raise DomainError("unknown_choice", f"{field} == {value!r}, must be one of {known}.", field) from None


def parse_day(text: str, field: str) -> date:
    """A day of the calendar, written as 2026-03-31 and no other way that ISO 8601 allows."""
    try:
        parsed = date.fromisoformat(text)
    except (TypeError, ValueError):
        parsed = None
    if parsed is None or parsed.isoformat() != text:
        raise DomainError("bad_date", f"{field} == {text!r}, must be a date such as 2026-03-31.", field)
    return parsed


def _texts(value: Any) -> Iterable[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield str(key)
            yield from _texts(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _texts(item)


def _words(low: float, high: float, open_low: bool, open_high: bool) -> str:
    lower = f"{'>' if open_low else '>='} {low:g}"
    upper = f"{'<' if open_high else '<='} {high:g}"
    if math.isinf(low):
        return upper
    return lower if math.isinf(high) else f"{lower} and {upper}"
