"""Cells as the values that events hold."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any

from experiments.domain.channel import Channel
from experiments.services.import_events.holds import Target, Type
from experiments.services.import_events.spec import FileOptions, Rule
from experiments.services.import_events.times import BadTimeError, time_reader

Parse = Callable[[Any], Any]
_YES = frozenset({"1", "true", "yes", "y", "ja", "j", "x", "t", "oui", "si", "sí"})
_NO = frozenset({"0", "false", "no", "n", "nee", "", "f", "non", "nein"})
_SYMBOLS = str.maketrans("", "", "€$£¥\u00a0\u202f ")
_CHANNELS = {channel.value for channel in Channel} | {"browser", "mobile"}
_CLOCK = re.compile(r"(?:(\d+):)?(\d{1,3}):(\d{2})")
#: Beyond this a JSON number loses digits, so that ids must be texts.
_SAFE = 2**53


class BadCellError(ValueError):
    """The cell does not hold what it must; the sentence says what it must be."""


def parser_of(target: Target, rule: Rule, options: FileOptions) -> Parse:
    """A function from a filled cell to its value; it raises BadCellError or BadTimeError."""
    if target.type is Type.TIME:
        return time_reader(options.time_format, options.time_zone, options.date_at)
    if target.type in (Type.NUMBER, Type.MONEY, Type.WHOLE):
        return _number_parser(target, rule, options)
    if target.type is Type.SECONDS:
        return _seconds_parser(target, rule, options)
    if target.type is Type.LIST:
        return lambda value: _list(value, options.separator)
    return {Type.ID: _id, Type.YES: _yes, Type.CHANNEL: _channel}.get(target.type, _text)


def number_shape(decimal: str, thousands: str) -> re.Pattern[str]:
    """What a number looks like; groups of three digits where there is a sign for thousands."""
    whole = r"\d+"
    if thousands:
        whole = rf"(?:\d{{1,3}}(?:{re.escape(thousands)}\d{{3}})+|\d+)"
    return re.compile(rf"([+-]?{whole})(?:{re.escape(decimal)}(\d+))?|([+-]?){re.escape(decimal)}(\d+)")


def decimal_reader(options: FileOptions) -> Callable[[Any], Decimal]:
    """A function from a cell to an exact number."""
    shape, thousands, decimal = (
        number_shape(options.decimal, options.thousands.strip()),
        options.thousands,
        options.decimal,
    )
    wanted = f"must be a number such as {'1' + thousands + '234' if thousands else '1234'}{decimal}50"

    def read(value: Any) -> Decimal:
        if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
            number = Decimal(str(value))
            if number.is_finite():
                return number
            raise BadCellError("must be a finite number")
        text = str(value).translate(_SYMBOLS)
        if not shape.fullmatch(text):
            raise BadCellError(wanted)
        try:
            return Decimal(
                text.replace(thousands.strip(), "").replace(decimal, ".")
                if thousands.strip()
                else text.replace(decimal, ".")
            )
        except InvalidOperation:  # pragma: no cover - the shape lets nothing else through
            raise BadCellError(wanted) from None

    return read


def _number_parser(target: Target, rule: Rule, options: FileOptions) -> Parse:
    read = decimal_reader(options)
    whole, divide = target.type is Type.WHOLE, rule.divide

    def parse(value: Any) -> Any:
        number = read(value)
        if divide != 1:
            number = number / divide
        if whole and number != number.to_integral_value():
            raise BadCellError("must be a whole number")
        if (target.low is not None and number < target.low) or (target.high is not None and number > target.high):
            raise BadCellError(f"must be between {target.low:g} and {target.high:g}")
        return int(number) if whole else float(number) if target.type is Type.NUMBER else format(number, "f")

    return parse


def _seconds_parser(target: Target, rule: Rule, options: FileOptions) -> Parse:
    read, factor = decimal_reader(options), 60 if rule.minutes else 1

    def parse(value: Any) -> Any:
        clock = _CLOCK.fullmatch(value.strip()) if isinstance(value, str) else None
        if clock:
            hours, minutes, seconds = (int(part or 0) for part in clock.groups())
            number = float(hours * 3_600 + minutes * 60 + seconds)
        else:
            number = float(read(value)) * factor
        if not (target.low or 0) <= number <= (target.high or 0):
            raise BadCellError(f"must be between {target.low:g} and {target.high:g} seconds")
        return number

    return parse


def _id(value: Any) -> str:
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, float) and value == int(value) and abs(value) < _SAFE:
        return str(int(value))  # a column with gaps is read as real numbers by many tools
    raise BadCellError("must be a text: a number may have lost digits")


def _text(value: Any) -> str:
    return value.strip() if isinstance(value, str) else str(value)


def _yes(value: Any) -> bool:
    word = str(value).strip().lower()
    if word in _YES:
        return True
    if word in _NO:
        return False
    raise BadCellError("must be yes or no")


def _channel(value: Any) -> str:
    word = str(value).strip().lower()
    if word not in _CHANNELS:
        raise BadCellError(f"must be one of {', '.join(channel.value for channel in Channel)}")
    return word


def _list(value: Any, separator: str) -> list[str]:
    parts = value if isinstance(value, list | tuple) else str(value).split(separator)
    return [text for part in parts if (text := str(part).strip())]


__all__ = ["BadCellError", "BadTimeError", "Parse", "decimal_reader", "number_shape", "parser_of"]
