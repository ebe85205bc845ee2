"""Whom to compare with, by rule: the same people on a page made for the family, else holders on the same page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from experiments.insight.opportunities.gap import Share
from experiments.insight.opportunities.opportunity import Benchmark
from experiments.insight.opportunities.traffic import Cell, Traffic
from experiments.insight.segments import Held

LEAST_UNITS, LEAST_BUYERS = 100, 10
Strata = Mapping[object, Share]


@dataclass(frozen=True)
class Grouped:
    """The cells of a traffic by place and holdings."""

    traffic: Traffic
    cells: Mapping[tuple[int, Held], tuple[Cell, ...]]

    @classmethod
    def of(cls, traffic: Traffic) -> Grouped:
        """Group once."""
        found: dict[tuple[int, Held], list[Cell]] = {}
        for cell in traffic.cells:
            found.setdefault((cell.place, cell.held), []).append(cell)
        return cls(traffic, {key: tuple(cells) for key, cells in found.items()})

    def at(self, place: int, held: Held) -> tuple[Cell, ...]:
        """Cells of some people at a place."""
        return self.cells.get((place, held), ())


def choose(grouped: Grouped, place: int, held: tuple[str, ...], family: str) -> tuple[Benchmark, Strata] | None:
    """The first rule that has enough people and buyers; None where neither has.

    Of several pages made for the family the one that most of these people saw counts, so that no page is chosen
    because its share came out high. Holders stand in only where the page was made for the family or for nothing in
    particular: nobody expects a page of one family to sell another as its own page does.
    """
    found = _made_for(grouped, place, held, family)
    made_for = grouped.traffic.places[place].families
    return found or (_holders(grouped, place, held, family) if not made_for or family in made_for else None)


def bought(cells: Iterable[Cell], family: str) -> dict[object, Share]:
    """(buyers, people) by channel and earlier visits, of a family not held."""
    return _strata((cell, cell.bought.get(family, 0)) for cell in cells)


def _made_for(grouped: Grouped, place: int, held: tuple[str, ...], family: str) -> tuple[Benchmark, Strata] | None:
    best: tuple[Benchmark, Strata] | None = None
    for number, other in enumerate(grouped.traffic.places):
        if number == place or family not in other.families:
            continue
        strata = bought(grouped.at(number, held), family)
        found = Benchmark("made_for", other, held, *_sums(strata))
        if _is_enough(found) and (best is None or found.units > best[0].units):
            best = found, strata
    return best


def _holders(grouped: Grouped, place: int, held: tuple[str, ...], family: str) -> tuple[Benchmark, Strata] | None:
    """Those who hold the same and this family too; where they are few, all holders together."""
    here = grouped.traffic.places[place]
    twins = tuple(sorted((*held, family)))
    everybody = [
        cell
        for (at, others), cells in grouped.cells.items()
        if at == place and family in (others or ())
        for cell in cells
    ]
    for whose, cells in ((twins, grouped.at(place, twins)), (None, tuple(everybody))):
        strata = _strata((cell, cell.more.get(family, 0)) for cell in cells)
        found = Benchmark("holders", here, whose, *_sums(strata))
        if _is_enough(found):
            return found, strata
    return None


def _strata(cells: Iterable[tuple[Cell, int]]) -> dict[object, Share]:
    found: dict[object, Share] = {}
    for cell, buyers in cells:
        before = found.get((cell.channel, cell.visits), (0, 0))
        found[cell.channel, cell.visits] = before[0] + buyers, before[1] + cell.units
    return found


def _sums(strata: Strata) -> tuple[int, int]:
    return sum(people for _, people in strata.values()), sum(buyers for buyers, _ in strata.values())


def _is_enough(found: Benchmark) -> bool:
    return found.units >= LEAST_UNITS and found.buyers >= LEAST_BUYERS
