"""The days of the demo, counted back from the midnight before it is seeded, so that every run tells the same story."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from experiments.services.clock import DAY, MINUTE

Instants = NDArray[np.int64]
HOUR = 60 * MINUTE
#: Days before the end at which the company is founded: a read-out after 30 days needs a test that is long over.
FOUNDED_AGO = 107
#: Visits by hour of the day, midnight first: quiet nights, a rise at noon, the evening's peak. Weekdays are all alike,
#: because the demo would otherwise come out differently on each day of the week it is seeded on.
_HOURS = np.array([2, 1, 1, 1, 1, 2, 4, 7, 10, 12, 13, 13, 14, 13, 13, 13, 14, 15, 17, 20, 22, 20, 13, 6], dtype=float)


@dataclass(frozen=True, slots=True)
class Calendar:
    """Midnights in UTC, as µs.

    Args:
        end: the midnight before the demo is seeded; nothing is told of later.
        days: how many days are told.
    """

    end: int
    days: int

    @classmethod
    def before(cls, now: int, days: int) -> Calendar:
        """The days before the midnight that an instant follows."""
        return cls(now - now % DAY, days)

    @property
    def start(self) -> int:
        """The first midnight of the everyday."""
        return self.end - self.days * DAY

    @property
    def founded(self) -> int:
        """The first midnight of all: the shipped test was told of before the everyday begins."""
        return min(self.start, self.ago(FOUNDED_AGO))

    def ago(self, days: int, hours: int = 0) -> int:
        """So many days before the end, at that hour."""
        return self.end - days * DAY + hours * HOUR

    def midnights(self) -> list[int]:
        """The beginning of each day."""
        return list(range(self.founded, self.end, DAY))


def visits_between(random: np.random.Generator, start: int, end: int, count: int) -> Instants:
    """Random instants in [start, end), most of them in the evening, in no order."""
    midnights = np.arange(start - start % DAY, end, DAY, dtype=np.int64)
    hours = _HOURS / _HOURS.sum()
    instants = np.empty(0, dtype=np.int64)
    while len(instants) < count:
        drawn = random.choice(midnights, size=count + 100) + random.choice(24, size=count + 100, p=hours) * HOUR
        drawn = drawn + random.integers(0, HOUR, size=count + 100)
        instants = np.concatenate([instants, drawn[(drawn >= start) & (drawn < end)]])
    return instants[:count]


def written(instants: Instants) -> list[str]:
    """ISO 8601 with milliseconds and Z, as SDKs write them."""
    texts: list[str] = np.datetime_as_string(instants.astype("datetime64[us]"), unit="ms").tolist()
    return [text + "Z" for text in texts]
