"""The bar of work that the worker does, as far as it can be known: by its steps, and by the time it took the last time.

One statement of the database is one step, and says nothing while it runs. So the bar moves by the clock where the last
time is known, stops short of its end, and says so; else it shows only that something moves.
"""

from __future__ import annotations

from dataclasses import dataclass

#: A bar that goes by the last time goes no further than this until the work is done.
MOST = 0.95
#: Shorter work would make the bar jump.
LEAST_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Bar:
    """What a bar shows.

    Args:
        step: what the worker is at, empty while it has not begun.
        place, total: number of that step, and of all.
        spent, usual: seconds so far, and those of the last time (None = not known).
        share: how far the bar is drawn; None = it only moves.
    """

    step: str
    place: int
    total: int
    spent: float
    usual: float | None
    share: float | None

    @property
    def waiting(self) -> bool:
        """Whether the worker has not begun."""
        return not self.step


def bar_of(step: str, done: int, total: int, *, since: int | None, usual: float | None, now: int) -> Bar:
    """The bar at `now`.

    Args:
        since: µs when the worker began; None while it has not.
    """
    if since is None or not step:
        return Bar("", 0, total, 0.0, usual, None)
    spent = max(0.0, (now - since) / 1e6)
    share = None if usual is None else min(MOST, spent / max(usual, LEAST_SECONDS))
    return Bar(step, min(done + 1, total), total, spent, usual, share)
