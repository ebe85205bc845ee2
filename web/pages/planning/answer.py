"""What the planner shows beside the numbers of a plan: curves, what a given size can show, ways to take it along."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

from experiments.decision.sizing import design_of, reach, reach_in_weeks, resolved, traffic_of
from experiments.decision.sizing.curves import detectable_by_weeks, units_by_effect
from experiments.domain.errors import DomainError
from experiments.domain.experiment import UnitKind
from web.charts.planned import detectable_by_week
from web.charts.planned import units_by_effect as effect_chart
from web.formatters import current_reader, numbers
from web.pages.planning.snippet import python_snippet

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from experiments.decision.sizing import ReachOutcome, Sizing, SizingOutcome
    from web.charts.power import Series
    from web.pages.fields import Form
    from web.pages.planning.options import Question

#: Option of the command → field, of those that say what to look back at.
_HISTORY = (
    ("--unit", "unit"), ("--days", "days"), ("--until", "until"), ("--page", "page"),
    ("--covariate-days", "covariate_days"),
)  # fmt: skip
_HOLDINGS = (("--holdings", "holdings"), ("--holdings-any", "holdings_any"), ("--holdings-not", "holdings_not"))
TABLE = ("part", "role", "units_control", "units_all", "weeks", "power_in_plan", "margin_relative", "margin_per_1000",
         "margin_per_year", "margin_money_per_year")  # fmt: skip


def curves(sizing: Sizing, outcome: SizingOutcome, titles: dict[str, str]) -> dict[str, Any]:
    """Figures and tables of the two further curves."""
    reader = current_reader()
    relative = sizing.goals[0].scale == "relative"
    points = units_by_effect(sizing)
    write = numbers.signed_percent if relative else numbers.signed_number
    lines = detectable_by_weeks(sizing, outcome)
    series: list[Series] = [
        {"title": titles.get(line.key, line.key), "x": line.weeks, "y": line.relative, "role": line.role}
        for line in lines
    ]
    return {
        "effect_chart": effect_chart(
            [point.effect for point in points], [point.units_total for point in points], sizing.goals[0].effect,
            relative=relative, reader=reader,
        ) if points else None,
        "effect_table": [
            [write(point.effect, 1 if relative else 4, reader=reader),
             numbers.number(point.units_total, reader=reader),
             "never" if point.weeks is None else str(point.weeks)]
            for point in points
        ],
        "detectable_chart": detectable_by_week(series, outcome.weeks, reader),
        "detectable_table": [
            [str(week), *(numbers.percent(line.relative[place], 1, reader=reader) for line in lines)]
            for place, week in enumerate(lines[0].weeks)
        ],
    }  # fmt: skip


def turned_round(question: Question, form: Form) -> ReachOutcome | None:
    """What a test of the size that was typed can show; None where none was, or where it is refused."""
    sizing = None if question.sized.sizing is None else resolved(question.sized.sizing)
    if sizing is None or not (question.weeks or question.units):
        return None
    design, rule, known = design_of(sizing), sizing.goal_rule, sizing.correlation
    try:
        if question.weeks:
            return reach_in_weeks(
                sizing.goals, sizing.guardrails, question.weeks, traffic_of(sizing), design, goal_rule=rule,
                correlation=known,
            )  # fmt: skip
        return reach(
            sizing.goals, sizing.guardrails, question.units or 0, design, goal_rule=rule, correlation=known
        )  # fmt: skip
    except DomainError as error:
        form.refuse(error, {"weeks": "weeks", "units": "units", "correlation": "correlation"})
        return None


def snippets(sizing: Sizing, command: str, form: Form) -> dict[str, str]:
    """The question as a command, as Python, and as a command that measures everything but effects and margins."""
    asked = {"weeks": "--weeks", "units": "--units"}
    size = next(([option, form.text(name)] for name, option in asked.items() if form.text(name)), [])
    return {
        "command": shlex.join([*shlex.split(command), *size]) if size else command,
        "python": python_snippet(sizing),
        "history": _history_command(command, form),
    }


def _history_command(command: str, form: Form) -> str:
    words = ["netlift", "power", "--from-history"]
    rest = iter(shlex.split(command)[2:])
    for option in rest:
        value = next(rest)
        if option in ("--goal", "--guardrail"):
            parts = value.split(":")
            kept = [part for part in parts[3:] if part.startswith(("value=", "expect="))]
            words += [option, ":".join([parts[0], parts[2], *kept])]
        elif option in ("--power", "--looks", "--variants", "--allocation", "--alpha", "--spending", "--goal-rule"):
            words += [option, value]
    if form.text("agents") and not form.text("unit"):
        words += ["--unit", UnitKind.AGENT.value]
    for option, field in _HISTORY:
        words += [option, form.text(field)] if form.text(field) else []
    for option, field in _HOLDINGS:
        for family in form.text(field).replace(",", " ").split():
            words += [option, family]
    return shlex.join(words)


def table_rows(outcome: SizingOutcome) -> Iterator[Sequence[Any]]:
    """The table of a plan as a file holds it, the whole rule last."""
    for line in outcome.lines:
        worth = line.margin
        margin = ("", "", "", "") if worth is None else (
            worth.relative, worth.per_1000, worth.per_year, worth.money_per_year,
        )  # fmt: skip
        yield (line.key, line.role, line.per_arm, line.total, line.weeks, line.power_in_plan, *margin)
    yield (
        "whole rule",
        "",
        outcome.joint_per_arm,
        outcome.joint_total,
        outcome.weeks,
        outcome.joint_power,
        "",
        "",
        "",
        "",
    )
