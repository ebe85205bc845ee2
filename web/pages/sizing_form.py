"""The part of a form that sizes a test; the planner and the new-experiment form share it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from experiments.decision.sizing import Agents, GoalLine, GuardrailLine, MarginForm, Sizing, SizingOutcome, size_test
from experiments.domain.errors import DomainError
from experiments.domain.metric import Direction, Metric, MetricKind
from web.pages.metric_forms import is_money, is_share

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from web.pages.fields import Form

GUARDRAILS = 4
_PARTS = ("baseline", "effect", "margin", "form", "sd", "value")
_LINES = ("goal", *(f"guardrail{number}" for number in range(1, GUARDRAILS + 1)))
#: What is asked of agents, where they are drawn.
AGENTS = ("agents", "contacts", "icc", "contacts_cv")
#: Every field this part reads, in the order of the page: what a permanent address holds.
FIELDS = (
    *(name for line in _LINES for name in (line, *(f"{line}_{part}" for part in _PARTS))),
    "traffic",
    "power",
    "looks",
    "variant_count",
    *AGENTS,
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
        form.refuse(error, {**_places(form), **(further or {})})
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
    agents = _agents(form)
    goal = _goal(form, metrics)
    guardrails = [line for number in range(1, GUARDRAILS + 1) if (line := _guardrail(form, number, metrics))]
    of_agents = form.text("agents") or form.text("unit") == "agent"
    traffic = None if of_agents else form.number("traffic", "Traffic per week")
    power = form.number("power", "Power", percent=True)
    looks = form.whole("looks", "Looks", 1)
    if goal is None or (traffic is None and agents is None) or power is None:
        return None
    used = [metrics[goal.key], *(metrics[line.key] for line in guardrails)]
    window = max(metric.window_days + metric.return_days for metric in used)
    return Sizing(
        goals=(goal,),
        guardrails=tuple(guardrails),
        traffic_per_week=agents.per_week(window) if agents is not None else traffic or 0.0,
        power=power,
        looks=1 if agents is not None else looks,  # agents enter together: there is nothing to read in between
        variants=arms.variants,
        allocation=arms.allocation,
        window_days=window,
        currency=currency,
        agents=agents,
    )


def _agents(form: Form) -> Agents | None:
    """What is known of the agents, where they are drawn."""
    if not form.text("agents"):
        if form.text("unit") == "agent":
            form.errors["agents"] = "Agents who can take part is empty, must be a number."
        return None
    available = form.whole("agents", "Agents who can take part", 0)
    contacts = form.number("contacts", "Contacts of an agent")
    icc = form.number("icc", "Share between agents", percent=True)
    spread = form.number("contacts_cv", "Spread of contacts", required=False, percent=True)
    if contacts is None or icc is None or any(name in form.errors for name in ("agents", "contacts_cv")):
        return None
    return Agents(available, contacts, icc, spread or 0.0)


def _goal(form: Form, metrics: Mapping[str, Metric]) -> GoalLine | None:
    metric = _metric(form, "goal", metrics)
    if not form.text("goal"):
        form.errors["goal"] = "The goal is empty, choose a metric."
    baseline, sd, value = _common(form, "goal", "the goal", metric)
    effect = form.number("goal_effect", "Smallest effect worth finding", percent=True)
    if metric is None or baseline is None or effect is None or "goal_sd" in form.errors:
        return None
    wanted = abs(effect) if metric.direction is Direction.HIGHER else -abs(effect)
    return GoalLine(metric.key, _kind(metric, sd), baseline, wanted, sd=sd, value=value)


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
    kind = _kind(metric, sd)
    return GuardrailLine(metric.key, kind, baseline, margin, stated, sd, value, direction=metric.direction)


def _kind(metric: Metric, sd: float | None) -> MetricKind:
    """The kind of what was typed: without a spread a ratio is a share of contacts, which only agents have."""
    return MetricKind.RATE if metric.kind is MetricKind.RATIO and sd is None else metric.kind


def _common(
    form: Form, prefix: str, words: str, metric: Metric | None
) -> tuple[float | None, float | None, float | None]:
    """Control value, standard deviation (of anything but a rate) and money value of one metric."""
    share = metric is not None and is_share(metric)
    words = words if metric is None else metric.name
    baseline = form.number(f"{prefix}_baseline", f"Control value of {words}", percent=share)
    needed = metric is not None and metric.kind.value != "rate"
    # Of a contact that has the sale or not the spread follows from the share.
    asked = needed and not (form.text("agents") and baseline is not None and baseline < 1)
    sd = (
        form.number(f"{prefix}_sd", f"Standard deviation of {words}", required=asked, percent=share) if needed else None
    )
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
    places |= {"agents.available": "agents", "agents.contacts": "contacts", "agents.icc": "icc"}
    places["agents.cv"] = "contacts_cv"
    for prefix in _LINES:
        path = f"{prefix.rstrip('0123456789')}.{form.text(prefix)}"
        places[path] = prefix
        places |= {f"{path}.{part}": f"{prefix}_{part}" for part in _PARTS}
    return places
