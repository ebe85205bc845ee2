"""The worker's part: count days ahead, today often, everything now and then."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from functools import partial
from zoneinfo import ZoneInfo

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from experiments.domain.journey import Match, Step
from experiments.domain.metric import EventKind
from experiments.domain.source import RANK, SourceKind
from experiments.services.clock import MINUTE, SECOND, local_day
from experiments.services.columns import Codes, load_codes
from experiments.services.overview.asked import DAYS
from experiments.services.reconciliation import days_between
from experiments.services.steps import Alone, together
from experiments.store.catalogue.journeys import all_journeys
from experiments.store.codes import KIND_CODE
from experiments.store.engines import reading, writing
from experiments.store.overview import counting
from experiments.store.overview.counting import SO_FAR, WHOLE, Day
from experiments.store.overview.measures import JourneyMoments, Moment

#: µs between two counts of today, and between two counts of everything: late files change days that are long past.
TODAY_PAUSE = 20 * SECOND
ALL_PAUSE = 15 * MINUTE
#: Counting everything goes on for so long in each turn of the worker.
TURN_SECONDS = 1.0
#: Events that the product knows by name, and what they become.
_KINDS = {
    "Order Completed": EventKind.SALE,
    "Contact Handled": EventKind.CONTACT,
    "Survey Answered": EventKind.SURVEY,
}
NO_NAME = -1


class OverviewTurns:
    """Remembers what it counted; a worker that starts counts everything first, a few days in each turn."""

    def __init__(self, engine: Engine, zone: ZoneInfo) -> None:
        self._engine, self._zone = engine, zone
        self._today_at = self._all_at = 0
        self._stale = self._all_stale = True
        self._waiting: list[Day] = []

    def turn(self, now: int, *, changed: bool, alone: Alone = together) -> int:
        """Count what is due at `now` (µs), for a second at most; how many days.

        Args:
            changed: facts have come since the last turn; without any, a new day alone makes counting due.
        """
        changed = changed or self._new_day(now)
        self._stale, self._all_stale = self._stale or changed, self._all_stale or changed
        counted = 0
        if self._stale and not 0 <= now - self._today_at < TODAY_PAUSE:
            found = alone("overview", partial(count_days, self._engine, now, self._zone, 2), "today")
            counted, self._stale, self._today_at = found or 0, found is None, now
        if self._all_stale and not self._waiting and not 0 <= now - self._all_at < ALL_PAUSE:
            self._waiting = days_between(now, DAYS, self._zone)[:-2]
            self._all_at, self._all_stale = now, False
        until = time.monotonic() + TURN_SECONDS
        while self._waiting and time.monotonic() < until:
            day = self._waiting[-1]
            done = alone("overview", partial(_count, self._engine, day, WHOLE, now), str(local_day(day[0], self._zone)))
            self._waiting.pop()  # not before: where the database is down, this day is the next
            counted += done or 0
            self._all_stale = self._all_stale or done is None
        return counted

    def _new_day(self, now: int) -> bool:
        return self._today_at < days_between(now, 1, self._zone)[0][0]


def count_days(engine: Engine, now: int, zone: ZoneInfo, number: int) -> int:
    """Count the last so many local days anew, and today as far as it has come beside the same weekday before."""
    days = days_between(now, number, zone)
    for day in reversed(days):
        _count(engine, day, WHOLE, now)
    parts = _so_far(now, zone)
    for span in parts:
        _count(engine, span, SO_FAR, now)
    with writing(engine) as session:
        counting.forget_parts(session.connection(), [start for start, _ in parts])
        counting.forget(session.connection(), days_between(now, DAYS, zone)[0][0])
    return len(days)


def _count(engine: Engine, day: Day, part: int, now: int) -> int:
    """One day, 1; the counting holds no lock, what it found is put in place in one short transaction."""
    with reading(engine) as session:
        connection = session.connection()
        codes = load_codes(session)
        rows = counting.count(
            connection,
            day,
            _journeys(session, codes),
            until=now if part == WHOLE else day[1] - 1,
            csat=codes.names.get(("survey", "csat"), NO_NAME),
            least_rank=RANK[SourceKind.SERVER] if codes.trusted_sales else 0,
        )
    with writing(engine) as session:
        counting.replace(session.connection(), day, rows, part, now, now)
    return 1


def _so_far(now: int, zone: ZoneInfo) -> list[tuple[int, int]]:
    """Today until now, and the same weekday a week before until the same time of day."""
    local = datetime.fromtimestamp(now / SECOND, zone)
    earlier = local - timedelta(days=7)  # the same time on the clock, whatever it was put forward or back
    spans = []
    for moment in (earlier, local):
        start = round(moment.replace(hour=0, minute=0, second=0, microsecond=0).timestamp()) * SECOND
        spans.append((start, max(start + 1, round(moment.timestamp() * SECOND))))
    return spans


def _journeys(session: Session, codes: Codes) -> list[JourneyMoments]:
    ids = counting.journey_ids(session.connection())
    return [
        JourneyMoments(ids[journey.key], _moment(journey.steps[0], codes), _moment(journey.steps[-1], codes))
        for journey in all_journeys(session)
        if not journey.archived
    ]


def _moment(step: Step, codes: Codes) -> Moment:
    if step.match is Match.PATH:
        paths = [
            code for (space, text), code in codes.names.items() if space == "path" and fnmatchcase(text, step.pattern)
        ]
        return Moment(paths=tuple(paths))
    kind = _KINDS.get(step.pattern)
    if kind is not None:
        return Moment(kind=KIND_CODE[kind])
    return Moment(kind=KIND_CODE[EventKind.CUSTOM], name=codes.names.get(("event", step.pattern), NO_NAME))
