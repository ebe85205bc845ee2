"""What the answer of the power calculation shows beside its numbers: chart, words of the choices, command line."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

from experiments.decision.sizing import MarginForm
from experiments.domain.metric import Direction, MetricKind
from experiments.domain.plan import GoalRule, Spending
from web.charts.power import Series, power_by_week
from web.formatters import current_reader
from web.pages.metric_forms import is_money, is_share, unit_word
from web.pages.sizing_form import GUARDRAILS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from experiments.decision.sizing import GoalLine, GuardrailLine, Sizing, SizingOutcome
    from experiments.domain.metric import Metric
    from web.charts.figure import Figure
    from web.pages.fields import Form

MARGIN_FORMS = (
    (MarginForm.RELATIVE.value, "% of the control value"),
    (MarginForm.PER_1000.value, "per 1,000 units"),
    (MarginForm.GAIN_SHARE.value, "% of the planned gain's money"),
)
USUAL_ALPHA = 0.025
LOOK_CHOICES = tuple((str(number), str(number)) for number in range(1, 6))
_MARGIN_SIGNS = {MarginForm.RELATIVE: "%", MarginForm.PER_1000: "/1000", MarginForm.GAIN_SHARE: "%gain"}


def field_values(form: Form, metrics: Sequence[Metric], currency: str) -> dict[str, Any]:
    """What the shared template part needs to draw its fields."""
    return {
        "units": {metric.key: unit_word(metric, currency) for metric in metrics},
        "form": form,
        "metric_options": metric_options(metrics),
        "margin_forms": MARGIN_FORMS,
        "guardrail_numbers": range(1, GUARDRAILS + 1),
        "look_choices": LOOK_CHOICES,
        "titles": {metric.key: metric.name for metric in metrics},
    }


def metric_options(metrics: Iterable[Metric]) -> list[tuple[str, list[tuple[str, str]]]]:
    """Metrics grouped by how their values are typed."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for metric in metrics:
        unit = "Shares, in %" if is_share(metric) else "Money per unit" if is_money(metric) else "Amounts per unit"
        groups.setdefault(unit, []).append((metric.key, metric.name))
    return sorted(groups.items(), key=lambda group: group[0] != "Shares, in %")


def power_chart(sizing: Sizing, outcome: SizingOutcome, titles: dict[str, str]) -> tuple[Figure, list[list[str]]]:
    """Chance of each part against the weeks the test runs, as figure and as table."""
    from experiments.decision.sizing.curve import power_by_weeks

    lines = power_by_weeks(sizing, outcome)
    series: list[Series] = [
        {"title": titles.get(line.key, line.key), "x": line.weeks, "y": line.power, "role": line.role} for line in lines
    ]
    table = [[str(week), *(f"{line.power[index]:.0%}" for line in lines)] for index, week in enumerate(lines[0].weeks)]
    return power_by_week(series, outcome.power, outcome.weeks, current_reader()), table


def command_line(sizing: Sizing) -> str:
    """The `netlift power` command that asks the same question."""
    words = ["netlift", "power"]
    for goal in sizing.goals:
        words += ["--goal", _goal_word(goal)]
    for line in sizing.guardrails:
        words += ["--guardrail", _guardrail_word(line)]
    options: dict[str, float | str | None] = {
        "--traffic": None if sizing.agents else sizing.traffic_per_week,
        "--power": sizing.power,
        "--looks": sizing.looks,
        "--variants": sizing.variants,
        "--allocation": None if sizing.allocation == 1 else sizing.allocation,
        "--window": sizing.window_days,
        "--currency": sizing.currency,
        "--alpha": None if sizing.alpha == USUAL_ALPHA else sizing.alpha,
        "--spending": None if sizing.spending is Spending.OBRIEN_FLEMING else sizing.spending.value,
        "--goal-rule": None if sizing.goal_rule is GoalRule.ALL else sizing.goal_rule.value,
        "--correlation": sizing.correlation if isinstance(sizing.correlation, float) else None,
    }
    if sizing.agents is not None:
        agents = sizing.agents
        options |= {"--agents": float(agents.available), "--contacts": agents.contacts, "--icc": agents.icc}
        options |= {"--contacts-cv": agents.cv or None}
    for name, value in options.items():
        words += [] if value is None else [name, value if isinstance(value, str) else _plain(value)]
    return shlex.join(words)


def _goal_word(line: GoalLine) -> str:
    effect = f"{_signed(100 * line.effect)}%" if line.scale == "relative" else _signed(line.effect)
    return ":".join([line.key, _plain(line.baseline), effect, *_options(line)])


def _guardrail_word(line: GuardrailLine) -> str:
    share = line.margin if line.form is MarginForm.PER_1000 else 100 * line.margin
    falling = ["direction=lower"] if line.direction is Direction.LOWER else []
    if line.expected_change:
        falling.append(f"expect={_signed(100 * line.expected_change)}%")
    return ":".join(
        [line.key, _plain(line.baseline), _plain(share) + _MARGIN_SIGNS[line.form], *_options(line), *falling]
    )


def _options(line: GoalLine | GuardrailLine) -> list[str]:
    kind = [f"kind={line.kind.value}"] if line.kind is MetricKind.RATIO else []
    given = (("sd", line.sd), ("value", line.value), ("explained", line.variance_explained or None))
    return [*kind, *(f"{name}={_plain(value)}" for name, value in given if value is not None)]


def _plain(value: float) -> str:
    """Digits without an exponent; ten significant ones hide that 0.042 × 100 is not quite 4.2."""
    text = f"{value:.10g}"
    return f"{float(text):.15f}".rstrip("0").rstrip(".") if "e" in text else text


def _signed(value: float) -> str:
    return f"{'+' if value >= 0 else '-'}{_plain(abs(value))}"
