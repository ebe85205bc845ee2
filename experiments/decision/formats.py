"""Numbers and dates inside sentences: British English, true minus sign, no more digits than needed, never fewer."""

from __future__ import annotations

import math
from datetime import datetime

MINUS = "−"
_SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_MOST_DECIMALS = 6
_RARE = 1e-6


def count(value: int) -> str:
    """131,900."""
    return f"{value:,}".replace("-", MINUS)


def fixed(value: float, decimals: int, *, sign: bool = False) -> str:
    """12.5, −3.0 or +12.5; a rounded zero carries no sign."""
    text = f"{abs(value):,.{decimals}f}"
    if not any(digit in "123456789" for digit in text):
        return text
    if value < 0:
        return MINUS + text
    return "+" + text if sign else text


def decimals_for(values: tuple[float, ...], at_least: int = 1) -> int:
    """Decimals that keep each value apart from 0 and from every different value.

    "at most 5.0% (limit 5%)" says nothing; "at most 4.96% (limit 5%)" does.
    """
    distinct = {*values, 0.0}
    for decimals in range(at_least, _MOST_DECIMALS):
        if len({round(value, decimals) for value in distinct}) == len(distinct):
            return decimals
    return _MOST_DECIMALS


def trimmed(value: float, decimals: int = _MOST_DECIMALS, *, sign: bool = False) -> str:
    """A number fixed beforehand without trailing zeros: 5, 7.5."""
    text = fixed(value, decimals, sign=sign)
    return text.rstrip("0").rstrip(".") if "." in text else text


def percent(share: float, decimals: int = 1, *, sign: bool = False) -> str:
    """12.5% of a share of 0.125."""
    return fixed(100 * share, decimals, sign=sign) + "%"


def planned_percent(share: float) -> str:
    """A percentage fixed beforehand, without trailing zeros: 5%."""
    return trimmed(100 * share) + "%"


def significant(value: float, digits: int = 3) -> str:
    """A number of any size with at least so many significant digits: 1,240 · 61.3 · 0.0042."""
    if value == 0:
        return "0"
    decimals = max(0, digits - 1 - math.floor(math.log10(abs(value))))
    return fixed(value, decimals)


def chance(p: float) -> str:
    """A probability as odds: 1 in 4,700 or, where it is rarer than one in a million, 1 in 10¹³."""
    if p <= 0:
        return "less than 1 in 10³⁰⁰"
    if p < _RARE:
        return "1 in 10" + str(math.floor(-math.log10(p))).translate(_SUPERSCRIPTS)
    odds = 1 / p
    step = 10 ** max(0, math.floor(math.log10(odds)) - 1)
    return f"1 in {count(round(odds / step) * step)}"


def p_value(p: float) -> str:
    """0.037, or < 0.001."""
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def day(instant: str) -> str:
    """14 May 2026 of an ISO 8601 instant or date."""
    moment = datetime.fromisoformat(instant)
    return f"{moment.day} {_MONTHS[moment.month - 1]} {moment.year}"


def listed(items: list[str]) -> str:
    """a, b and c."""
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} and {items[-1]}"


def inside_sentence(title: str) -> str:
    """A title as it reads inside a sentence: "Cross-sell orders" → "cross-sell orders", but "CSAT" stays.

    Only a first word that is an ordinary capitalised word is lowered; "TV sales" and "iPad" keep their letters.
    """
    first = title.split(" ", 1)[0]
    return title[:1].lower() + title[1:] if first[1:] == first[1:].lower() and len(first) > 1 else title


def opening(sentence: str) -> str:
    """The sentence with a capital first letter."""
    return sentence[:1].upper() + sentence[1:]


_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
