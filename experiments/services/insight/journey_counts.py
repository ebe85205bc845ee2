"""Counts of journeys: made by the worker, kept, read by everybody else."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from experiments.domain.journey import Journey
from experiments.domain.plain import from_plain, to_plain
from experiments.domain.source import RANK, SourceKind
from experiments.insight.journeys import EntrantGroup, JourneyCounts, OrderWeek
from experiments.insight.segments import Held
from experiments.services.clock import DAY
from experiments.services.columns import load_codes
from experiments.store.codes import CHANNEL_CODE
from experiments.store.insight import results
from experiments.store.insight.funnel import UNKNOWN, reached
from experiments.store.insight.orders import orders_by_week

#: Weeks of which people who began are counted, behind which the window of the last must have closed.
WEEKS = 8
CHANNELS = {code: channel.value for channel, code in CHANNEL_CODE.items()}


@dataclass(frozen=True, slots=True)
class StoredCounts:
    """The counts of a journey; `stale` where the journey was changed since."""

    counts: JourneyCounts
    computed_at: int
    stale: bool


def channel_word(code: int) -> str:
    """The channel's word; "" for a code that was not told."""
    return CHANNELS.get(code, "")


def held_of(mask: int, families: dict[str, int]) -> Held:
    """Keys of the families whose bits are set."""
    if mask == UNKNOWN:
        return None
    return tuple(sorted(key for key, code in families.items() if mask >> code & 1))


def count(session: Session, journey: Journey, now: int) -> JourneyCounts:
    """Count one journey as of now; reads page views and outcomes of ten weeks, so only the worker may."""
    codes = load_codes(session)
    until = now - journey.window_days * DAY
    since = until - WEEKS * 7 * DAY
    groups = tuple(
        EntrantGroup(held_of(row.mask, codes.families), channel_word(row.channel), row.week, row.steps, row.units)
        for row in reached(session, journey, since, until)
    )
    least = RANK[SourceKind.SERVER] if codes.trusted_sales else 0
    start = now - WEEKS * 7 * DAY
    weeks = orders_by_week(session, start, now, journey.addons, journey.priority, least)
    told = bool(journey.priority)
    return JourneyCounts(
        journey=journey.key,
        version=journey.version,
        steps=tuple(step.name for step in journey.steps),
        since=since,
        until=until,
        window_days=journey.window_days,
        groups=groups,
        orders=tuple(OrderWeek(*row[:5], row.with_priority if told else None) for row in weeks),
    )


def keep(session: Session, counts: JourneyCounts, now: int) -> None:
    """Store what was counted."""
    results.save(session, _name(counts.journey), to_plain(counts), now)


def stored(session: Session, journey: Journey) -> StoredCounts | None:
    """What the worker counted last; None where it has not yet."""
    found = results.find(session, _name(journey.key))
    if found is None:
        return None
    counts = from_plain(JourneyCounts, found.document)
    return StoredCounts(counts, found.computed_at, counts.version != journey.version)


def _name(key: str) -> str:
    return f"journey:{key}"
