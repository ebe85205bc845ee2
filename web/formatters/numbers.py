"""Numbers as text: separators, the true minus sign (U+2212), percent, money, chances.

Every function takes None, NaN and infinities for "not known" and then writes an en dash.
"""

from __future__ import annotations

import math
from decimal import Decimal

from experiments.domain.money import with_symbol
from web.formatters.reader import DEFAULT_READER, MINUS, NOT_KNOWN, Reader

_MINOR_DIGITS = {"JPY": 0, "KRW": 0, "ISK": 0, "KWD": 3, "BHD": 3, "TND": 3}
_SUPERSCRIPT = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
Number = float | int | Decimal | None


def is_known(value: Number) -> bool:
    """Whether `value` is a finite number."""
    return value is not None and math.isfinite(value)


def _write(value: float | int | Decimal, digits: int, signed: bool, reader: Reader) -> tuple[str, str]:
    """Sign and digits of `value`; what rounds to zero has no sign."""
    text = f"{abs(value):,.{digits}f}"
    is_zero = not any(character in "123456789" for character in text)
    sign = "" if is_zero else MINUS if value < 0 else "+" if signed else ""
    signs = {",": reader.conventions.group, ".": reader.conventions.decimal}
    return sign, "".join(signs.get(character, character) for character in text)


def number(value: Number, digits: int = 0, *, signed: bool = False, reader: Reader = DEFAULT_READER) -> str:
    """`262018` → "262,018"."""
    if value is None or not is_known(value):
        return NOT_KNOWN
    return "".join(_write(value, digits, signed, reader))


def signed_number(value: Number, digits: int = 0, *, reader: Reader = DEFAULT_READER) -> str:
    """`767` → "+767"."""
    return number(value, digits, signed=True, reader=reader)


def percent(value: Number, digits: int = 2, *, signed: bool = False, reader: Reader = DEFAULT_READER) -> str:
    """A fraction as percent: `0.0315` → "3.15%"."""
    if value is None or not is_known(value):
        return NOT_KNOWN
    return "".join(_write(100 * value, digits, signed, reader)) + reader.conventions.percent


def signed_percent(value: Number, digits: int = 1, *, reader: Reader = DEFAULT_READER) -> str:
    """A fraction as a change in percent: `-0.014` → "−1.4%"."""
    return percent(value, digits, signed=True, reader=reader)


def signed_points(value: Number, digits: int = 2, *, reader: Reader = DEFAULT_READER) -> str:
    """A difference of two fractions in percentage points: `0.004` → "+0.40 pp"."""
    text = number(None if value is None else 100 * value, digits, signed=True, reader=reader)
    return text if text == NOT_KNOWN else f"{text}\u00a0pp"


def minor_digits(currency: str) -> int:
    """Decimals of a currency: 2 for "EUR", none for "JPY"."""
    return _MINOR_DIGITS.get(currency, 2)


def money(
    minor: Number,
    currency: str = "EUR",
    *,
    major: bool = False,
    whole: bool = False,
    signed: bool = False,
    reader: Reader = DEFAULT_READER,
) -> str:
    """Minor units as money: `123450, "EUR"` → "€1,234.50"; `whole` leaves the cents out ("€1,235").

    `major` says that the number counts whole units of the currency (euros, not cents).
    """
    if minor is None or not is_known(minor):
        return NOT_KNOWN
    digits = minor_digits(currency)
    value = Decimal(str(minor)) if major else Decimal(str(minor)).scaleb(-digits)
    sign, amount = _write(value, 0 if whole else digits, signed, reader)
    return with_symbol(sign, amount, currency, reader.conventions.money)


def signed_money(
    minor: Number,
    currency: str = "EUR",
    *,
    major: bool = False,
    whole: bool = False,
    reader: Reader = DEFAULT_READER,
) -> str:
    """A change in money: `-4210` → "−€42.10"."""
    return money(minor, currency, major=major, whole=whole, signed=True, reader=reader)


def typed_money(text: str, currency: str) -> str:
    """An amount as somebody typed it: `"240", "EUR"` → "€240"."""
    return with_symbol("", text, currency)


def p_value(p: Number, *, equals: bool = False, reader: Reader = DEFAULT_READER) -> str:
    """A p-value to three digits, never "0.000": "0.355", "< 0.001". With `equals` "= 0.355", for running text."""
    if p is None or not is_known(p):
        return NOT_KNOWN
    if p < 0.001:
        return f"< {number(0.001, 3, reader=reader)}"
    text = number(p, 3, reader=reader)
    return f"= {text}" if equals else text


def chance(p: Number, *, reader: Reader = DEFAULT_READER) -> str:
    """A small probability in words of chance: "1 in 400", from a million on "1 in 10¹³", from 1 in 20 up "36%"."""
    if p is None or not is_known(p):
        return NOT_KNOWN
    if p >= 0.05:
        return percent(p, 0, reader=reader)
    if p <= 0:
        return "less than 1 in 10³⁰⁰"
    odds = 1 / p
    if odds >= 1e6:
        return f"1 in 10{str(math.floor(math.log10(odds))).translate(_SUPERSCRIPT)}"
    rounded = round(float(odds), 1 - math.floor(math.log10(odds)))
    return f"1 in {number(rounded, reader=reader)}"
