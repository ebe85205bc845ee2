"""What the pages of the backlog show: rows of the list, and the lanes as bars."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from experiments.domain.idea import Origin
from experiments.insight.prior import prior_words
from experiments.services.backlog.calendar import lane_name
from experiments.services.clock import DAY
from web.formatters import current_reader, times
from web.pages.overview.lanes import AHEAD, BEHIND, MOST, Bar, LanesView, LaneView, Scale

if TYPE_CHECKING:
    from experiments.insight.lanes import Bar as Placed
    from experiments.insight.lanes import Plan
    from experiments.services.backlog.ranking import Backlog, Listed

ORIGINS = {
    Origin.TYPED: "typed",
    Origin.STAFF: "put in by staff",
    Origin.OPPORTUNITY: "from an opportunity",
    Origin.LEARNING: "from a learning",
}


def rows_of(found: Backlog, plan: Plan, names: dict[str, str]) -> list[dict[str, Any]]:
    """The list in its order, each with when it could run."""
    bars = {bar.id: bar for bars in plan.lanes.values() for bar in bars if bar.kind == "planned"}
    return [_row(one, bars.get(str(one.held.id)), names) for one in found.listed]


def prior_lines(found: Backlog, titles: dict[str, str]) -> list[tuple[str, str]]:
    """(goal, what its prior is) of every goal in the list."""
    return [(titles.get(goal, goal), prior_words(prior)) for goal, prior in found.priors.items()]


def lanes_of(plan: Plan, names: dict[str, str], now: int) -> LanesView:
    """The lanes as the calendar of the overview draws them; every bar has a row of its own."""
    every = [bar for bars in plan.lanes.values() for bar in bars]
    last = max((_at(bar.ends) for bar in every), default=now)
    scale = Scale(now - BEHIND * DAY, min(now + MOST * DAY, max(now + AHEAD * DAY, last + 7 * DAY)))
    lanes = tuple(
        LaneView(lane_name(names, lane), tuple((_bar(bar, scale),) for bar in bars))
        for lane, bars in plan.lanes.items()
    )
    rows = tuple({"bar": bar, "lane": lane_name(names, bar.lane)} for bar in every)
    return LanesView(lanes, scale.ticks(), scale.at(now), rows)


def _row(one: Listed, bar: Placed | None, names: dict[str, str]) -> dict[str, Any]:
    return {
        "one": one,
        "idea": one.held.idea,
        "origin": ORIGINS[one.held.idea.origin],
        "lane": lane_name(names, one.held.idea.lane),
        "bar": bar,
    }


def _bar(bar: Placed, scale: Scale) -> Bar:
    left, until, ends = (scale.at(_at(day)) for day in (bar.start, bar.recruits_until, bar.ends))
    planned, reader = bar.kind == "planned", current_reader()
    ended = times.day(bar.ends.isoformat(), reader=reader)
    start = times.day(bar.start.isoformat(), reader=reader)
    words = f"could start {start}, would end {ended}" if planned else f"ends {ended}"
    return Bar(bar.id, bar.title, "running", planned, min(left, 96.0), max(0.0, until - left),
               max(0.0, ends - max(left, until)), words, bar.href)  # fmt: skip


def _at(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) * 1_000_000
