"""From counts to a ranked list.

Gaps are shrunk towards their common mean (empirical Bayes, Efron and Morris 1975, with the variance between cells by
Paule and Mandel 1982), because the largest of many noisy gaps is large by luck too; cells are ranked by the one-sided
95 % lower bound of the shrunk ceiling, whose spread includes that of the mean.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from experiments.insight.opportunities.benchmark import LEAST_UNITS, Grouped, bought, choose
from experiments.insight.opportunities.gap import Gap, standardised_gap
from experiments.insight.opportunities.opportunity import Ceiling, Opportunity, Status
from experiments.insight.opportunities.traffic import Traffic
from experiments.stats.meta import Heterogeneity, Shrunk, heterogeneity, shrink
from experiments.stats.tails import critical_value

#: A cell is compared where the benchmark has people in the strata of so large a share of its own.
LEAST_COVERED = 0.8
#: One-sided tail of the bound that ranks.
TAIL = 0.05


@dataclass(frozen=True)
class Findings:
    """Every cell and family, ranked ones first, and how far their gaps differ beyond noise (None under two)."""

    opportunities: tuple[Opportunity, ...]
    spread: Heterogeneity | None

    @property
    def ranked(self) -> tuple[Opportunity, ...]:
        """Cells with a gap, the largest bound first."""
        return tuple(each for each in self.opportunities if each.rank is not None)


def find(traffic: Traffic) -> Findings:
    """Compare every cell with its benchmark, shrink, rank, and say who is counted twice."""
    grouped = Grouped.of(traffic)
    cells = [
        _cell(grouped, place, held, family)
        for place, held in grouped.cells
        if held is not None
        for family in traffic.families
        if family not in held
    ]
    measured, spread = _shrunk([each for each in cells if each.gap is not None])
    ranked = _ranked([each for each in measured if each.status is Status.GAP], grouped)
    rest = [each for each in measured if each.status is not Status.GAP]
    rest.sort(key=lambda each: -_bound(each))
    return Findings((*ranked, *rest, *(each for each in cells if each.gap is None)), spread)


def _cell(grouped: Grouped, place: int, held: tuple[str, ...], family: str) -> Opportunity:
    traffic, cells = grouped.traffic, grouped.at(place, held)
    units, strata = sum(cell.units for cell in cells), bought(cells, family)
    made = Opportunity(
        place=traffic.places[place],
        held=held,
        family=family,
        status=Status.FEW,
        units=units,
        views=sum(cell.views for cell in cells),
        buyers=sum(buyers for buyers, _ in strata.values()),
        units_per_week=units / traffic.weeks,
        worth=traffic.worth[family],
        any_cross=sum(cell.any_cross for cell in cells),
        any_up=sum(cell.any_up for cell in cells),
    )
    if units < LEAST_UNITS:
        return made
    chosen = choose(grouped, place, held, family)
    if chosen is None:
        return replace(made, status=Status.NO_BENCHMARK)
    gap = standardised_gap(strata, chosen[1])
    if gap is None or gap.covered < LEAST_COVERED:
        return replace(made, status=Status.NOT_COMPARABLE, benchmark=chosen[0])
    return replace(made, status=Status.NO_GAP, benchmark=chosen[0], gap=gap)


def _shrunk(cells: Sequence[Opportunity]) -> tuple[list[Opportunity], Heterogeneity | None]:
    gaps = [each.gap for each in cells if each.gap is not None]
    if not gaps:
        return [], None
    values, variances = [gap.value for gap in gaps], [gap.se**2 for gap in gaps]
    spread = heterogeneity(values, variances) if len(gaps) > 1 else None
    pulled = (
        shrink(values, variances) if spread else [Shrunk(gaps[0].value, gaps[0].value, gaps[0].se, gaps[0].se, 1.0)]
    )
    told = [_told(each, gap, one) for each, gap, one in zip(cells, gaps, pulled, strict=True)]
    return told, spread


def _told(cell: Opportunity, gap: Gap, shrunk: Shrunk) -> Opportunity:
    money = cell.units_per_week * cell.worth.margin
    bound = shrunk.mean - critical_value(TAIL) * shrunk.sd_full
    made = Ceiling(money * gap.value, money * gap.lo, money * gap.hi, money * shrunk.mean, money * bound, shrunk.weight)
    return replace(cell, ceiling=made, status=_status(gap, bound))


def _status(gap: Gap, bound: float) -> Status:
    """A gap needs its own interval and the shrunk bound above 0: the others alone must not make one."""
    if bound > 0 and gap.lo > 0:
        return Status.GAP
    looked_like_one = gap.raw - critical_value(TAIL / 2) * gap.se > 0
    return Status.EXPLAINED if looked_like_one else Status.NO_GAP


def _ranked(cells: list[Opportunity], grouped: Grouped) -> list[Opportunity]:
    cells.sort(key=lambda each: -_bound(each))
    numbers = {place.key: number for number, place in enumerate(grouped.traffic.places)}
    both = {(each.first, each.second, each.held): each.units for each in grouped.traffic.overlaps}
    found: list[Opportunity] = []
    for rank, cell in enumerate(cells, start=1):
        shared, other = 0.0, None
        for before in (each for each in found if each.held == cell.held):
            share = _shared(numbers[before.place.key], numbers[cell.place.key], cell, both)
            if share > shared:
                shared, other = share, before.rank
        found.append(replace(cell, rank=rank, shared=shared, shared_with=other))
    return found


def _shared(one: int, two: int, cell: Opportunity, both: dict[tuple[int, int, tuple[str, ...] | None], int]) -> float:
    """Share of the cell's people who are also at the other place; the same place has the same people."""
    if one == two:
        return 1.0
    return both.get((min(one, two), max(one, two), cell.held), 0) / cell.units


def _bound(cell: Opportunity) -> float:
    return cell.ceiling.bound if cell.ceiling else 0.0
