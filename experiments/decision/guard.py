"""The guard of a roll-out: may be read at any moment, and calls harm where the report's rule would.

The held back are compared with those who get the winner, on every goal and guardrail of the test, over the first days
after first exposure. The bar is an always-valid boundary (`stats.alwaysvalid`), one-sided, with the error rate divided
by the number of metrics: over all steps and all readings together, a winner that harms nothing is halted in at most
`GUARD_ALPHA` of the roll-outs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import ceil
from typing import Any

from experiments.decision.bar import Bar
from experiments.decision.inputs import MetricPlan
from experiments.decision.metric_result import MetricResult
from experiments.decision.row import judged_row
from experiments.decision.verdict import is_harmed
from experiments.domain.plain import to_plain
from experiments.stats import normal, srm
from experiments.stats.alwaysvalid import MINIMUM_EVENTS, MINIMUM_UNITS_PER_ARM, critical_value, readiness
from experiments.stats.effect import Status
from experiments.stats.measure import estimate
from experiments.stats.moments import Moments

#: Share of harmless roll-outs that may be halted by mistake, over all metrics, steps and readings.
GUARD_ALPHA = 0.025
#: Below it the split of the holdback is called broken; the test may be read at any moment.
SPLIT_ALPHA = 0.001
#: Chance with which a harm of the size that is shown would be found at this moment.
SEEN_WITH = 0.8


class GuardStatus(StrEnum):
    """What one reading says."""

    TOO_FEW = "too_few"
    CLEAR = "clear"
    HARM = "harm"
    SPLIT_BROKEN = "split_broken"
    NOT_GUARDED = "not_guarded"


@dataclass(frozen=True)
class GuardRow:
    """One metric at one reading.

    Attributes:
        held, given: its value in the held back and in those who get the winner.
        change: relative, or absolute where `relative` is False; None where there is none.
        lo, hi: the always-valid interval the guard judges by.
        sees: the smallest relative loss this reading would find in 8 of 10 cases; None where it cannot be said.
        verdict: `worse`, `not_shown` or `too_few`.
    """

    metric: str
    title: str
    role: str
    held: float | None
    given: float | None
    change: float | None
    lo: float | None
    hi: float | None
    relative: bool
    sees: float | None
    verdict: str
    direction: int = 1
    kind: str = "rate"


@dataclass(frozen=True)
class GuardReading:
    """One reading.

    Attributes:
        units: mature units by side, `held` and `given`.
        level: of the intervals, two-sided.
        split_p: anytime-valid p of the planned split; None where nobody was exposed.
        sentence: what it says, in words.
    """

    status: GuardStatus
    units: Mapping[str, int]
    rows: tuple[GuardRow, ...] = ()
    level: float = 1 - 2 * GUARD_ALPHA
    split_p: float | None = None
    sentence: str = ""

    @property
    def harmed(self) -> tuple[GuardRow, ...]:
        """Metrics that got worse."""
        return tuple(row for row in self.rows if row.verdict == "worse")

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready form."""
        plain: dict[str, Any] = to_plain(self)
        return plain


