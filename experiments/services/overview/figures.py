"""Key figures of a period beside the period before, from counts that the worker made."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from zoneinfo import ZoneInfo

from sqlalchemy import Connection
from sqlalchemy.orm import Session

from experiments.domain.channel import Channel
from experiments.domain.errors import DomainError
from experiments.domain.holding import RELATION_CODE, Relation
from experiments.services.clock import to_iso
from experiments.services.compared import Amount, Kind, change_of
from experiments.services.overview.asked import DAYS, Asked, segment_code, segment_key, segment_name
from experiments.services.overview.frame import NOTHING_COUNTED, Frame
from experiments.services.overview.result import Figure, Figures, Late
from experiments.services.reconciliation import days_between
from experiments.stats.share import Interval, count_change, mean_change, mean_interval, share_change, wilson_interval
from experiments.store.catalogue import sources
from experiments.store.catalogue.journeys import all_journeys
from experiments.store.codes import CHANNEL_CODE
from experiments.store.overview import counting
from experiments.store.overview.counting import SO_FAR, WHOLE, Total
from experiments.store.overview.measures import COMPLETED, CONTACT, CSAT, ENTERED, FIRST_OTHER

CROSS, UP = RELATION_CODE[Relation.CROSS], RELATION_CODE[Relation.UP]
#: A day that was never counted.
NEVER = (0, 0)


def figures(session: Session, asked: Asked, now: int, zone: ZoneInfo, digital: Collection[str]) -> Figures:
    """What the counts say; adds up some hundred rows.

    Raises:
        DomainError: there is no such journey or family.
    """
    connection = session.connection()
    families = counting.families(connection)
    journey_ids = counting.journey_ids(connection)
    if asked.journey and asked.journey not in journey_ids:
        raise DomainError("unknown_choice", f"journey == {asked.journey!r}, is no journey.", "journey")
    days = [start for start, _ in days_between(now, 2 * asked.days + 1, zone)]
    rows = counting.totals(
        connection,
        since=days[0],
        digital={CHANNEL_CODE[Channel(key)] for key in digital},
        channel=None if asked.channel is None else CHANNEL_CODE[asked.channel],
        segment=segment_code(asked.segment, _keys(families)) if asked.segment else None,
    )
    frame = Frame(days, asked.days, rows)
    counted = counting.counted_days(connection)
    today = counted.get((days[-1], SO_FAR))
    complete = all(counted.get((day, WHOLE), NEVER)[0] >= end for day, end in pairwise(days))
    shown = _as_they_are if complete else _uncompared
    return Figures(
        asked=asked,
        days=tuple(to_iso(day) for day in frame.now),
        days_before=tuple(to_iso(day) for day in frame.before),
        until=to_iso(days[-1]),
        counted_at=to_iso(max(at for _, at in counted.values())) if counted else None,
        today_until=to_iso(today[0]) if today else None,
        complete=complete,
        figures=shown(_sales_and_service(frame, journey_ids.get(asked.journey, 0))),
        journeys=shown(_journeys(session, frame, asked.journey, journey_ids)),
        late=_late(session, days[-1]),
        segments=_segments(connection, families, days_between(now, DAYS, zone)[0][0]),
    )


def _as_they_are(figures: Sequence[Figure]) -> tuple[Figure, ...]:
    return tuple(figures)


def _uncompared(figures: Sequence[Figure]) -> tuple[Figure, ...]:
    """Without changes: beside a period that is counted in part everything seems to have risen or fallen."""
    return tuple(replace(figure, change=None, change_low=None, change_high=None) for figure in figures)


def _keys(families: Mapping[int, tuple[str, str]]) -> dict[int, str]:
    return {number: key for number, (key, _) in families.items()}


def _segments(
    connection: Connection, families: Mapping[int, tuple[str, str]], since: int
) -> tuple[tuple[str, str], ...]:
    """(key, name) of every set of families that somebody held."""
    keys, names = _keys(families), dict(families.values())
    found = counting.segments(connection, since)
    return tuple((key := segment_key(code, keys), segment_name(key, names)) for code in found)


def _journeys(session: Session, frame: Frame, asked: str, ids: Mapping[str, int]) -> tuple[Figure, ...]:
    """Share of those who entered a journey that completed it; the one asked for, or all that are not archived."""
    return tuple(
        _share(frame, journey.key, journey.name, _of(ids[journey.key], COMPLETED), _of(ids[journey.key], ENTERED))
        for journey in all_journeys(session)
        if asked == journey.key or not (asked or journey.archived)
    )


def _sales_and_service(frame: Frame, journey: int) -> tuple[Figure, ...]:
    def sales(row: Total) -> bool:
        return row.measure < FIRST_OTHER and row.journey == journey

    def online(row: Total) -> bool:
        return sales(row) and row.digital

    return (
        _count(frame, "cross-sell", "Cross-sell sales", _of(journey, CROSS)),
        _count(frame, "up-sell", "Up-sell sales", _of(journey, UP)),
        _count(frame, "all-sales", "All sales", sales),
        _share(frame, "digital-share", "Digital share of sales", online, sales),
        _mean(frame, "csat", "CSAT", "mean", _of(journey, CSAT)),
        _mean(frame, "handle-time", "Handling time", "seconds", _of(journey, CONTACT)),
    )


def _of(journey: int, measure: int) -> Callable[[Total], bool]:
    return lambda row: row.measure == measure and row.journey == journey


def _count(frame: Frame, key: str, title: str, counts: Callable[[Total], bool]) -> Figure:
    amounts = [Amount(float(n), n) for n, _, _ in frame.sums(counts)]
    days = frame.days_of(counts)

    def on(day: int) -> float | None:
        return float(days.get(day, NOTHING_COUNTED)[0])

    return _figure(frame, key, title, "count", amounts, count_change(amounts[1].n, amounts[0].n), on)


def _share(frame: Frame, key: str, title: str, part: Callable[[Total], bool], whole: Callable[[Total], bool]) -> Figure:
    pairs = [(top[0], bottom[0]) for top, bottom in zip(frame.sums(part), frame.sums(whole), strict=True)]
    amounts = [Amount(x / n if n else None, n, *(wilson_interval(x, n) or (None, None))) for x, n in pairs]
    tops, bottoms = frame.days_of(part), frame.days_of(whole)

    def on(day: int) -> float | None:
        n = bottoms.get(day, NOTHING_COUNTED)[0]
        return tops.get(day, NOTHING_COUNTED)[0] / n if n else None

    return _figure(frame, key, title, "share", amounts, share_change(pairs[1], pairs[0]), on)


def _mean(frame: Frame, key: str, title: str, kind: Kind, counts: Callable[[Total], bool]) -> Figure:
    sums = frame.sums(counts)
    amounts = [Amount(x / n if n else None, n, *(mean_interval(n, x, xx) or (None, None))) for n, x, xx in sums]
    days = frame.days_of(counts)

    def on(day: int) -> float | None:
        n, x, _ = days.get(day, NOTHING_COUNTED)
        return x / n if n else None

    return _figure(frame, key, title, kind, amounts, mean_change(sums[1], sums[0]), on)


def _figure(
    frame: Frame,
    key: str,
    title: str,
    kind: Kind,
    amounts: Sequence[Amount],
    interval: Interval | None,
    on: Callable[[int], float | None],
) -> Figure:
    change = change_of(kind, amounts[0], amounts[1])
    low, high = interval or (None, None)
    return Figure(
        key=key,
        title=title,
        kind=kind,
        now=amounts[0],
        before=amounts[1],
        change=change,
        change_low=low if change is not None else None,
        change_high=high if change is not None else None,
        by_day=tuple(on(day) for day in frame.now),
        by_day_before=tuple(on(day) for day in frame.before),
        today=amounts[2],
        same_day=amounts[3],
    )


def _late(session: Session, end: int) -> tuple[Late, ...]:
    """Sources with a watermark inside the period."""
    found = (source for source in sources.all_sources(session) if source.watermark is not None)
    return tuple(Late(source.name, to_iso(source.watermark or 0)) for source in found if (source.watermark or 0) < end)
