"""Two months of a telecom that does not exist, and a test before them, told day by day on the paths of real events."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import numpy as np
from sqlalchemy import Engine

from experiments.config import Settings
from experiments.domain.schedule import final_at, planned_looks
from experiments.services.clock import DAY
from experiments.services.demo.agreements import agree_goals
from experiments.services.demo.asking import Desk
from experiments.services.demo.calendar import Calendar
from experiments.services.demo.callers import Callers
from experiments.services.demo.company import CRM, delivered, found_company
from experiments.services.demo.contacts import invent_contacts
from experiments.services.demo.delivery import Post
from experiments.services.demo.desk_designs import DESK_STREAMING
from experiments.services.demo.everyday import everyday, statements
from experiments.services.demo.lessons import leave_lessons
from experiments.services.demo.messages import Message
from experiments.services.demo.neighbours import neighbours
from experiments.services.demo.people import invent_people
from experiments.services.demo.sales import IMPORT_AFTER
from experiments.services.demo.story import OWNER, Deed, Story, deeds
from experiments.services.experiments import all_experiments
from experiments.services.insight.counting import count_all
from experiments.services.project import run_all
from experiments.services.refresh import refresh_all
from experiments.services.rolling_on import roll_on
from experiments.services.sessions import reading, writing
from experiments.services.setup import prepare

#: One of the seeds whose chance effects leave the tests of the pages close to the reactions that are built in.
SEED = 2
CUSTOMERS = 40_000
#: Fewer days do not hold a test of four weeks with its maturation.
LEAST_DAYS = 60
#: Reports are refreshed on the nights of planned looks, and on every tenth night for the charts over time.
REFRESH_DAYS = 10
#: Every so many-th message is sent a second time a day later, as networks do.
REPEATED = 97


@dataclass(frozen=True, slots=True)
class Seeded:
    """What came in."""

    customers: int
    events: int
    duplicates: int


def seed(
    engine: Engine,
    settings: Settings,
    now: int,
    *,
    days: int = LEAST_DAYS,
    scale: float = 1.0,
    on_progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> Seeded:
    """Fill an empty database with the demo.

    Args:
        days: how many days of traffic end at the midnight before `now`.
        scale: share of the customers and visits; below 1 the tests need not come out.
        on_progress: told the days done and their number.
    """
    calendar = Calendar.before(now, days)
    prepare(engine, settings, calendar.founded)
    with writing(engine) as session:
        found_company(session, OWNER, calendar.founded)
    return _Telling(engine, settings, calendar, scale).tell(now, on_progress)


class _Telling:
    """The loop over the days, with the messages still to come."""

    def __init__(self, engine: Engine, settings: Settings, calendar: Calendar, scale: float) -> None:
        self._engine, self._calendar, self._folder = engine, calendar, settings.data_dir
        self._zone = ZoneInfo(settings.time_zone)
        self._post = Post(engine, settings)
        people = invent_people(np.random.default_rng([SEED, 100]), round(CUSTOMERS * scale))
        contacts = invent_contacts(np.random.default_rng([SEED, 103]), calendar, people)
        self._desk = Desk(engine, settings, DESK_STREAMING, contacts)
        callers = Callers(np.random.default_rng([SEED, 104]), calendar, scale)
        self._story = Story(engine, calendar, people, callers, self._desk, settings.currency, SEED, scale)
        self._coming: dict[int, list[Message]] = defaultdict(list)
        self._expect(callers.statements(calendar.founded))
        self._expect(statements(people, calendar.start))
        self._expect(everyday(np.random.default_rng([SEED, 101]), calendar, people))
        others = list(neighbours(np.random.default_rng([SEED, 102]), calendar, len(people)))
        self._expect(others)
        self._customers = len(people) + len(callers) + sum(message.sender == CRM for message in others)

    def tell(self, now: int, on_progress: Callable[[int, int], None]) -> Seeded:
        midnights, script = self._calendar.midnights(), deeds(self._calendar)
        for number, midnight in enumerate(midnights, start=1):
            self._day(midnight, [deed for deed in script if midnight <= deed.at < midnight + DAY])
            if number % REFRESH_DAYS == 0 or self._awaited(midnight):
                self._refresh(midnight + DAY, midnight + DAY + IMPORT_AFTER)
            on_progress(number, len(midnights))
        self._refresh(self._calendar.end, now)
        roll_on(self._engine, now)  # only the last word of a guard is kept, and the read-out is due by now
        count_all(self._engine, now)
        with writing(self._engine) as session:
            leave_lessons(session, now)
            agree_goals(session, now)
        return Seeded(self._customers, self._post.accepted, self._post.duplicates)

    def _day(self, midnight: int, done: Iterable[Deed]) -> None:
        for deed in done:
            self._expect(self._story.do(deed))
        self._expect(self._desk.work(midnight))
        today = self._coming.pop(midnight // DAY, [])
        self._post.deliver(today)
        self._expect(message._replace(received=message.received + DAY) for message in today[::REPEATED])
        run_all(self._engine, midnight + DAY)

    def _expect(self, messages: Iterable[Message]) -> None:
        for message in messages:
            self._coming[message.received // DAY].append(message)

    def _awaited(self, midnight: int) -> bool:
        """Whether a planned look or the end of a run-off falls on this day."""
        with reading(self._engine) as session:
            found = all_experiments(session)
        moments = [look.at for experiment in found for look in planned_looks(experiment)]
        moments += [last for experiment in found if (last := final_at(experiment)) is not None]
        return any(midnight <= moment < midnight + DAY for moment in moments)

    def _refresh(self, until: int, now: int) -> None:
        with writing(self._engine) as session:
            delivered(session, OWNER, now, until)
        refresh_all(self._engine, now, self._zone, folder=self._folder)
