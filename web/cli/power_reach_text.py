"""What a test of given size can show, as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from experiments.decision.sizing import Amount, ReachLine, ReachOutcome


def key_width(keys: Iterable[str]) -> int:
    """Characters of the column of metrics: as usual, or as the longest key needs."""
    return max(22, *(len(key) + 1 for key in keys))


def reach_lines(outcome: ReachOutcome, window_days: int) -> list[str]:
    """A table of smallest effects and margins, the verdict, and how it was computed."""
    wide = key_width(line.key for line in outcome.lines)
    head = f"{'':2}{'metric':<{wide}}{'part':<11}{'can show':>32}{'planned':>10}{'power':>8}"
    rows = [_row(line, wide) for line in outcome.lines]
    joint = [] if outcome.joint_power is None else [f"{'':2}{'whole rule':<{wide + 53}}{outcome.joint_power:>8.0%}"]
    formulas = ["How it was computed", *(f"  {line.key}: {line.formula}" for line in outcome.lines)]
    formulas += [] if outcome.joint_power is None else [f"  whole rule: {outcome.formula}"]
    return [
        _size(outcome, window_days),
        head,
        *rows,
        *joint,
        "",
        _verdict(outcome),
        "",
        *formulas,
        *(f"  - {text}" for text in _assumptions(outcome)),
    ]


def _assumptions(outcome: ReachOutcome) -> list[str]:
    """What holds for all, then what holds for some metrics with their names."""
    named: dict[str, list[str]] = {}
    for line in outcome.lines:
        for text in line.assumptions:
            named.setdefault(text, []).append(line.key)
    shared = [text for text, keys in named.items() if len(keys) == len(outcome.lines)]
    own = [f"{', '.join(keys)}: {text}" for text, keys in named.items() if len(keys) < len(outcome.lines)]
    return [*outcome.assumptions, *shared, *own]


def _size(outcome: ReachOutcome, window_days: int) -> str:
    weeks = ""
    if outcome.weeks is not None:
        one = "week" if outcome.weeks == 1 else "weeks"
        weeks = f" after {outcome.weeks} {one}, read out on day {7 * outcome.weeks + window_days}"
    return f"{outcome.units_control:,.0f} units in the control, {outcome.units_total:,.0f} in all{weeks}:"


def _row(line: ReachLine, wide: int) -> str:
    planned = "" if line.planned is None else _short(line.planned, signed=line.role == "goal")
    power = "" if line.power is None else f"{line.power:.0%}"
    return f"{'':2}{line.key:<{wide}}{line.role:<11}{_shown(line):>32}{planned:>10}{power:>8}"


def _shown(line: ReachLine) -> str:
    if line.role == "guardrail":
        return "no margin" if line.smallest_margin is None else f"worse by {_both(line.smallest_margin, signed=False)}"
    if line.planned is not None:
        wanted = line.smallest_rise if line.planned.absolute > 0 else line.smallest_fall
        return "nothing" if wanted is None else _both(wanted, signed=True)
    ways = [_short(way, signed=True) for way in (line.smallest_rise, line.smallest_fall) if way is not None]
    return " or ".join(ways) or "nothing"


def _both(amount: Amount, *, signed: bool) -> str:
    per_1000 = f"{_sign(amount.per_1000, signed)}{abs(amount.per_1000):,.2f} per 1,000"
    return per_1000 if amount.relative is None else f"{_short(amount, signed=signed)} ({per_1000})"


def _short(amount: Amount, *, signed: bool) -> str:
    if amount.relative is None:
        return f"{_sign(amount.absolute, signed)}{abs(amount.absolute):.4g}"
    return f"{_sign(amount.relative, signed)}{abs(amount.relative):.1%}"


def _sign(number: float, signed: bool) -> str:
    if not signed:
        return ""
    return "−" if number < 0 else "+"


def _verdict(outcome: ReachOutcome) -> str:
    if outcome.binding is None or outcome.joint_power is None:
        return f"Each of these is found, or ruled out, with a chance of {outcome.power:.0%} by its own test."
    binding = outcome.line(outcome.binding)
    weakest = f"The {binding.role} {binding.key} has the least power, {binding.power:.0%}"
    reached = "no less than" if outcome.joint_power >= outcome.power else "less than"
    return f"{weakest}; the whole rule has {outcome.joint_power:.0%}, {reached} the wanted {outcome.power:.0%}."
