"""What the page of a journey shows, made from its stored counts."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from experiments.insight.journeys import by_channel, by_segment, by_week, funnel, order_figures
from experiments.insight.segments import OTHER, segment_key, segment_name
from experiments.services.clock import DAY, maybe_iso

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from experiments.domain.journey import Journey
    from experiments.insight.journeys import Funnel, JourneyCounts
    from experiments.insight.segments import Held
    from experiments.services.insight.journey_counts import StoredCounts

LIST_HEAD = ("key", "name", "steps", "began", "finished_share", "lo", "hi", "counted_at", "put_away")
CSV_HEAD = ("holds", "channel", "week_from", "steps_reached", "people")
NOT_TOLD = "not told"


def row(journey: Journey, stored: StoredCounts | None) -> dict[str, Any]:
    """One line of the list."""
    made = funnel(stored.counts) if stored else None
    return {"journey": journey, "stored": stored, "funnel": made}


def list_line(told: Mapping[str, Any]) -> tuple[Any, ...]:
    """One line of the list as a table; empty where nothing was counted."""
    journey, stored, made = told["journey"], told["stored"], told["funnel"]
    steps = " > ".join(step.name for step in journey.steps)
    counted = maybe_iso(stored.computed_at) if stored else None
    finished = made.conversion if made and made.entrants else None
    share = (finished.share, finished.lo, finished.hi) if finished else (None, None, None)
    return journey.key, journey.name, steps, made.entrants if made else None, *share, counted, journey.archived


def page(stored: StoredCounts | None, families: Mapping[str, str], holds: str, channel: str) -> dict[str, Any] | None:
    """Everything below the title; None while nothing was counted.

    Args:
        holds, channel: key of the segment and of the channel that are asked for; "" = all.
    """
    if stored is None:
        return None
    counts = stored.counts
    segments = [(key, OTHER.capitalize() if key == OTHER else segment_name(held, families), made)
                for key, held, made in by_segment(counts)]  # fmt: skip
    channels = [(word or NOT_TOLD, made) for word, made in by_channel(counts)]
    chosen = _chosen(counts, holds, channel)
    weeks = [{"at": counts.since + week * 7 * DAY, "share": share} for week, share in by_week(counts)]
    return {
        "funnel": chosen,
        "filters": {"holds": holds, "channel": channel},
        "segments": segments,
        "channels": channels,
        "weeks": weeks,
        "orders": order_figures(counts.orders),
        "order_weeks": [(_order_week(counts, week.week), order_figures([week])) for week in counts.orders],
    }


def csv_rows(counts: JourneyCounts) -> Iterator[tuple[Any, ...]]:
    """One line per group."""
    for group in counts.groups:
        start = (counts.since + group.week * 7 * DAY) // 1_000_000
        yield segment_key(group.held), group.channel or NOT_TOLD, _iso(start), group.reached, group.units


def _order_week(counts: JourneyCounts, week: int) -> int:
    """Orders are counted up to the counting itself, later than the last who began by the window."""
    return counts.since + counts.window_days * DAY + week * 7 * DAY


def _chosen(counts: JourneyCounts, holds: str, channel: str) -> Funnel:
    named = {key: held for key, held, _ in by_segment(counts) if key != OTHER}
    wanted = [
        group
        for group in counts.groups
        if _is_in(group.held, holds, named) and (not channel or (group.channel or NOT_TOLD) == channel)
    ]
    return funnel(counts, wanted)


def _is_in(held: Held, holds: str, named: Mapping[str, Held]) -> bool:
    if not holds:
        return True
    key = segment_key(held)
    return key not in named if holds == OTHER else key == holds


def _iso(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).date().isoformat()