def read_guard(
    plans: Sequence[MetricPlan],
    held: Moments,
    given: Moments,
    exposed: tuple[int, int],
    share_held: float,
    planned_units: float,
) -> GuardReading:
    """Judge every metric at this moment.

    Args:
        plans: the goals and guardrails of the test, with measures over the guard's days.
        held, given: moments of mature units of both sides.
        exposed: exposed units of both sides, mature or not, for the split.
        share_held: planned share of the held back, above 0 and below 1.
        planned_units: units of both sides at which the boundary is narrowest.
    """
    units = {"held": held.n, "given": given.n}
    split = srm.sequential([exposed], [share_held, 1 - share_held]).p if sum(exposed) else None
    if split is not None and split < SPLIT_ALPHA:
        told = _split_sentence(exposed, share_held)
        return GuardReading(GuardStatus.SPLIT_BROKEN, units, split_p=split, sentence=told)
    judged = [plan for plan in plans if plan.measurable]
    if not judged or readiness(held.n, given.n) is not Status.OK:
        return GuardReading(GuardStatus.TOO_FEW, units, split_p=split, sentence=_few_sentence(units, share_held))
    alpha = GUARD_ALPHA / len(judged)
    bar = Bar(alpha, critical_value(held.n + given.n, planned_units, alpha, sides=1))
    rows = tuple(_row(plan, held, given, bar) for plan in judged)
    found = GuardReading(GuardStatus.CLEAR, units, rows, bar.level, split)
    if found.harmed:
        return GuardReading(GuardStatus.HARM, units, rows, bar.level, split, _harm_sentence(found.harmed))
    if all(row.verdict == "too_few" for row in rows):
        return GuardReading(GuardStatus.TOO_FEW, units, rows, bar.level, split, _few_sentence(units, share_held))
    return GuardReading(GuardStatus.CLEAR, units, rows, bar.level, split, "No harm shown so far.")


def not_guarded(*, agents: bool = False) -> GuardReading:
    """Without a holdback there is nobody to compare with; of agents too few are held back."""
    why = "agents held back are too few to compare with" if agents else "without a holdback nobody is compared with"
    return GuardReading(GuardStatus.NOT_GUARDED, {}, sentence=f"Not guarded: {why}.")


def _row(plan: MetricPlan, held: Moments, given: Moments, bar: Bar) -> GuardRow:
    result = judged_row(plan, "given", (held, given), bar)
    few = result.deciding.status is Status.TOO_FEW or _few_events(plan, held, given)
    worse = not few and is_harmed(result)
    shown = result.relative if result.relative.status is Status.OK else result.absolute
    return GuardRow(
        metric=plan.key,
        title=plan.title,
        role=plan.role.value,
        held=result.control_value,
        given=result.variant_value,
        change=None if few else shown.point,
        lo=None if few else shown.lo,
        hi=None if few else shown.hi,
        relative=shown is result.relative,
        sees=None if few else _sees(result, bar),
        verdict="too_few" if few else ("worse" if worse else "not_shown"),
        direction=plan.direction.value,
        kind=plan.measure.kind,
    )


def _few_events(plan: MetricPlan, held: Moments, given: Moments) -> bool:
    events = [estimate(plan.measure, side).events for side in (held, given)]
    known = [count for count in events if count is not None]
    return len(known) == len(events) and readiness(held.n, given.n, sum(known)) is not Status.OK


def _sees(result: MetricResult, bar: Bar) -> float | None:
    se, base = result.absolute.se, result.control_value
    if se is None or not base or base < 0:
        return None
    return (bar.z + normal.upper_quantile(1 - SEEN_WITH)) * se / base


def _harm_sentence(rows: Sequence[GuardRow]) -> str:
    names, verb = " and ".join(row.title for row in rows), "is" if len(rows) == 1 else "are"
    return f"Harm: {names} {verb} worse among those who get the winner than among the held back."


def _few_sentence(units: Mapping[str, int], share_held: float) -> str:
    told = f"Too few to say: {units['held']:,} held back and {units['given']:,} with the winner are old enough"
    if min(units.values()) >= MINIMUM_UNITS_PER_ARM:
        return f"{told}, with fewer than {MINIMUM_EVENTS} events."
    needed = ceil(MINIMUM_UNITS_PER_ARM / min(share_held, 1 - share_held))
    return (
        f"{told}; it takes {MINIMUM_UNITS_PER_ARM:,} of each, "
        f"which are {needed:,} in all where {share_held:.1%} are held back."
    )


def _split_sentence(exposed: tuple[int, int], share_held: float) -> str:
    total = sum(exposed)
    return (
        f"The split is broken: {exposed[0]:,} of {total:,} units were held back, planned were {share_held:.1%}. "
        "Nothing can be compared until that is explained."
    )
