"""The answers of `netlift power` as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from experiments.domain.money import money_text
from web.cli.power_history_text import history_lines
from web.cli.power_reach_text import key_width, reach_lines

if TYPE_CHECKING:
    from experiments.decision.sizing import LineOutcome, Look, SizingOutcome
    from web.cli.power_answer import Answer


def lines_of(answer: Answer) -> list[str]:
    """What was looked back at, then the size, or what the given size can find."""
    text = [] if answer.history is None else [*history_lines(answer.history), ""]
    if answer.reach is not None:
        return [*text, *reach_lines(answer.reach, answer.window_days)]
    assert answer.sizing is not None
    return [*text, *_size_lines(answer.sizing)]


def _size_lines(outcome: SizingOutcome) -> list[str]:
    wide = key_width(line.key for line in outcome.lines)
    head = f"{'':2}{'metric':<{wide}}{'part':<11}{'in control':>12}{'in all':>12}{'weeks':>7}"
    rows = [_row(line, wide) for line in outcome.lines]
    sizes = f"{outcome.joint_per_arm:>12,}{outcome.joint_total:>12,}{_weeks(outcome.weeks):>7}"
    joint = f"{'':2}{'whole rule':<{wide + 11}}{sizes}"
    text = [head, *rows, joint, "", _verdict(outcome), *_margins(outcome), *outcome.advice, ""]
    text += [f"Looks: {_looks(outcome)}"] if len(outcome.looks) > 1 else []
    text += ["How it was computed", *(f"  {line.key}: {line.formula}" for line in outcome.lines)]
    return [*text, f"  whole rule: {outcome.formula}", *(f"  - {line}" for line in outcome.assumptions)]


def _row(line: LineOutcome, wide: int) -> str:
    weeks = _weeks(line.weeks)
    return f"{'':2}{line.key:<{wide}}{line.role:<11}{line.per_arm:>12,}{line.total:>12,}{weeks:>7}"


def _weeks(weeks: int | None) -> str:
    return "never" if weeks is None else str(weeks)


def _verdict(outcome: SizingOutcome) -> str:
    binding = outcome.line(outcome.binding)
    ratio = outcome.guardrail_to_goal or 0.0
    cost = f" Guarding takes {ratio:.1f} times the units of the goal." if ratio > 1 else ""
    days = "" if outcome.days is None else f", read out after {outcome.days} days"
    if outcome.least:
        most = f" The {binding.role} {binding.key} needs the most units." if len(outcome.lines) > 1 else ""
        return f"{outcome.weeks} weeks, the least that a test takes{days}.{most}{cost}"
    short = "this traffic never brings the units" if outcome.agents is None else "there are fewer agents than that"
    length = short if outcome.weeks is None else f"{outcome.weeks} weeks"
    return f"The {binding.role} {binding.key} decides: {length}{days}.{cost}"


def _margins(outcome: SizingOutcome) -> list[str]:
    text = []
    for line in outcome.lines:
        if line.margin is None:
            continue
        worth = line.margin
        share = "" if worth.relative is None else f"{worth.relative:.1%} of the control, "
        money = "" if worth.money_per_year is None else f", {money_text(worth.money_per_year, outcome.currency)}"
        noun = "units" if outcome.agents is None else "contacts"
        text.append(
            f"Accepted loss of {line.key}: {share}{worth.per_1000:,.2f} per 1,000 {noun}, "
            f"{worth.per_year:,.0f} a year{money}."
        )
    return text


def _looks(outcome: SizingOutcome) -> str:
    return ", ".join(f"{look.number} on day {look.day} ({_boundary(look)})" for look in outcome.looks)


def _boundary(look: Look) -> str:
    own = "" if look.goal_critical == look.critical else f", of each goal {look.goal_critical:.3f}"
    return f"z {look.critical:.3f}{own}"
