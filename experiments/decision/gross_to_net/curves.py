"""The promoted value by days since exposure, and what of the early gain is still there at the end."""

from __future__ import annotations

from experiments.decision.formats import planned_percent
from experiments.decision.gross_to_net.curve import Curve, CurvePoint
from experiments.decision.gross_to_net.data import BEFORE, CURVE, MONEY_SCALE, Arms, summed
from experiments.decision.gross_to_net.estimates import NOTHING, direction_of, figure_of
from experiments.decision.gross_to_net.figures import Bar, Cohort, Figure
from experiments.stats.effect import Status
from experiments.stats.pullforward import PullForward, pull_forward


def curve(arms: Arms, cohort: Cohort, bar: Bar) -> Curve:
    """Totals up to each day, over the same units every day."""
    early, days = cohort.early_days, arms.data.day_ends
    if cohort.young or early not in days[:-1]:
        words = f"No unit is {cohort.horizon_days} days old yet."
        return Curve("not_measured", (), early, cohort.days, bar.level, NOTHING, NOTHING, words)
    totals = {str(day): [f"d:{end}" for end in days if end <= day] for day in days}
    groups = arms.pair(CURVE)
    used = (BEFORE,) if bar.covariates and BEFORE in groups[0].columns else ()
    control, variant = (summed(group, totals, used) for group in groups)
    found = pull_forward(control, variant, list(totals), days, early, bar.level, bar.critical, used)
    if found.status is not Status.OK:
        return Curve("too_few", (), early, cohort.days, bar.level, NOTHING, NOTHING, "Too few units.")
    points = tuple(
        CurvePoint(day.day, *(MONEY_SCALE * value for value in (day.point, day.lo, day.hi, day.band_lo, day.band_hi)))
        for day in found.days
    )
    retained, later = _retained(found), figure_of(found.later, MONEY_SCALE)
    words = _words(retained, later, early, cohort.days)
    return Curve("ok", points, early, cohort.days, bar.level, retained, later, words)


def _retained(found: PullForward) -> Figure:
    share = found.retained
    return Figure(share.point, share.lo, share.hi, "ok" if share.status is Status.OK else "unbounded")


def _words(retained: Figure, later: Figure, early: int, last: int) -> str:
    side = direction_of(later)
    if side < 0:
        change = f"Later sales fell: part of the early gain would have come within {last} days anyway."
    elif side > 0:
        change = f"More sales followed after day {early}."
    else:
        change = f"No change of later sales is shown within {last} days; what lies beyond them cannot be seen."
    if retained.value is None or retained.lo is None or retained.hi is None:
        return f"The early gain cannot be told from 0, so no share of it can be given. {change}"
    share, lo, hi = (planned_percent(round(value, 2)) for value in (retained.value, retained.lo, retained.hi))
    return f"Of the gain of the first {early} days {share} ({lo} to {hi}) is there after {last} days. {change}"
