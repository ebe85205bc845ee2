"""How a metric is written on the command line: `KEY:BASELINE[:EFFECT][:name=value…]`."""

from __future__ import annotations

import re
from typing import Literal

from experiments.decision.sizing.known import KnownMetric
from experiments.decision.sizing.lines import GoalLine, GuardrailLine, MarginForm
from experiments.domain.errors import DomainError
from experiments.domain.metric import Direction, MetricKind

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
_FORMS = {"%": MarginForm.RELATIVE, "/1000": MarginForm.PER_1000, "%gain": MarginForm.GAIN_SHARE}
_GOAL = {"sd", "value", "kind", "explained"}
_GUARDRAIL = {*_GOAL, "expect", "direction"}


def parse_goal(text: str) -> GoalLine | KnownMetric:
    """`cross-sell:0.032:+10%` (relative), `revenue:12.5:+0.4:sd=31` (absolute), with `value=240`, `explained=0.3`.

    Without effect, `cross-sell:0.032`, the smallest effect is what is asked for.
    """
    key, baseline, effect, options = _split(text, "goal")
    where = f"goal.{key}"
    refuse_unknown(options, _GOAL, where)
    kind, sd = _kind(options, where), value_of(options, "sd", where)
    value, explained = value_of(options, "value", where), value_of(options, "explained", where) or 0.0
    if effect is None:
        return KnownMetric(key, kind, baseline, sd, value, variance_explained=explained)
    number, scale = effect_of(effect, f"{where}.effect")
    return GoalLine(key, kind, baseline, number, scale, sd, value, explained)


def parse_guardrail(text: str) -> GuardrailLine | KnownMetric:
    """`up-sell:0.042:5%` (relative), `:2/1000` (per 1,000 units), `:20%gain` (share of the planned gain's value).

    Without margin, `up-sell:0.042`, the smallest margin is what is asked for.
    """
    key, baseline, margin, options = _split(text, "guardrail")
    where = f"guardrail.{key}"
    refuse_unknown(options, _GUARDRAIL, where)
    kind, sd = _kind(options, where), value_of(options, "sd", where)
    value, explained = value_of(options, "value", where), value_of(options, "explained", where) or 0.0
    direction = _direction(options.get("direction", "higher"), where)
    expected = share_of(options.get("expect", "0%"), f"{where}.expect")
    if margin is None:
        return KnownMetric(key, kind, baseline, sd, value, direction, explained)
    number, form = margin_of(margin, where)
    return GuardrailLine(key, kind, baseline, number, form, sd, value, expected, direction, explained)


def split_line(text: str) -> list[str]:
    """The parts between colons."""
    return text.split(":")


def options_of(parts: list[str], where: str) -> dict[str, str]:
    """`name=value` parts as a table."""
    options: dict[str, str] = {}
    for part in parts:
        name, equals, value = part.partition("=")
        if not equals:
            raise DomainError("bad_line", f"{where} has {part!r}, must look like name=value.", where)
        options[name] = value
    return options


def effect_of(text: str, field: str) -> tuple[float, Literal["relative", "absolute"]]:
    """+10% is relative, +0.003 absolute."""
    number, form = _amount(text, field)
    if form not in ("", "%"):
        raise DomainError("bad_number", f"{field} == {text!r}, must look like +10% or +0.003.", field)
    return number, "relative" if form == "%" else "absolute"


def margin_of(text: str, where: str) -> tuple[float, MarginForm]:
    """5%, 2/1000 or 20%gain."""
    number, form = _amount(text, f"{where}.margin")
    if form not in _FORMS:
        raise DomainError("bad_margin", f"{where}.margin == {text!r}, must look like 5%, 2/1000 or 20%gain.", where)
    return abs(number), _FORMS[form]


def share_of(text: str, field: str) -> float:
    """A share such as -1%."""
    number, form = _amount(text, field)
    if form != "%":
        raise DomainError("bad_number", f"{field} == {text!r}, must be a share such as -1%.", field)
    return number


def value_of(options: dict[str, str], name: str, where: str) -> float | None:
    """A number among the options, None where it was left out."""
    return _number(options[name], f"{where}.{name}") if name in options else None


def refuse_unknown(options: dict[str, str], known: set[str], where: str) -> None:
    """Raise for the first name that is not known."""
    for name in options:
        if name not in known:
            raise DomainError(
                "unknown_field", f"{where}.{name} is not known; known: {', '.join(sorted(known))}.", where
            )


def _split(text: str, noun: str) -> tuple[str, float, str | None, dict[str, str]]:
    parts = split_line(text)
    if len(parts) < 2:
        wanted = "KEY:BASELINE:EFFECT" if noun == "goal" else "KEY:BASELINE:MARGIN"
        raise DomainError("bad_line", f"{noun} == {text!r}, must look like {wanted}.", noun)
    key, baseline, *rest = parts
    amount = rest.pop(0) if rest and "=" not in rest[0] else None
    where = f"{noun}.{key}"
    return key, _number(baseline, f"{where}.baseline"), amount, options_of(rest, where)


def _amount(text: str, field: str) -> tuple[float, str]:
    found = _NUMBER.match(text)
    if not found or text[found.end() :] not in ("", "%", "/1000", "%gain"):
        raise DomainError("bad_number", f"{field} == {text!r}, must be a number, or a number with %.", field)
    form = text[found.end() :]
    number = float(found.group())
    return (number / 100 if form.startswith("%") else number), form


def _number(text: str, field: str) -> float:
    number, form = _amount(text, field)
    if form not in ("", "%"):
        raise DomainError("bad_number", f"{field} == {text!r}, must be a number.", field)
    return number


def _kind(options: dict[str, str], where: str) -> MetricKind:
    given = options.get("kind", "mean" if "sd" in options else "rate")
    if given not in set(MetricKind):
        raise DomainError("unknown_choice", f"{where}.kind == {given!r}, must be rate, mean or ratio.", f"{where}.kind")
    return MetricKind(given)


def _direction(text: str, where: str) -> Direction:
    words = {"higher": Direction.HIGHER, "lower": Direction.LOWER}
    if text not in words:
        raise DomainError("unknown_choice", f"{where}.direction == {text!r}, must be higher or lower.", where)
    return words[text]
