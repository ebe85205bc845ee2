"""The part of a form that sizes a test; the planner and the new-experiment form share it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from experiments.decision.sizing import GoalLine, GuardrailLine, MarginForm, Sizing, SizingOutcome, size_test
from experiments.domain.errors import DomainError
from experiments.domain.metric import Direction, Metric
from web.pages.metric_forms import is_money, is_share

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from web.pages.fields import Form

GUARDRAILS = 4
_PARTS = ("baseline", "effect", "margin", "form", "sd", "value")
_LINES = ("goal", *(f"guardrail{number}" for number in range(1, GUARDRAILS + 1)))
#: Every field this part reads, in the order of the page: what a permanent address holds.
FIELDS = (
    *(name for line in _LINES for name in (line, *(f"{line}_{part}" for part in _PARTS))),
    "traffic",
    "power",
    "looks",
    "variant_count",
)


@dataclass(frozen=True)
class Arms:
    """How many variants share the traffic, and units of each tested one over those of the control."""

    variants: int = 2
    allocation: float = 1.0


@dataclass(frozen=True)
class Sized:
    """A calculation that was asked for: its question, its answer, or neither where a field needs attention."""

    sizing: Sizing | None = None
    outcome: SizingOutcome | None = None


def read_sizing(
    form: Form,
    metrics: Sequence[Metric],
    currency: str,
    arms: Arms,
    lend: Callable[[Sizing], Sizing] = lambda sizing: sizing,
    further: Mapping[str, str] | None = None,
) -> Sized:
    """Read the fields and calculate; errors stay in the form under their fields.

    Args:
        lend: adds to the question what these fields do not hold.
        further: where in the form paths are asked that `lend` reads.
    """
    try:
        sizing = _sizing(form, {metric.key: metric for metric in metrics}, currency, arms)
        if sizing is None or any(name in form.errors for name in FIELDS):
            return Sized()
        sizing = lend(sizing)
        return Sized(sizing, size_test(sizing))
    except DomainError as error:
        form.refuse(error, _places(form) | (further or {}))
        return Sized()


def address_of(form: Form) -> str:
    """The filled fields as a query, so that a calculation can be shared and opened again."""
    return urlencode(asked(form))


def asked(form: Form) -> dict[str, str]:
    """The filled fields; those of a metric that is not chosen are left out."""
    chosen = [line for line in _LINES if form.text(line)]
    absent = tuple(f"{line}_" for line in _LINES if line not in chosen)
    return {name: form.text(name) for name in FIELDS if form.text(name) and not name.startswith(absent)}


def _sizing(form: Form, metrics: Mapping[str, Metric], currency: str, arms: Arms) -> Sizing | None:
    goal = _goal(form, metrics)
    guardrails = [line for number in range(1, GUARDRAILS + 1) if (line := _guardrail(form, number, metrics))]
    traffic = form.number("traffic", "Traffic per week")
    power = form.number("power", "Power", percent=True)
    looks = form.whole("looks", "Looks", 1)
    if goal is None or traffic is None or power is None:
        return None
    used = [metrics[goal.key], *(metrics[line.key] for line in guardrails)]
    return Sizing(
        goals=(goal,),
        guardrails=tuple(guardrails),
        traffic_per_week=traffic,
        power=power,
        looks=looks,
        variants=arms.variants,
        allocation=arms.allocation,
        window_days=max(metric.window_days + metric.return_days for metric in used),
        currency=currency,
    )


def _goal(form: Form, metrics: Mapping[str, Metric]) -> GoalLine | None:
    metric = _metric(form, "goal", metrics)
    if not form.text("goal"):
        form.errors["goal"] = "The goal is empty, choose a metric."
    baseline, sd, value = _common(form, "goal", "the goal", metric)
    effect = form.number("goal_effect", "Smallest effect worth finding", percent=True)
    if metric is None or baseline is None or effect is None or "goal_sd" in form.errors:
        return None
    wanted = abs(effect) if metric.direction is Direction.HIGHER else -abs(effect)
    return GoalLine(metric.key, metric.kind, baseline, wanted, sd=sd, value=value)


def _guardrail(form: Form, number: int, metrics: Mapping[str, Metric]) -> GuardrailLine | None:
    prefix = f"guardrail{number}"
    if not form.text(prefix):
        return None
    metric = _metric(form, prefix, metrics)
    stated = form.choice(f"{prefix}_form", MarginForm, MarginForm.RELATIVE)
    baseline, sd, value = _common(form, prefix, f"guardrail {number}", metric)
    margin = form.number(f"{prefix}_margin", "Accepted loss", percent=stated is not MarginForm.PER_1000)
    if metric is None or baseline is None or margin is None or f"{prefix}_sd" in form.errors:
        return None
    return GuardrailLine(metric.key, metric.kind, baseline, margin, stated, sd, value, direction=metric.direction)


def _common(
    form: Form, prefix: str, words: str, metric: Metric | None
) -> tuple[float | None, float | None, float | None]:
    """Control value, standard deviation (of anything but a rate) and money value of one metric."""
    share = metric is not None and is_share(metric)
    baseline = form.number(f"{prefix}_baseline", f"Control value of {words}", percent=share)
    needed = metric is not None and metric.kind.value != "rate"
    sd = form.number(f"{prefix}_sd", f"Standard deviation of {words}", percent=share) if needed else None
    value = form.number(f"{prefix}_value", f"Money value of {words}", required=False)
    if value is None and metric is not None and is_money(metric):
        value = 1.0  # a metric that counts money is worth what it counts
    return baseline, sd, value


def _metric(form: Form, field: str, metrics: Mapping[str, Metric]) -> Metric | None:
    key = form.text(field)
    if key and key not in metrics:
        form.errors[field] = f"{field} == {key!r}, is no metric."
    return metrics.get(key)


def _places(form: Form) -> dict[str, str]:
    """Where in the form a path of the calculation is asked."""
    places = {"traffic_per_week": "traffic", "variants": "variant_count", "allocation": "variant_count"}
    places |= {"metrics": "guardrail1", "effect": "goal_effect"}
    places |= {name: name for name in ("power", "looks")}
    for prefix in _LINES:
        path = f"{prefix.rstrip('12')}.{form.text(prefix)}"
        places[path] = prefix
        places |= {f"{path}.{part}": f"{prefix}_{part}" for part in _PARTS}
    return places
