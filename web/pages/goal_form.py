"""The form of an agreement, and the calculator of what a customer is worth."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from experiments.domain.agreement import Agreement
from experiments.domain.customer_value import customer_value, sensitivity
from experiments.domain.errors import DomainError
from experiments.services.goals import read_agreement
from web.formatters import current_reader
from web.formatters.metrics import measured
from web.formatters.times import day
from web.pages.metric_forms import is_money, is_share, metric_forms

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from experiments.domain.metric import Margin, Metric
    from experiments.services.goals import Recorded
    from web.pages.fields import Form

PLACES = {
    name: name
    for name in ("metric", "success", "margin", "target", "guardrails", "agreed_by", "agreed_on", "review_on", "reason")
}
VALUE_FIELDS = {"spend": "spend", "margin": "gross_margin", "years": "years"}
VALUE_TITLES = {"spend": "Yearly spend", "margin": "Gross margin", "years": "Years"}
#: A first example that a newcomer changes into their own.
VALUE_EXAMPLE = {"spend": "10000", "gross_margin": "40", "years": "3"}


def scale_of(metric: Metric) -> float:
    """What is typed times this is what is stored: shares are typed in percent, money in major units."""
    if is_share(metric):
        return 0.01
    return 100.0 if is_money(metric) else 1.0


def read_goal(form: Form, metrics: Mapping[str, Metric]) -> Agreement | None:
    """The agreement as typed; None, with errors in the form, where a field needs attention."""
    margin, target = (form.number(name, label, required=False)
                      for name, label in (("margin", "The accepted loss"), ("target", "The target")))  # fmt: skip
    metric = metrics.get(form.text("metric"))
    if metric is None:
        form.errors["metric"] = "The metric is empty, must be chosen."
    if form.errors or metric is None:
        return None
    relative = form.text("margin_form") != "absolute"
    factor = scale_of(metric)
    form.stored_as("margin", 0.01 if relative else factor)
    form.stored_as("target", factor)
    document: dict[str, Any] = {
        name: form.text(name) for name in ("metric", "success", "agreed_by", "agreed_on", "review_on", "reason")
    }
    document |= {
        "margin": None if margin is None
        else {"relative": margin / 100} if relative else {"absolute": margin * factor},
        "target": None if target is None else target * factor,
        "guardrails": form.many("guardrails"),
        "ended": bool(form.text("ended")),
    }  # fmt: skip
    try:
        return read_agreement(document)
    except DomainError as error:
        form.refuse(error, PLACES)
        return None


def goal_values(agreement: Agreement, metric: Metric) -> list[tuple[str, str]]:
    """(field, text) of an agreement that is about to be agreed anew; by whom, when and why is asked afresh."""
    pairs = [("metric", agreement.metric), ("success", agreement.success)]
    if agreement.margin is not None:
        relative = agreement.margin.scale.value == "relative"
        typed = agreement.margin.value * 100 if relative else agreement.margin.value / scale_of(metric)
        pairs += [("margin", f"{typed:.10g}"), ("margin_form", agreement.margin.scale.value)]
    if agreement.target is not None:
        pairs.append(("target", f"{agreement.target / scale_of(metric):.10g}"))
    return pairs + [("guardrails", key) for key in agreement.guardrails]


def value_answer(form: Form) -> dict[str, Any] | None:
    """What a customer is worth, with one row per input moved; None, with errors in the form, where one is missing."""
    spend, years = form.number("spend", "Yearly spend"), form.number("years", "Years")
    margin = form.number("gross_margin", "Gross margin", percent=True)
    if spend is None or years is None or margin is None:
        return None
    try:
        value = customer_value(spend, margin, years)
    except DomainError as error:
        form.refuse(error, VALUE_FIELDS)
        return None
    rows = [{"title": VALUE_TITLES[row.name], "row": row} for row in sensitivity(spend, margin, years)]
    return {"value": value, "rows": rows}


def agreed_losses(held: Mapping[str, Recorded], metrics: Iterable[Metric], currency: str) -> list[str]:
    """The margins that hold, as sentences to propose where a test is defined."""
    sentences = []
    for metric in metrics:
        agreement = held[metric.key].agreement if metric.key in held else None
        if agreement is None or agreement.margin is None:
            continue
        form = metric_forms([metric], currency).get(metric.key, "number:3")
        loss = _loss(agreement.margin, form)
        agreed, review = (day(each, reader=current_reader()) for each in (agreement.agreed_on, agreement.review_on))
        whom = f"agreed by {agreement.agreed_by} on {agreed}, to be looked at again by {review}"
        sentences.append(f"{metric.name}: a loss of up to {loss}, {whom}.")
    return sentences


def goal_lines(held: Mapping[str, Recorded], metrics: Iterable[Metric], currency: str, today: str) -> dict[str, str]:
    """What is agreed about each metric, small enough to stand beside its result; a target with its guardrails."""
    known = {metric.key: metric for metric in metrics}
    lines = {}
    for key in known.keys() & held.keys():
        agreement, form = held[key].agreement, metric_forms([known[key]], currency).get(key, "number:3")
        parts = [f"loss up to {_loss(agreement.margin, form)}"] if agreement.margin else []
        if agreement.target is not None:
            parts.append(f"target {measured(agreement.target, form)}, beside {', '.join(agreement.guardrails)}")
        parts += ["review overdue"] if agreement.overdue(today) else []
        lines[key] = f"Agreed: {'; '.join(parts)}"
    return lines


def _loss(margin: Margin, form: str) -> str:
    return f"{margin.value * 100:g}% of its value" if margin.scale.value == "relative" else measured(margin.value, form)
