"""Key figures of a period beside the period before, from counts that the worker made."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from experiments.domain.channel import Channel
from experiments.domain.errors import DomainError
from experiments.domain.holding import RELATION_CODE, Relation
from experiments.services.clock import to_iso
from experiments.services.overview.asked import DAYS, Asked, segment_code, segment_key, segment_name
from experiments.services.reconciliation import days_between
from experiments.stats.share import Interval, count_change, mean_change, mean_interval, share_change, wilson_interval
from experiments.store.catalogue import sources
from experiments.store.catalogue.journeys import all_journeys
from experiments.store.codes import CHANNEL_CODE
from experiments.store.overview import counting
from experiments.store.overview.counting import SO_FAR, WHOLE, Total
from experiments.store.overview.measures import COMPLETED, CONTACT, CSAT, ENTERED, FIRST_OTHER

Kind = Literal["count", "share", "mean", "seconds"]
CROSS, UP = RELATION_CODE[Relation.CROSS], RELATION_CODE[Relation.UP]
Sums = tuple[int, float, float]


@dataclass(frozen=True, slots=True)
class Amount:
    """One figure of one period.

    Args:
        value: None where there is nothing to divide by.
        n: what it rests on: sales, people, contacts or answers.
        low, high: 95 % interval of a share or mean; None for counts.
    """

    value: float | None
    n: int
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of the overview.

    Args:
        kind: how its value is written.
        change: relative for counts, a difference for shares and means; None where it cannot be computed.
        change_low, change_high: its 95 % interval. Days are not independent of each other and nothing was randomised:
            it says what chance alone could do, never why something changed.
        by_day, by_day_before: value per day, oldest first; None where there is none.
        today, same_day: as far as today has come, and the same weekday a week before until the same time.
    """

    key: str
    title: str
    kind: Kind
    now: Amount
    before: Amount
    change: float | None
    change_low: float | None
    change_high: float | None
    by_day: tuple[float | None, ...]
    by_day_before: tuple[float | None, ...]
    today: Amount
    same_day: Amount


@dataclass(frozen=True, slots=True)
class Late:
    """A source that has not delivered the whole period; its last days will still rise."""

    name: str
    until: str


