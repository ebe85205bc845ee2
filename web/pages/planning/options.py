"""The options of the planner beyond those that the builder asks too; together they are all of `netlift power`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode

from experiments.decision.sizing import GoalLine, GuardrailLine, Sizing
from experiments.domain.metric import Direction
from experiments.domain.plan import MAX_LOOKS, GoalRule, Spending
from web.pages.metric_forms import is_share
from web.pages.sizing_form import GUARDRAILS, Arms, Sized, asked, read_sizing

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from experiments.domain.metric import Metric
    from web.pages.fields import Form

SECOND = "goal2"
#: Option of the command → the fields that hold it; a test walks the command's options.
FIELDS_OF = {
    "goals": ("goal", "goal_baseline", "goal_effect", "goal_scale", "goal_explained", SECOND, "goal2_effect"),
    "guardrails": ("guardrail1", "guardrail1_margin", "guardrail1_expect", "guardrail1_explained"),
    "traffic": ("traffic",),
    "units": ("units",),
    "weeks": ("weeks",),
    "wanted": ("power",),
    "alpha": ("alpha",),
    "looks": ("looks",),
    "spending": ("spending",),
    "variants": ("variant_count",),
    "allocation": ("allocation",),
    "window": ("window",),
    "goal_rule": ("goal_rule",),
    "correlation": ("correlation",),
    "currency": ("currency",),
    "from_history": ("page", "days", "until"),
    "unit": ("unit",),
    "days": ("days",),
    "until": ("until",),
    "holdings": ("holdings",),
    "holdings_any": ("holdings_any",),
    "holdings_not": ("holdings_not",),
    "page": ("page",),
    "covariate_days": ("covariate_days",),
    "agents": ("agents",),
    "contacts": ("contacts",),
    "icc": ("icc",),
    "contacts_cv": ("contacts_cv",),
}
_GOAL_PARTS = ("baseline", "effect", "sd", "value", "explained")
#: What a field says where it is left out of the address.
DEFAULTS = {
    "alpha": "2.5",
    "spending": Spending.OBRIEN_FLEMING.value,
    "allocation": "1",
    "goal_rule": GoalRule.ALL.value,
    "goal_scale": "relative",
    "goal2_scale": "relative",
    "unit": "",
}
EXTRA = (
    "goal_scale", "goal_explained", SECOND, *(f"{SECOND}_{part}" for part in _GOAL_PARTS), "goal2_scale",
    *(f"guardrail{n}_{part}" for n in range(1, GUARDRAILS + 1) for part in ("expect", "explained")),
    "alpha", "spending", "allocation", "window", "goal_rule", "correlation", "currency", "weeks", "units",
    "unit", "days", "until", "holdings", "holdings_any", "holdings_not", "page", "covariate_days", "measured", "fill",
)  # fmt: skip
_WORDS = {
    "_scale": "absolute effects", "_explained": "covariates", "_expect": "expected changes", SECOND: "a second goal",
    "alpha": "error", "spending": "how it is spent", "allocation": "unequal arms", "window": "days after the last unit",
    "correlation": "correlation", "currency": "currency",
}  # fmt: skip
LOOKS = tuple((str(number), str(number)) for number in range(1, MAX_LOOKS + 1))


@dataclass(frozen=True)
class Question:
    """A calculation with its size turned round where that was asked.

    Args:
        weeks, units: of enrolment, or in the control: what can a test of this size find?
    """

    sized: Sized
    weeks: int | None = None
    units: int | None = None


def read_question(
    form: Form, metrics: Sequence[Metric], currency: str, lend: Callable[[Sizing], Sizing] = lambda sizing: sizing
) -> Question:
    """Read every field and calculate; errors stay in the form under their fields.

    Args:
        lend: adds what no field holds, see `web.pages.measured`.
    """
    variants = form.whole("variant_count", "Variants", 2)
    allocation = form.number("allocation", "Allocation", required=False) or 1.0
    money = form.text("currency").upper() or currency
    known = {metric.key: metric for metric in metrics}

    def whole(base: Sizing) -> Sizing:
        return lend(_sizing(form, base, known) if any(form.text(name) for name in EXTRA) else base)

    sized = read_sizing(form, metrics, money, Arms(variants, allocation), whole, _places(form))
    weeks, units = (form.whole(name, label, 0) for name, label in (("weeks", "Weeks"), ("units", "Units")))
    if any(name in form.errors for name in EXTRA):
        sized = Sized()
    return Question(sized, weeks or None, units or None)


def address_of(form: Form) -> str:
    """The filled fields as a query; what says no more than its default is left out, so that it stays short."""
    extra = {name: form.text(name) for name in EXTRA if form.text(name) and form.text(name) != DEFAULTS.get(name)}
    if SECOND not in extra:
        extra = {name: text for name, text in extra.items() if not name.startswith(SECOND)}
    return urlencode({**asked(form), **extra})


def beyond_builder(form: Form) -> list[str]:
    """Options in use that the builder does not ask, in words."""
    filled = [name for name, _ in parse_qsl(address_of(form))]
    words = {name: text for name, text in _WORDS.items() if any(one.endswith(name) for one in filled)}
    return list(words.values())


def _sizing(form: Form, base: Sizing, metrics: Mapping[str, Metric]) -> Sizing:
    goals = [_goal(form, "goal", base.goals[0], metrics)]
    if form.text(SECOND):
        goals += [line for line in [_second(form, metrics)] if line is not None]
    guardrails = [_guardrail(form, number, line) for number, line in _numbered(form, base.guardrails)]
    alpha = form.number("alpha", "Error", required=False, percent=True)
    window = form.number("window", "Window", required=False)
    return replace(
        base,
        goals=tuple(goals),
        guardrails=tuple(guardrails),
        alpha=base.alpha if alpha is None else alpha,
        spending=form.choice("spending", Spending, Spending.OBRIEN_FLEMING),
        window_days=base.window_days if window is None else int(window),
        goal_rule=form.choice("goal_rule", GoalRule, GoalRule.ALL),
        correlation=form.number("correlation", "Correlation", required=False),
    )


def _goal(form: Form, prefix: str, line: GoalLine, metrics: Mapping[str, Metric]) -> GoalLine:
    """The line with the scale of its effect and what covariates explain."""
    explained = form.number(f"{prefix}_explained", "Explained by covariates", required=False, percent=True) or 0.0
    if form.text(f"{prefix}_scale") == "absolute":
        share = is_share(metrics[line.key])
        effect = form.number(f"{prefix}_effect", "Effect", percent=share) or line.effect
        signed = abs(effect) if metrics[line.key].direction is Direction.HIGHER else -abs(effect)
        line = replace(line, scale="absolute", effect=signed)
    return replace(line, variance_explained=explained)


def _second(form: Form, metrics: Mapping[str, Metric]) -> GoalLine | None:
    metric = metrics.get(form.text(SECOND))
    if metric is None:
        form.errors[SECOND] = f"{SECOND} == {form.text(SECOND)!r}, is no metric."
        return None
    share = is_share(metric)
    baseline = form.number(f"{SECOND}_baseline", "Value today of the second goal", percent=share)
    effect = form.number(f"{SECOND}_effect", "Effect of the second goal", percent=True)
    needed = metric.kind.value != "rate"
    sd = form.number(f"{SECOND}_sd", "Standard deviation of the second goal", percent=share) if needed else None
    value = form.number(f"{SECOND}_value", "Money value of the second goal", required=False)
    if baseline is None or effect is None or f"{SECOND}_sd" in form.errors:
        return None
    wanted = abs(effect) if metric.direction is Direction.HIGHER else -abs(effect)
    return _goal(form, SECOND, GoalLine(metric.key, metric.kind, baseline, wanted, sd=sd, value=value), metrics)


def _numbered(form: Form, lines: Sequence[GuardrailLine]) -> list[tuple[int, GuardrailLine]]:
    numbers = [number for number in range(1, GUARDRAILS + 1) if form.text(f"guardrail{number}")]
    return list(zip(numbers, lines, strict=True))


def _guardrail(form: Form, number: int, line: GuardrailLine) -> GuardrailLine:
    prefix = f"guardrail{number}"
    expected = form.number(f"{prefix}_expect", "Expected change", required=False, percent=True) or 0.0
    explained = form.number(f"{prefix}_explained", "Explained by covariates", required=False, percent=True) or 0.0
    return replace(line, expected_change=expected, variance_explained=explained)


def _places(form: Form) -> dict[str, str]:
    """Where in the form a path of the calculation is asked."""
    places = {"alpha": "alpha", "correlation": "correlation", "window_days": "window", "allocation": "allocation"}
    places |= {"metrics": SECOND, "looks": "looks", "power": "power", "spending": "spending", "goal_rule": "goal_rule"}
    lines = [("goal", "goal"), (SECOND, "goal")] + [(f"guardrail{n}", "guardrail") for n in range(1, GUARDRAILS + 1)]
    for prefix, noun in lines:
        path = f"{noun}.{form.text(prefix)}"
        places[path] = prefix
        parts = {"variance_explained": "explained", "expected_change": "expect"}
        places |= {f"{path}.{part}": f"{prefix}_{parts.get(part, part)}" for part in (*_GOAL_PARTS, *parts)}
    return places
