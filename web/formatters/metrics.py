"""A metric's values, changes and limits as text, in the form its kind or its page asks for.

A form is "percent", "number", "number:2" (digits), "money:EUR" (minor units), "money-major:EUR" or "seconds".
Results are `MetricResult` mappings as a report holds them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from web.formatters.numbers import money, number, percent, signed_number, signed_percent, signed_points
from web.formatters.reader import DEFAULT_READER, NOT_KNOWN, Reader
from web.formatters.times import duration
from web.formatters.words import role_word

_FORM_OF_KIND = {"rate": "percent", "mean": "number:2", "ratio": "number:3"}


def metric_form(result: Mapping[str, Any], form: str | None = None) -> str:
    """`form` where given, else the usual one of the metric's kind (rate, mean, ratio)."""
    return form or _FORM_OF_KIND[result["kind"]]


def measured(value: float | None, form: str = "number", *, reader: Reader = DEFAULT_READER) -> str:
    """A metric's value in its form: `0.0315, "percent"` → "3.15%"."""
    name, _, detail = form.partition(":")
    if name == "percent":
        return percent(value, int(detail or 2), reader=reader)
    if name.startswith("money"):
        return money(value, detail or "EUR", major=name == "money-major", reader=reader)
    if name == "seconds":
        return duration(value, reader=reader)
    return number(value, int(detail or 0), reader=reader)


def change(value: float | None, scale: str, form: str = "number", *, reader: Reader = DEFAULT_READER) -> str:
    """A change: relative as percent, absolute in the metric's form (percentage points for percent)."""
    name, _, detail = form.partition(":")
    if scale == "relative":
        return signed_percent(value, reader=reader)
    if name == "percent":
        return signed_points(value, int(detail or 2), reader=reader)
    if name.startswith("money"):
        return money(value, detail or "EUR", major=name == "money-major", signed=True, reader=reader)
    if name == "seconds":
        return NOT_KNOWN if value is None else f"{signed_number(value, 1, reader=reader)}\u00a0s"
    return signed_number(value, int(detail or 0), reader=reader)


def interval(
    lo: float | None,
    hi: float | None,
    scale: str = "relative",
    form: str = "number",
    *,
    reader: Reader = DEFAULT_READER,
) -> str:
    """ "+8.7% to +16.3%"; an end that does not exist is named, never filled."""
    if lo is None and hi is None:
        return "no interval"
    if hi is None:
        return f"{change(lo, scale, form, reader=reader)} or more, no upper end"
    if lo is None:
        return f"{change(hi, scale, form, reader=reader)} or less, no lower end"
    return f"{change(lo, scale, form, reader=reader)} to {change(hi, scale, form, reader=reader)}"


def deciding_scale(result: Mapping[str, Any]) -> str:
    """The scale the verdict used, or "absolute" where only the relative interval is unbounded."""
    shown, absolute = result["shown"], result["absolute"]
    unbounded = result[shown]["status"] == "unbounded" and absolute["status"] == "ok"
    return "absolute" if unbounded else str(shown)


def signed_margin(result: Mapping[str, Any]) -> float | None:
    """The change at which a guardrail breaks: below zero where higher is better, above it where lower is."""
    margin = result.get("margin")
    return None if not margin else -int(result["direction"]) * abs(float(margin["value"]))


def limit(result: Mapping[str, Any], form: str | None = None, *, reader: Reader = DEFAULT_READER) -> str | None:
    """The margin with the sign of the change it forbids: "−5%" where higher is better, "+5%" where lower is."""
    value = signed_margin(result)
    if value is None:
        return None
    if result["margin"]["scale"] == "relative":
        whole = abs(100 * value - round(100 * value)) < 1e-9
        return signed_percent(value, 0 if whole else 1, reader=reader)
    return change(value, "absolute", metric_form(result, form), reader=reader)


def role_line(result: Mapping[str, Any], form: str | None = None, *, reader: Reader = DEFAULT_READER) -> str:
    """ "Guardrail, limit −5%", "Goal"."""
    bound = limit(result, form, reader=reader)
    return role_word(result["role"]) + (f", limit {bound}" if bound else "")
