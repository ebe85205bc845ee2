"""Simulated traffic with planted gaps, to see whether the finder finds them and nothing else.

People of one kind buy the same everywhere, unless a gap is planted. Who comes where differs: a page that mostly
strangers open has a smaller share of buyers without having any gap, which is the trap.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import product

import numpy as np

from experiments.insight.opportunities.traffic import VISITS, Cell, Place, Traffic, Worth

FAMILIES = {"mobile": "Mobile", "broadband": "Broadband", "tv": "TV"}
WORTH = {
    "mobile": Worth(10_800, "catalogue"),
    "broadband": Worth(50_400, "catalogue"),
    "tv": Worth(15_000, "catalogue"),
}
PLACES = (
    Place("tv", "TV pages", "/tv*", ("tv",)),
    Place("tv-shop", "TV offers in the shop", "/shop/tv*", ("tv",)),
    Place("broadband", "Broadband pages", "/broadband*", ("broadband",)),
    Place("mobile", "Mobile pages", "/mobile*", ("mobile",)),
    Place("help", "Help pages", "/help*"),
)
#: Shares of people by earlier visits, and of those the page of strangers has.
USUAL, STRANGERS = (0.3, 0.45, 0.25), (0.8, 0.17, 0.03)
#: Chance to buy of a family not held, by earlier visits.
CHANCE = (0.012, 0.03, 0.08)
#: People at a place, by what they hold.
PEOPLE: dict[tuple[str, ...], int] = {
    ("mobile",): 9_000, ("broadband", "mobile"): 5_000, ("mobile", "tv"): 2_500, ("broadband",): 2_000, (): 1_200,
}  # fmt: skip
WEEKS = 4
Spot = tuple[str, tuple[str, ...], str]


@dataclass(frozen=True)
class Scene:
    """What is true.

    Args:
        planted: share of the buyers that a place loses, by (place, holdings, family): the causal gaps.
        strangers: places that people without earlier visits open: the gaps that are none.
        scale: of the numbers of people.
    """

    planted: Mapping[Spot, float] = field(default_factory=dict)
    strangers: tuple[str, ...] = ("help",)
    scale: float = 1.0

    def chance(self, place: str, held: tuple[str, ...], family: str, visits: int) -> float:
        """Chance that somebody buys."""
        return CHANCE[visits] * (1 - self.planted.get((place, held, family), 0.0))

    def mix(self, place: str) -> tuple[float, ...]:
        """Shares of earlier visits among the people of a place."""
        return STRANGERS if place in self.strangers else USUAL

    def ceiling(self, place: str, held: tuple[str, ...], family: str) -> float:
        """The planted ceiling per week, minor units: what the place loses, at the people it has."""
        lost = self.planted.get((place, held, family), 0.0)
        chance = sum(share * CHANCE[visits] for visits, share in enumerate(self.mix(place)))
        return PEOPLE[held] * self.scale / WEEKS * chance * lost * WORTH[family].margin


def draw(random: np.random.Generator, scene: Scene) -> Traffic:
    """One period of traffic."""
    cells: list[Cell] = []
    for (number, place), held in product(enumerate(PLACES), PEOPLE):
        people = round(PEOPLE[held] * scene.scale)
        shares = np.outer((0.7, 0.3), scene.mix(place.key)).ravel()
        counts = random.multinomial(people, shares)
        for (channel, visits), n in zip(product(("web", "app"), range(len(VISITS))), counts.tolist(), strict=True):
            bought, more = {}, {}
            for family in FAMILIES:
                if family in held:
                    more[family] = int(random.binomial(n, CHANCE[visits]))
                else:
                    bought[family] = int(random.binomial(n, scene.chance(place.key, held, family, visits)))
            cells.append(Cell(number, held, channel, visits, n, 2 * n, bought, more, max(bought.values(), default=0)))
    return Traffic(0, WEEKS * 7 * 86_400_000_000, 14, PLACES, tuple(cells), (), FAMILIES, dict(WORTH))
