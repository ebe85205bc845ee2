"""The worker's counts, laid out by the period, the one before, and today."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from experiments.store.overview.counting import SO_FAR, WHOLE, Total

#: How many, the sum of their values, and the sum of the squares.
Sums = tuple[int, float, float]
NOTHING_COUNTED: Sums = (0, 0.0, 0.0)


class Frame:
    """Counts laid out by period and day.

    Args:
        days: starts of the days of the period before, of the period, and of today, µs.
        length: days of one period.
    """

    def __init__(self, days: Sequence[int], length: int, rows: Iterable[Total]) -> None:
        self.before, self.now, self.today = days[:length], days[length : 2 * length], days[-1]
        self._kinds: dict[tuple[int, int, int, bool], tuple[Total, list[Total]]] = {}
        for row in rows:
            kind = (row.part, row.measure, row.journey, row.digital)
            self._kinds.setdefault(kind, (row, []))[1].append(row)

    def days_of(self, counts: Callable[[Total], bool], *, part: int = WHOLE) -> dict[int, Sums]:
        """Sums by day of what counts; days on which nothing did are left out."""
        found: dict[int, Sums] = {}
        for example, rows in self._kinds.values():  # what counts never depends on the day
            if example.part == part and counts(example):
                for row in rows:
                    n, x, xx = found.get(row.day, NOTHING_COUNTED)
                    found[row.day] = (n + row.n, x + row.total, xx + row.squares)
        return found

    def sums(self, counts: Callable[[Total], bool]) -> tuple[Sums, Sums, Sums, Sums]:
        """Of the period, the one before, today so far and the same weekday before."""
        whole, parts = self.days_of(counts), self.days_of(counts, part=SO_FAR)
        today = parts.get(self.today, NOTHING_COUNTED)
        same = added([parts[day] for day in parts if day != self.today])
        now, before = ([whole[day] for day in span if day in whole] for span in (self.now, self.before))
        return added(now), added(before), today, same


def added(sums: Iterable[Sums]) -> Sums:
    """All of them together."""
    n, x, xx = 0, 0.0, 0.0
    for a, b, c in sums:
        n, x, xx = n + a, x + b, xx + c
    return n, x, xx
