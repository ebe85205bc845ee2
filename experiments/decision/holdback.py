"""What a holdback can see, what it told, and what it would take to know more.

Every measure of a customer's holdback is read five times. The five share one error rate of 5 %: each is read at 99 %,
which keeps the promise whatever the readings have in common (Bonferroni). A visitor's is read once, at 95 %. Read-outs
that only describe are printed at 95 % each, and nothing is concluded from them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from experiments.domain.experiment import UnitKind
from experiments.domain.plain import to_plain
from experiments.domain.rollout import READ_OUTS, ReadAs
from experiments.stats import effects, normal
from experiments.stats.effect import Status
from experiments.stats.measure import Measure
from experiments.stats.moments import Moments

#: Shared by all read-outs of one measure, two-sided.
ALPHA = 0.05
POWER = 0.8
#: Orders within so many days after first exposure are the first purchase, later ones a repeat.
FIRST_WEEK = 7
#: A customer counts as followed where a full statement of holdings came within so many days before the read-out.
STATEMENT_DAYS = 45
FOLLOWED = 0.9

MeasureKey = Literal["again", "kept", "margin"]
MEASURES: dict[MeasureKey, Measure] = {
    "again": Measure("rate", "again"),
    "kept": Measure("rate", "kept"),
    "margin": Measure("mean", "margin"),
}


def level_of(unit: UnitKind, read_as: ReadAs = ReadAs.SPENDING) -> float:
    """Two-sided confidence level of each read-out."""
    shared = unit is UnitKind.CUSTOMER and read_as is ReadAs.SPENDING
    return 1 - ALPHA / (len(READ_OUTS) if shared else 1)


@dataclass(frozen=True)
class Baseline:
    """The control of the test, from which a holdback is designed.

    Attributes:
        days: window of the numbers.
        again, kept: rates; None where not measured.
        margin, margin_sd: per unit, minor units.
        units_per_week: new exposed units of all variants.
    """

    days: int
    again: float | None
    kept: float | None
    margin: float | None
    margin_sd: float | None
    units_per_week: float


@dataclass(frozen=True)
class Seen:
    """The smallest changes a read-out would find in 8 of 10 cases, absolute.

    Attributes:
        change: a rise; None where it cannot be said, or no possible rise is found so often.
        fall: likewise, above 0; readings that were kept before it was told apart lack it.
    """

    measure: MeasureKey
    base: float | None
    change: float | None
    fall: float | None = None


@dataclass(frozen=True)
class ReadOutDesign:
    """What a read-out can see before it is read."""

    days: int
    held: int
    given: int
    seen: tuple[Seen, ...]


@dataclass(frozen=True)
class ReadOutRow:
    """One measure of one read-out.

    Attributes:
        status: `ok`, or why there is no number.
        times: how many times as many units on both sides it would take to tell the change that was found from none,
            in 8 of 10 cases; 1 or less = there are enough. None where it cannot be said.
        verdict: where the read-outs share an error rate and there is an interval; empty where they only describe, and
            in readings that were kept before it was written.
    """

    measure: MeasureKey
    status: str
    held: float | None = None
    given: float | None = None
    change: float | None = None
    lo: float | None = None
    hi: float | None = None
    form: str = ""
    times: float | None = None
    note: str = ""
    verdict: Literal["better", "worse", "not_shown", ""] = ""


@dataclass(frozen=True)
class ReadOut:
    """One read-out: units of both sides, the level, the rows."""

    days: int
    held: int
    given: int
    level: float
    rows: tuple[ReadOutRow, ...]
    note: str = ""
    read_as: ReadAs = ReadAs.SPENDING

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready form."""
        plain: dict[str, Any] = to_plain(self)
        return plain


def cost_of_unevenness(held: float) -> float:
    """How many times the standard error of a 50/50 test a holdback of this share has: 2.3 at 5 %."""
    return math.sqrt(1 / (4 * held * (1 - held)))


