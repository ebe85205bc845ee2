"""How a metric is written with --from-history: `KEY[:EFFECT][:name=value…]`; its baseline and spread are measured."""

from __future__ import annotations

from typing import TYPE_CHECKING

from experiments.decision.sizing import GoalLine, GuardrailLine, KnownMetric
from experiments.domain.errors import DomainError
from experiments.domain.metric import Direction
from web.cli.power_lines import effect_of, margin_of, options_of, refuse_unknown, share_of, split_line, value_of

if TYPE_CHECKING:
    from experiments.services.history import History


def key_of(text: str, noun: str) -> str:
    """The metric a line names."""
    return _split(text, noun)[0]


def past_goal(text: str, history: History) -> GoalLine | KnownMetric:
    """`cross-sell:+10%`, `contacts:-0.05`, with `value=240`; without effect it is the question."""
    key, amount, options = _split(text, "goal")
    where = f"goal.{key}"
    _refuse_measured(options, {"value"}, where)
    known = history.known(key, value_of(options, "value", where))
    if amount is None:
        return known
    number, scale = effect_of(amount, f"{where}.effect")
    if number > 0 and known.direction is Direction.LOWER:
        raise DomainError(
            "out_of_range", f"{where}.effect == {amount!r}, must be below 0: less of it is better.", f"{where}.effect"
        )
    return known.goal(number, scale)


def past_guardrail(text: str, history: History) -> GuardrailLine | KnownMetric:
    """`up-sell:5%`, `up-sell:2/1000`, `up-sell:20%gain`, with `value=180`, `expect=-1%`; without margin it is asked."""
    key, amount, options = _split(text, "guardrail")
    where = f"guardrail.{key}"
    _refuse_measured(options, {"value", "expect"}, where)
    known = history.known(key, value_of(options, "value", where))
    if amount is None:
        return known
    number, form = margin_of(amount, where)
    return known.guardrail(number, form, share_of(options.get("expect", "0%"), f"{where}.expect"))


def _split(text: str, noun: str) -> tuple[str, str | None, dict[str, str]]:
    key, *rest = split_line(text)
    amount = rest.pop(0) if rest and "=" not in rest[0] else None
    return key, amount, options_of(rest, f"{noun}.{key}")


def _refuse_measured(options: dict[str, str], known: set[str], where: str) -> None:
    for name in ("sd", "kind", "explained", "direction"):
        if name in options:
            raise DomainError("unknown_field", f"{where}.{name} is taken from history, must not be given.", where)
    refuse_unknown(options, known, where)
