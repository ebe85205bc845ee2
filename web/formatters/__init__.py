"""The one place where numbers, money, dates and verdicts become text. `register` names them as template filters.

The functions are pure and take a `reader` (locale and time zone); templates get the reader of the request.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any

from web.formatters import metrics, numbers, refusals, texts, times, words
from web.formatters.reader import CONVENTIONS, DEFAULT_READER, MINUS, NOT_KNOWN, Reader

if TYPE_CHECKING:
    from flask import Flask

__all__ = [
    "CONVENTIONS",
    "DEFAULT_READER",
    "FILTERS",
    "MINUS",
    "NOT_KNOWN",
    "WORDS",
    "Reader",
    "current_reader",
    "register",
]

FILTERS: dict[str, Callable[..., Any]] = {
    "number": numbers.number,
    "signed_number": numbers.signed_number,
    "percent": numbers.percent,
    "signed_percent": numbers.signed_percent,
    "signed_points": numbers.signed_points,
    "money": numbers.money,
    "signed_money": numbers.signed_money,
    "p_value": numbers.p_value,
    "chance": numbers.chance,
    "date": times.day,
    "date_range": times.day_range,
    "datetime": times.moment,
    "clock": times.clock,
    "duration": times.duration,
    "weeks": times.weeks,
    "measured": metrics.measured,
    "change": metrics.change,
    "interval": metrics.interval,
    "limit": metrics.limit,
    "role_line": metrics.role_line,
}

WORDS: dict[str, Callable[..., Any]] = {
    "typed_money": numbers.typed_money,
    "pretty_json": texts.pretty_json,
    "metric_form": metrics.metric_form,
    "deciding_scale": metrics.deciding_scale,
    "verdict_sign": words.verdict_sign,
    "verdict_word": words.verdict_word,
    "verdict_tone": words.verdict_tone,
    "action_word": words.action_word,
    "action_icon": words.action_icon,
    "action_tone": words.action_tone,
    "status_tone": words.status_tone,
    "role_word": words.role_word,
}


def current_reader() -> Reader:
    """The reader a request put into `flask.g.reader`, else British English in UTC."""
    from flask import g, has_app_context

    reader = g.get("reader") if has_app_context() else None
    return reader or DEFAULT_READER


def _for_current_reader(function: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(function)
    def filtered(*arguments: Any, **options: Any) -> Any:
        return function(*arguments, reader=options.pop("reader", None) or current_reader(), **options)

    return filtered


def register(app: Flask) -> None:
    """Give the templates of `app` all filters."""
    for name, function in FILTERS.items():
        app.add_template_filter(_for_current_reader(function), name)
    for name, function in WORDS.items():
        app.add_template_filter(function, name)
    refusals.register(app)
