"""What the worker does, again and again: take files in, project events, refresh reports, show that it lives."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from experiments.config import Settings
from experiments.services import measuring
from experiments.services.aa import AaTurns
from experiments.services.clock import now_us
from experiments.services.contact_centre import ContactCentreTurns
from experiments.services.health import WORKER
from experiments.services.import_desk.pick_up import PickUp
from experiments.services.import_desk.taking_turns import ImportTurns
from experiments.services.import_events.runs import Surroundings
from experiments.services.ingest import Limits
from experiments.services.insight.counting import count_due
from experiments.services.messages.postroom import Postroom
from experiments.services.overview import OverviewTurns
from experiments.services.project import is_rebuilding
from experiments.services.project import run as project
from experiments.services.reconciliation import count_all
from experiments.services.refresh import Refreshed, refresh_all
from experiments.services.refreshing import serve, settle
from experiments.services.rolling_on import PAUSE as ROLL_PAUSE
from experiments.services.rolling_on import roll_on
from experiments.services.steps import LostLeaseError, Steps
from experiments.services.upkeep import PAUSE, keep_house
from experiments.store import leases, migrate
from experiments.store.engines import writing

_log = logging.getLogger(__name__)
#: µs a lease lasts: a working worker renews it all the time, a killed one is soon replaced.
LEASE = 120_000_000
#: µs between two counts of what sources delivered.
COUNT_PAUSE = 300_000_000


@dataclass(frozen=True, slots=True)
class Tick:
    """What one round did; `idle` where another worker holds the lease."""

    idle: bool
    events: int = 0
    refreshed: tuple[Refreshed, ...] = ()


class Worker:
    """One worker process: remembers when it last refreshed, and nothing that could not be lost."""

    def __init__(self, engine: Engine, settings: Settings, holder: str) -> None:
        self._engine, self._settings, self._holder = engine, settings, holder
        self._zone = ZoneInfo(settings.time_zone)
        self._refreshed_at = self._kept_at = 0
        self._unseen = self._uncounted = self._news = True
        self._failed: frozenset[str] = frozenset()
        self._overview = OverviewTurns(engine, self._zone)
        self._contact_centre = ContactCentreTurns(engine, self._zone)
        self._counted_at = self._rolled_at = 0
        self._imports = ImportTurns(
            Surroundings(engine, settings.id_secret(), Limits.of(settings), now_us), settings.data_dir
        )
        self._pick_up = _pick_up(engine, settings)
        self._postroom = Postroom(engine, settings)
        self._aa = AaTurns(engine)
        self._steps = Steps(engine, self._beat)
        self._head, self._wrong = migrate.head_revision(), ""

    def tick(self, now: int, on_progress: Callable[[int, int], None] = lambda _done, _total: None) -> Tick:
        """One round at `now` (µs). What a step trips over is told and holds up no other.

        Raises:
            SQLAlchemyError: the database is down.
        """
        if not self._beat(now):
            self._steps.stand_by()
            return Tick(idle=True)
        if not self._fits():
            return Tick(idle=True)
        self._steps.begin(now)
        try:
            with self._steps.living():
                done = self._turn(now, on_progress)
            self._steps.finished()
            return done
        except SQLAlchemyError as error:
            self._steps.ended(error)
            raise
        except LostLeaseError:
            self._steps.stand_by()
            return Tick(idle=True)

    def _fits(self) -> bool:
        """Whether the tables are those of this version: an old worker would leave out what it does not know."""
        wrong = migrate.standing(migrate.current_revision(self._engine), self._head)
        if wrong and wrong != self._wrong:
            _log.error("The worker waits: %s", wrong)
        self._wrong = wrong
        return not wrong

    def _turn(self, now: int, on_progress: Callable[[int, int], None]) -> Tick:
        alone, engine = self._steps, self._engine
        events = self._take_in(now)
        self._keep_house(now)
        self._uncounted = self._uncounted or events > 0
        if self._uncounted and not 0 <= now - self._counted_at < COUNT_PAUSE:
            counted = alone("counts by source", lambda: count_all(engine, now, self._zone))
            self._counted_at, self._uncounted = now, counted is None
        self._unseen = self._unseen or events > 0
        self._news = self._news or events > 0
        if self._imports.is_undoing or is_rebuilding(engine):
            self._unseen = True
            return Tick(idle=False, events=events)
        if alone("counting", lambda: count_due(engine, now, changed=self._news, alone=alone)):
            self._news = False
        alone("overview", lambda: self._overview.turn(now, changed=events > 0, alone=alone))
        alone("contact centre", lambda: self._contact_centre.turn(now, changed=events > 0, alone=alone))
        alone("A/A check", lambda: self._aa.turn(now))
        alone("look back", lambda: measuring.serve(engine, now))
        if _is_due(self._rolled_at, now, ROLL_PAUSE):
            roll_on(engine, now, alone)
            self._rolled_at = now
        return Tick(idle=False, events=events, refreshed=self._refresh(now, on_progress))

    def _take_in(self, now: int) -> int:
        """Files, messages on their way out, events; how many events became facts."""
        alone, pick_up = self._steps, self._pick_up
        if pick_up is not None:
            alone("pick-up folder", lambda: pick_up.look(now, time.time(), alone))
        alone("imports", self._imports.turn)
        self._postroom.send(now, alone)
        return alone("events", lambda: self._project(now)) or 0

    def _keep_house(self, now: int) -> None:
        if _is_due(self._kept_at, now, PAUSE):
            keep_house(self._engine, self._settings, now, self._steps)
            self._steps("upkeep", self._imports.tidy, "uploads")
            self._kept_at = now

    def _refresh(self, now: int, on_progress: Callable[[int, int], None]) -> tuple[Refreshed, ...]:
        alone, engine, folder = self._steps, self._engine, self._settings.data_dir
        alone("report", lambda: serve(engine, now, self._zone, folder))
        if not _is_due(self._refreshed_at, now, self._settings.refresh_seconds * 1_000_000):
            return ()
        failed: list[str] = []
        refreshed = refresh_all(
            engine,
            now,
            self._zone,
            changed=self._unseen,
            folder=folder,
            on_progress=on_progress,
            on_fault=failed.append,
            again=self._failed,
            alone=alone,
        )
        alone("report", lambda: settle(engine, now, [one.experiment for one in refreshed], failed), "what pages say")
        self._refreshed_at, self._unseen, self._failed = now, False, frozenset(failed)
        self._postroom.look(now, alone)
        return refreshed

    def close(self) -> None:
        """Give the lease back, so that the next worker starts at once."""
        self._postroom.close()
        with writing(self._engine) as session:
            leases.give_back(session, WORKER, self._holder)

    def _beat(self, now: int) -> bool:
        with writing(self._engine) as session:
            return leases.take(session, WORKER, self._holder, now, LEASE)

    def _project(self, now: int) -> int:
        return project(self._engine, now).events


def _pick_up(engine: Engine, settings: Settings) -> PickUp | None:
    if settings.pick_up_dir is None:
        return None
    still, most = settings.pick_up_still_seconds, settings.max_upload_bytes
    return PickUp(engine, settings.pick_up_dir, settings.data_dir, still=still, most=most)


def _is_due(last: int, now: int, pause: int) -> bool:
    """Whether the pause is over; also where the clock was put back: nothing waits until it is that late again."""
    return not 0 <= now - last < pause
