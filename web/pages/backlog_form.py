"""The form of an idea: shares are typed in percent, everything else as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from experiments.domain.errors import DomainError
from experiments.services.backlog.ideas import read_idea
from web.pages.metric_forms import is_money, is_share

if TYPE_CHECKING:
    from collections.abc import Mapping

    from experiments.domain.idea import Idea
    from experiments.domain.metric import Metric
    from web.pages.fields import Form

TEXTS = ("title", "hypothesis", "evidence", "source", "origin", "audience", "journey", "template", "layer", "goal",
         "guardrail", "not_before", "not_after")  # fmt: skip
#: (field, label, typed in percent)
NUMBERS = (
    ("effort_days", "Effort", False), ("traffic_per_week", "Traffic a week", False),
    ("layer_share", "Share of the layer", True), ("effect", "Smallest effect worth finding", True),
    ("value", "Worth of one event", False), ("guardrail_baseline", "The guardrail's value today", True),
    ("guardrail_margin", "Accepted loss", True), ("net_share", "Share that remains net", True),
    ("half_life_weeks", "Half-life", False), ("expected", "Expected effect", True), ("gap", "Its whole gap", True),
)  # fmt: skip
PLACES = {name: name for name in (*TEXTS, *(name for name, _, _ in NUMBERS), "baseline", "sd", "families")}
#: From here on six digits are no whole number any more.
_LARGE = 100_000


def read_form(form: Form, metrics: Mapping[str, Metric]) -> Idea | None:
    """The idea as typed; None, with errors in the form, where a field needs attention."""
    document: dict[str, Any] = {name: form.text(name) for name in TEXTS if form.text(name)}
    document["families"] = form.many("families")
    for name, label, percent in NUMBERS:
        value = form.number(name, label, required=False, percent=percent)
        if value is not None:
            document[name] = value
    scale = _scale(metrics.get(form.text("goal", "cross-sell")))
    for name, label in (("baseline", "The goal's value today"), ("sd", "Its standard deviation")):
        value = form.number(name, label, required=False)
        if value is not None:
            document[name] = value * scale
    if form.errors:
        return None
    try:
        return read_idea(document)
    except DomainError as error:
        form.refuse(error, PLACES)
        return None


def form_values(idea: Idea, metrics: Mapping[str, Metric]) -> list[tuple[str, str]]:
    """(field, text) of an idea."""
    pairs = [(name, str(getattr(idea, name))) for name in TEXTS]
    pairs += [("families", key) for key in idea.families]
    scale = _scale(metrics.get(idea.goal))
    numbers = [(name, getattr(idea, name), 100.0 if percent else 1.0) for name, _, percent in NUMBERS]
    numbers += [(name, getattr(idea, name), 1 / scale) for name in ("baseline", "sd")]
    return pairs + [(name, _typed(value * factor)) for name, value, factor in numbers if value is not None]


def _typed(value: float) -> str:
    """As a person would type it: 5.8201 and not what was measured to the tenth digit."""
    return f"{value:.6g}" if abs(value) < _LARGE else f"{value:.10g}"


def _scale(metric: Metric | None) -> float:
    """What is typed times this is what is stored; money of a metric is planned in major units, as in the planner."""
    if metric is None or is_money(metric):
        return 1.0
    return 0.01 if is_share(metric) else 1.0