@dataclass(frozen=True, slots=True)
class Figures:
    """All figures.

    Args:
        days, days_before: starts of the days of the period and of the one before, ISO.
        until: end of the period, the midnight before today; counted_at: None where nothing was counted yet.
        complete: every day of both periods was counted after it ended.
        late: sources that have not delivered everything.
    """

    asked: Asked
    days: tuple[str, ...]
    days_before: tuple[str, ...]
    until: str
    counted_at: str | None
    today_until: str | None
    complete: bool
    figures: tuple[Figure, ...]
    journeys: tuple[Figure, ...]
    late: tuple[Late, ...]
    segments: tuple[tuple[str, str], ...]

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready form."""
        found = asdict(self)
        found["asked"] = {**self.asked.to_dict(), "days": self.asked.days}
        found["segments"] = [{"key": key, "name": name} for key, name in self.segments]
        return found

    @property
    def empty(self) -> bool:
        """Whether nothing at all happened in the period, the one before and today."""
        every = (*self.figures, *self.journeys)
        return not any(amount.n for figure in every for amount in (figure.now, figure.before, figure.today))


def figures(session: Session, asked: Asked, now: int, zone: ZoneInfo, digital: Collection[str]) -> Figures:
    """What the counts say; adds up some hundred rows.

    Raises:
        DomainError: there is no such journey or family.
    """
    connection = session.connection()
    families = counting.families(connection)
    keys = {number: key for number, (key, _) in families.items()}
    journey_ids = counting.journey_ids(connection)
    if asked.journey and asked.journey not in journey_ids:
        raise DomainError("unknown_choice", f"journey == {asked.journey!r}, is no journey.", "journey")
    days = [start for start, _ in days_between(now, 2 * asked.days + 1, zone)]
    rows = counting.totals(
        connection,
        since=days[0],
        digital={CHANNEL_CODE[Channel(key)] for key in digital},
        channel=None if asked.channel is None else CHANNEL_CODE[asked.channel],
        segment=segment_code(asked.segment, keys) if asked.segment else None,
    )
    frame = _Frame(days, asked.days, rows)
    counted = counting.counted_days(connection)
    whole = [counted.get((day, WHOLE)) for day in days[:-1]]
    ends = [*days[1:]]
    today = counted.get((days[-1], SO_FAR))
    names = dict(families.values())
    found = counting.segments(connection, days_between(now, DAYS, zone)[0][0])
    within = journey_ids.get(asked.journey, 0)
    return Figures(
        asked=asked,
        days=tuple(to_iso(day) for day in frame.now),
        days_before=tuple(to_iso(day) for day in frame.before),
        until=to_iso(days[-1]),
        counted_at=to_iso(max(at for _, at in counted.values())) if counted else None,
        today_until=to_iso(today[0]) if today else None,
        complete=all(done is not None and done[0] >= end for done, end in zip(whole, ends, strict=True)),
        figures=_sales_and_service(frame, within),
        journeys=tuple(
            _share(
                frame,
                journey.key,
                journey.name,
                _of(journey_ids[journey.key], COMPLETED),
                _of(journey_ids[journey.key], ENTERED),
            )
            for journey in all_journeys(session)
            if asked.journey == journey.key or not (asked.journey or journey.archived)
        ),
        late=_late(session, days[-1]),
        segments=tuple((key := segment_key(code, keys), segment_name(key, names)) for code in found),
    )


class _Frame:
    """Counts laid out by period and day."""

    def __init__(self, days: Sequence[int], length: int, rows: Iterable[Total]) -> None:
        self.before, self.now, self.today = days[:length], days[length : 2 * length], days[-1]
        self._kinds: dict[tuple[int, int, int, bool], tuple[Total, list[Total]]] = {}
        for row in rows:
            kind = (row.part, row.measure, row.journey, row.digital)
            self._kinds.setdefault(kind, (row, []))[1].append(row)

    def days_of(self, counts: Callable[[Total], bool], *, part: int = WHOLE) -> dict[int, Sums]:
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
        same = _added([parts[day] for day in parts if day != self.today])
        now, before = ([whole[day] for day in span if day in whole] for span in (self.now, self.before))
        return _added(now), _added(before), today, same


NOTHING_COUNTED: Sums = (0, 0.0, 0.0)


def _added(sums: Iterable[Sums]) -> Sums:
    n, x, xx = 0, 0.0, 0.0
    for a, b, c in sums:
        n, x, xx = n + a, x + b, xx + c
    return n, x, xx


def _sales_and_service(frame: _Frame, journey: int) -> tuple[Figure, ...]:
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


def _count(frame: _Frame, key: str, title: str, counts: Callable[[Total], bool]) -> Figure:
    amounts = [Amount(float(n), n) for n, _, _ in frame.sums(counts)]
    days = frame.days_of(counts)
    now, before = amounts[0].n, amounts[1].n
    change = now / before - 1 if before else None

    def on(day: int) -> float | None:
        return float(days.get(day, NOTHING_COUNTED)[0])

    return _figure(frame, key, title, "count", amounts, change, count_change(before, now), on)


def _share(
    frame: _Frame, key: str, title: str, part: Callable[[Total], bool], whole: Callable[[Total], bool]
) -> Figure:
    pairs = [(top[0], bottom[0]) for top, bottom in zip(frame.sums(part), frame.sums(whole), strict=True)]
    amounts = [Amount(x / n if n else None, n, *(wilson_interval(x, n) or (None, None))) for x, n in pairs]
    tops, bottoms = frame.days_of(part), frame.days_of(whole)

    def on(day: int) -> float | None:
        n = bottoms.get(day, NOTHING_COUNTED)[0]
        return tops.get(day, NOTHING_COUNTED)[0] / n if n else None

    now, before = amounts[0].value, amounts[1].value
    change = None if now is None or before is None else now - before
    return _figure(frame, key, title, "share", amounts, change, share_change(pairs[1], pairs[0]), on)


def _mean(frame: _Frame, key: str, title: str, kind: Kind, counts: Callable[[Total], bool]) -> Figure:
    sums = frame.sums(counts)
    amounts = [Amount(x / n if n else None, n, *(mean_interval(n, x, xx) or (None, None))) for n, x, xx in sums]
    days = frame.days_of(counts)

    def on(day: int) -> float | None:
        n, x, _ = days.get(day, NOTHING_COUNTED)
        return x / n if n else None

    now, before = amounts[0].value, amounts[1].value
    change = None if now is None or before is None else now - before
    return _figure(frame, key, title, kind, amounts, change, mean_change(sums[1], sums[0]), on)


def _figure(
    frame: _Frame,
    key: str,
    title: str,
    kind: Kind,
    amounts: Sequence[Amount],
    change: float | None,
    interval: Interval | None,
    on: Callable[[int], float | None],
) -> Figure:
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
