"""One cell and one family: who buys less of it here than whom, and what the gap is worth at most."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from experiments.insight.opportunities.gap import Gap
from experiments.insight.opportunities.traffic import Place, Worth
from experiments.insight.segments import Held, segment_key


class Status(StrEnum):
    """What may be said of a cell."""

    GAP = "gap"  # the lower bound of the shrunk ceiling is above 0
    EXPLAINED = "explained"  # a gap at first sight, none between people of the same kind
    NO_GAP = "no_gap"
    FEW = "few"  # too little data here or at the benchmark
    NO_BENCHMARK = "no_benchmark"
    NOT_COMPARABLE = "not_comparable"  # other kinds of visits here and there


@dataclass(frozen=True, slots=True)
class Benchmark:
    """Whom a cell is compared with.

    Args:
        rule: "made_for" = the same people on a page made for the family; "holders" = holders on the same page.
        place: of the benchmark; held: their holdings, None = of all holders together.
    """

    rule: str
    place: Place
    held: Held
    units: int
    buyers: int


@dataclass(frozen=True, slots=True)
class Ceiling:
    """What closing the whole gap would bring per week, minor units: an upper end, not a forecast.

    Args:
        raw, lo, hi: of the measured gap with its 95 % interval.
        shrunk: of the gap pulled towards the others; bound: its one-sided 95 % lower bound, by which cells are ranked.
        kept: share of its own deviation that the shrunk gap keeps.
    """

    raw: float
    lo: float
    hi: float
    shrunk: float
    bound: float
    kept: float


@dataclass(frozen=True, slots=True)
class Opportunity:
    """One cell and one family they do not hold.

    Args:
        units, views, buyers: people at the place, what they saw of it, and who of them bought.
        units_per_week: people per week.
        any_cross, any_up: of its people, who bought of any family not held, and who moved up in any.
        rank: 1 = first; None where it is not ranked.
        shared: share of its people who are also at a place ranked before it; with: rank of that place.
    """

    place: Place
    held: tuple[str, ...]
    family: str
    status: Status
    units: int
    views: int
    buyers: int
    units_per_week: float
    worth: Worth
    any_cross: int = 0
    any_up: int = 0
    benchmark: Benchmark | None = None
    gap: Gap | None = None
    ceiling: Ceiling | None = None
    rank: int | None = None
    shared: float = 0.0
    shared_with: int | None = None

    @property
    def key(self) -> str:
        """A stable word for what is noted about it."""
        return "|".join((self.place.key, segment_key(self.held), self.family))

    @property
    def gap_effect(self) -> float | None:
        """Relative change of all cross-sales of its people if the whole shrunk gap closed; None where it has none."""
        if self.ceiling is None or not self.any_cross or not self.units:
            return None
        money = self.units_per_week * self.worth.margin
        return max(0.0, self.ceiling.shrunk) / money / (self.any_cross / self.units) if money else None

    def expected(self, kappa: float) -> float | None:
        """Expected value per week: the shrunk ceiling, never below 0, times the share of gaps that tests close."""
        return None if self.ceiling is None else max(0.0, self.ceiling.shrunk) * kappa