def design(
    baseline: Baseline, unit: UnitKind, held: float, entry_days: float, last: int, read_as: ReadAs = ReadAs.SPENDING
) -> tuple[ReadOutDesign, ...]:
    """What each read-out up to the last can see.

    Rates and margin beyond the window of the baseline are carried on at its pace: purchases as a Poisson process,
    margin growing with time and its variance likewise, retention by the same factor per day.

    Args:
        held: share of the held back.
        entry_days: days during which units enter the cohort.
    """
    total = baseline.units_per_week * entry_days / 7
    n_held, n_given = round(total * held), round(total * (1 - held))
    days, level = [day for day in READ_OUTS if day <= last], level_of(unit, read_as)
    sides = (n_held, n_given)
    return tuple(
        ReadOutDesign(day, *sides, tuple(_seen(baseline, level, key, day, *sides) for key in MEASURES)) for day in days
    )


def _seen(baseline: Baseline, level: float, key: MeasureKey, days: int, n_held: int, n_given: int) -> Seen:
    from experiments.stats.power.rare import rate_changes

    base, sd = _carried(baseline, key, days)
    if base is None or sd is None or min(n_held, n_given) < 1:
        return Seen(key, base, None)
    if MEASURES[key].kind == "rate":
        return Seen(key, base, *rate_changes(base, n_held, n_given, level, POWER))
    z = normal.upper_quantile((1 - level) / 2) + normal.upper_quantile(1 - POWER)
    change = z * sd * math.sqrt(1 / n_held + 1 / n_given)
    return Seen(key, base, change, change)


def _carried(baseline: Baseline, key: MeasureKey, days: int) -> tuple[float | None, float | None]:
    """(mean, standard deviation) of a measure at so many days."""
    times = days / baseline.days
    if key == "margin":
        if baseline.margin is None or baseline.margin_sd is None:
            return None, None
        return baseline.margin * times, baseline.margin_sd * math.sqrt(times)
    found = baseline.again if key == "again" else baseline.kept
    if found is None or not 0 < found < 1:
        return None, None
    if key == "kept":
        rate = found**times
    else:
        pace = -math.log1p(-found) / max(baseline.days - FIRST_WEEK, 1)
        rate = -math.expm1(-pace * (days - FIRST_WEEK))
    return rate, math.sqrt(rate * (1 - rate))


def read_out(
    days: int,
    unit: UnitKind,
    groups: Mapping[MeasureKey, tuple[Moments, Moments] | str],
    units: tuple[int, int],
    read_as: ReadAs = ReadAs.SPENDING,
) -> ReadOut:
    """Every measure with its interval.

    Args:
        groups: moments of the held back and of those with the winner, or the sentence that says why there are none.
        units: mature units of both sides.
    """
    level = level_of(unit, read_as)
    rows = tuple(_row(key, groups.get(key, "Not measured."), level, read_as) for key in MEASURES)
    return ReadOut(days, *units, level, rows, read_as=read_as)


def _row(key: MeasureKey, sides: tuple[Moments, Moments] | str, level: float, read_as: ReadAs) -> ReadOutRow:
    if isinstance(sides, str):
        return ReadOutRow(key, "not_measured", note=sides)
    found = effects.absolute(MEASURES[key], *sides, level=level)
    if found.status is not Status.OK or found.point is None or found.lo is None or found.hi is None:
        return ReadOutRow(key, found.status.value, found.control, found.variant, note="Too few events to compare.")
    verdict = _verdict(found.lo, found.hi) if read_as is ReadAs.SPENDING else ""
    return ReadOutRow(
        key, "ok", found.control, found.variant, found.point, found.lo, found.hi, found.form,
        _times(found.point, found.se, level), verdict=verdict,
    )  # fmt: skip


def _verdict(lo: float, hi: float) -> Literal["better", "worse", "not_shown"]:
    """Of all measures more is better."""
    return "better" if lo > 0 else "worse" if hi < 0 else "not_shown"


def _times(point: float, se: float | None, level: float) -> float | None:
    if not point or not se:
        return None
    z = normal.upper_quantile((1 - level) / 2) + normal.upper_quantile(1 - POWER)
    return (z * se / point) ** 2
