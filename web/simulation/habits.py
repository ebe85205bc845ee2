"""How often simulated customers buy, and what."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from web.simulation.products import Assortment, SoldProduct

CHANNELS, CHANNEL_SHARES = ("web", "app", "phone", "store"), (0.48, 0.20, 0.19, 0.13)
#: Days from visit to order: mean, and the longest, which lies inside the demo's windows.
USUAL_DELAY_DAYS, LONGEST_DELAY_DAYS = 2.5, 13.0


@dataclass(frozen=True, slots=True)
class Habits:
    """Chances of one customer.

    Args:
        cross, up: chance of a cross-sale and of an up-sale that the control leads to.
        lift, up_change: relative change of these chances by a variant.
    """

    cross: float = 0.10
    up: float = 0.15
    lift: float = 0.2
    up_change: float = 0.0


@dataclass(frozen=True, slots=True)
class Purchase:
    """One sale: what, where, and how many days after the visit."""

    product: SoldProduct
    channel: str
    after_days: float


def purchases(
    random: Random, habits: Habits, assortment: Assortment, holds: tuple[SoldProduct, ...], *, treated: bool
) -> Iterator[Purchase]:
    """What one customer buys after a visit.

    The same draws are made for every customer, so that two runs with one seed differ by their effects only.
    """
    chances = (
        (habits.cross * (1 + habits.lift * treated), assortment.across(holds)),
        (habits.up * (1 + habits.up_change * treated), assortment.upwards(holds)),
    )
    for chance, products in chances:
        draw, pick, delay = random.random(), random.random(), random.expovariate(1 / USUAL_DELAY_DAYS)
        channel = random.choices(CHANNELS, CHANNEL_SHARES)[0]
        if draw < chance and products:
            yield Purchase(products[int(pick * len(products))], channel, min(delay, LONGEST_DELAY_DAYS))
