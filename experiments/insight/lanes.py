"""When each idea could be tested: tests laid on the people they need, as early as traffic, layers and seasons allow."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from experiments.domain.idea import Season

#: How many weeks ahead a place is looked for.
MOST_WEEKS = 104
_WHOLE = 1 - 1e-9


@dataclass(frozen=True, slots=True)
class Bar:
    """One test on its lane.

    Args:
        lane: what it competes for.
        start, recruits_until: first day and the day after the last one on which it takes new units.
        ends: the day on which its last unit is mature and it can be decided; people are free before.
        low, high: the stretch of the lane's units it holds.
        href: where it leads.
    """

    id: str
    title: str
    lane: str
    kind: Literal["running", "planned"]
    start: date
    recruits_until: date
    ends: date
    low: float = 0.0
    high: float = 1.0
    href: str = ""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A test that wants a place; `weeks` of recruiting, then `ripe_days` until it can be read."""

    id: str
    title: str
    lane: str
    weeks: int
    ripe_days: int
    share: float = 1.0
    not_before: date | None = None
    not_after: date | None = None
    href: str = ""


@dataclass(frozen=True, slots=True)
class Unplaced:
    """A test that found no place, and why."""

    wanted: Wanted
    why: str


@dataclass(frozen=True, slots=True)
class Plan:
    """Every lane with its bars, the earliest first."""

    lanes: dict[str, tuple[Bar, ...]]
    unplaced: tuple[Unplaced, ...]


def plan_lanes(running: Iterable[Bar], wanted: Sequence[Wanted], seasons: Sequence[Season], today: date) -> Plan:
    """Place tests in the given order, each on the first Monday on which its people are free and no season bars it.

    Args:
        running: what holds its people already.
        wanted: the most wanted first; a later one never moves an earlier one.
    """
    bars, unplaced = list(running), []
    for one in wanted:
        placed = _place(one, bars, seasons, today)
        if placed is None:
            unplaced.append(Unplaced(one, _why(one)))
        else:
            bars.append(placed)
    lanes: dict[str, tuple[Bar, ...]] = {}
    for bar in sorted(bars, key=lambda bar: (bar.lane, bar.start, bar.low, bar.id)):
        lanes[bar.lane] = (*lanes.get(bar.lane, ()), bar)
    return Plan(lanes, tuple(unplaced))


def _place(one: Wanted, bars: Sequence[Bar], seasons: Sequence[Season], today: date) -> Bar | None:
    length = timedelta(weeks=one.weeks)
    start = _monday(max(today, one.not_before or today))
    for _ in range(MOST_WEEKS):
        until = start + length
        if one.not_after is not None and until > one.not_after + timedelta(days=1):
            return None
        stretch = None if _closed(start, until, seasons) else _free(one, start, until, bars)
        if stretch is not None:
            ends = until + timedelta(days=one.ripe_days)
            low, high = stretch
            return Bar(one.id, one.title, one.lane, "planned", start, until, ends, low, high, one.href)
        start += timedelta(weeks=1)
    return None


def _closed(start: date, until: date, seasons: Sequence[Season]) -> bool:
    return any(
        start <= date.fromisoformat(season.ends_on) and date.fromisoformat(season.starts_on) < until
        for season in seasons
    )


def _free(one: Wanted, start: date, until: date, bars: Sequence[Bar]) -> tuple[float, float] | None:
    """The first stretch of the lane, wide enough, that nobody holds meanwhile."""
    taken = sorted(
        (bar.low, bar.high) for bar in bars if bar.lane == one.lane and bar.start < until and start < bar.recruits_until
    )
    low, share = 0.0, min(one.share, 1.0)
    for begins, ends in taken:
        if begins - low >= share * _WHOLE:
            return low, low + share
        low = max(low, ends)
    return (low, min(1.0, low + share)) if 1 - low >= share * _WHOLE else None


def _monday(day: date) -> date:
    return day + timedelta(days=-day.weekday() % 7)


def _why(one: Wanted) -> str:
    if one.not_after is not None:
        return f"Its {one.weeks} weeks do not fit before {one.not_after.isoformat()}."
    return f"Its people are not free for {one.weeks} weeks within the next {MOST_WEEKS} weeks."
