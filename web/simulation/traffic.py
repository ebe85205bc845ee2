"""Customers who come one after the other: live at a steady rate, or through weeks that are told in a minute."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from random import Random

from web.simulation.eligible import profile_for
from web.simulation.habits import Habits, purchases
from web.simulation.installation import LiveTest
from web.simulation.products import Assortment
from web.simulation.shop import Shop, Shopper

#: More than the plan asks for, so that chance does not leave the control short of it.
SPARE = 1.05
MOST_VISITORS = 200_000


class Traffic:
    """The customers of one run.

    Args:
        seed: the same seed brings the same customers, who do the same.
    """

    def __init__(self, shop: Shop, assortment: Assortment, habits: Habits, seed: int) -> None:
        self._shop, self._assortment, self._habits = shop, assortment, habits
        self._seed = seed
        self._random = Random(seed)  # noqa: S311 - customers, not secrets

    def shoppers(self, test: LiveTest, count: int) -> list[Shopper]:
        """Customers who may enter the test."""
        profile = profile_for(test.rules, self._assortment)
        names = (f"{test.key}-{self._seed}-{number:06d}" for number in range(count))
        return [Shopper(f"sim-v-{name}", f"sim-c-{name}", profile) for name in names]

    def live(self, tests: Sequence[LiveTest], visitors: int, rate: float) -> Iterator[int]:
        """Send visitors to all tests at `rate` per second; yields how many came after each second's worth."""
        each = [(test, self.shoppers(test, visitors)) for test in tests]
        step, started = max(1, math.floor(rate)), time.monotonic()
        for first in range(0, visitors, step):
            arriving = range(first, min(first + step, visitors))
            for _, shoppers in each:
                for number in arriving:
                    self._shop.welcome(shoppers[number])
            self._shop.settle()  # what a customer holds must be known before the test is met
            for test, shoppers in each:
                for number in arriving:
                    self.serve(test, shoppers[number])
            self._shop.keep_pace()
            yield len(arriving)
            time.sleep(max(0.0, started + arriving.stop / rate - time.monotonic()))

    def serve(
        self, test: LiveTest, shopper: Shopper, at: datetime | None = None, until: datetime | None = None
    ) -> None:
        """One visit and what is bought after it; in a replay only what is bought until its end."""
        variant = self._shop.visit(test, shopper)
        if variant is None:
            return
        treated = variant != test.control
        bought = purchases(self._random, self._habits, self._assortment, shopper.profile.holds, treated=treated)
        for number, purchase in enumerate(bought):
            when = None if at is None else at + timedelta(days=purchase.after_days)
            if when is None or until is None or when < until:
                self._shop.sell(shopper, purchase, f"{shopper.customer}-{number}", when)

    def arrivals(self, count: int, start: datetime, end: datetime) -> list[datetime]:
        """So many random instants in [start, end), ascending."""
        length = (end - start).total_seconds()
        return sorted(start + timedelta(seconds=self._random.random() * length) for _ in range(count))


def visitors_needed(test: LiveTest) -> int:
    """Visitors that bring the planned units of the control; 0 where the plan has none."""
    units = (test.units or 0) / (test.control_weight * test.share)
    return min(MOST_VISITORS, math.ceil(units * SPARE))
