"""Goal, guardrails and what else is watched: from fields to metrics with their roles."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from experiments.decision.sizing import GoalLine, GuardrailLine, MarginForm
from experiments.decision.sizing.margins import margin_of
from experiments.domain.errors import DomainError
from experiments.domain.metric import Margin, MetricKind, MetricUse, Role, Scale
from web.formatters.numbers import minor_digits
from web.pages.builder.steps import LINES
from web.pages.metric_forms import is_money, is_share

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from experiments.domain.metric import Metric
    from web.pages.fields import Form


def read_uses(
    form: Form, metrics: Mapping[str, Metric], before: Sequence[MetricUse], asked: Iterable[str], currency: str
) -> tuple[MetricUse, ...]:
    """The metrics as typed; a guardrail without a margin waits in the answers, because there is no default.

    Args:
        before: the metrics as they are; goals and guardrails the fields did not ask about stay.
        asked: metrics the fields asked about so far.
    """
    known = {use.metric: use for use in before}
    found = [use for line in LINES if (use := _use(form, line, metrics, currency))]
    _check_once(form)
    typed = {use.metric for use in found} | {form.text(line) for line in LINES} | set(asked)
    found += [use for use in before if use.role in (Role.GOAL, Role.GUARDRAIL) and use.metric not in typed]
    taken = {use.metric for use in found} | {form.text(line) for line in LINES}
    for role, name in ((Role.SECONDARY, "secondary"), (Role.EXPLORATORY, "exploratory")):
        fresh = [key for key in form.many(name) if key in metrics and key not in taken]
        taken |= set(fresh)
        found += [MetricUse(key, role) for key in fresh]
    return tuple(
        replace(use, measurable=known[use.metric].measurable, version=known[use.metric].version)
        if use.metric in known
        else use
        for use in found
    )


def _use(form: Form, line: str, metrics: Mapping[str, Metric], currency: str) -> MetricUse | None:
    key = form.text(line)
    if key and key not in metrics:
        form.errors[line] = f"{line} == {key!r}, is no metric."
    metric = metrics.get(key)
    if metric is None:
        return None
    try:
        if line == "goal":
            effect = form.number("goal_effect", "Smallest effect worth finding", required=False, percent=True)
            return MetricUse(key, Role.GOAL, effect=abs(effect) if effect else None)
        margin = _margin(form, line, metric, metrics, currency)
        return None if margin is None else MetricUse(key, Role.GUARDRAIL, margin=margin)
    except DomainError as error:
        form.refuse(error, {"margin": f"{line}_margin", f"metrics.{key}": f"{line}_margin", **_paths(form)})
        return None


def _margin(form: Form, line: str, metric: Metric, metrics: Mapping[str, Metric], currency: str) -> Margin | None:
    stated = form.choice(f"{line}_form", MarginForm, MarginForm.RELATIVE)
    value = form.number(f"{line}_margin", "Accepted loss", required=False, percent=stated is not MarginForm.PER_1000)
    if value is None or f"{line}_form" in form.errors:
        return None
    if stated is MarginForm.RELATIVE:
        return Margin(Scale.RELATIVE, value)
    if stated is MarginForm.PER_1000:
        margin = Margin(Scale.ABSOLUTE, value / 1000)
    else:
        planned = _planned(form, metrics)
        guard = _line(form, line, metric)
        if planned is None or guard is None:
            return None
        margin = margin_of(replace(guard, margin=value, form=stated), (planned,))
    factor = 10 ** minor_digits(currency) if is_money(metric) else 1
    return Margin(Scale.ABSOLUTE, margin.value * factor)


def _planned(form: Form, metrics: Mapping[str, Metric]) -> GoalLine | None:
    """The goal with its planned effect; None, with errors, while a margin in money has nothing to be a share of."""
    metric = metrics.get(form.text("goal"))
    effect = form.number("goal_effect", "Smallest effect worth finding", percent=True)
    baseline, value = _numbers(form, "goal", metric)
    if metric is None or effect is None or baseline is None:
        return None
    return GoalLine(metric.key, metric.kind, baseline, effect, sd=_spread(metric), value=value)


def _line(form: Form, line: str, metric: Metric) -> GuardrailLine | None:
    baseline, value = _numbers(form, line, metric)
    if baseline is None:
        return None
    return GuardrailLine(metric.key, metric.kind, baseline, 0.5, MarginForm.RELATIVE, _spread(metric), value)


def _numbers(form: Form, line: str, metric: Metric | None) -> tuple[float | None, float | None]:
    share = metric is not None and is_share(metric)
    baseline = form.number(f"{line}_baseline", f"Control value of {line}", percent=share)
    value = form.number(f"{line}_value", "What one is worth", required=False)
    return baseline, 1.0 if value is None and metric is not None and is_money(metric) else value


def _spread(metric: Metric) -> float | None:
    """A line needs one; a margin does not depend on it."""
    return None if metric.kind is MetricKind.RATE else 1.0


def _check_once(form: Form) -> None:
    seen: set[str] = set()
    for line in LINES:
        key = form.text(line)
        if key and key in seen:
            form.errors[line] = f"metrics holds {key!r} twice, must be distinct."
        seen.add(key)


def _paths(form: Form) -> dict[str, str]:
    places = {f"goal.{form.text('goal')}": "goal", f"goal.{form.text('goal')}.value": "goal_value"}
    for line in LINES[1:]:
        path = f"guardrail.{form.text(line)}"
        places |= {path: line, f"{path}.value": f"{line}_value", f"{path}.baseline": f"{line}_baseline"}
        places[f"{path}.margin"] = f"{line}_margin"
    return places
