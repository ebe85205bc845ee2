"""Do the steps of a turn one by one; remember those that fail, and tell them from a database that is down."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from experiments.domain.errors import ConflictError
from experiments.services.clock import HOUR, MINUTE, SECOND
from experiments.services.steps import keeping
from experiments.services.steps.down import is_down
from experiments.services.steps.keeping import Keeper
from experiments.services.steps.words import words_of
from experiments.store import faults
from experiments.store.engines import reading, writing
from experiments.store.faults import Fault

T = TypeVar("T")
_log = logging.getLogger(__name__)
#: µs until the next try after the first failure; it doubles with each further one, up to the longest.
FIRST_PAUSE, LONGEST_PAUSE = 30 * SECOND, 15 * MINUTE
#: The whole turn, where the database ends it.
TURN = ("turn", "")
#: What nobody has tried for so long (µs), though its time had come, is no part of the work any more.
GONE = 2 * HOUR


class LostLeaseError(Exception):
    """Another worker has taken over; this one must do nothing more in this turn."""


class Steps:
    """What fails, and since when. It is `Alone` for what the worker calls."""

    def __init__(self, engine: Engine, beat: Callable[[int], bool] = lambda _now: True) -> None:
        self._engine, self._beat = engine, beat
        self._failing: dict[tuple[str, str], Fault] | None = None
        self._now = self._known_at = 0
        self._lost, self._keeper = False, Keeper(self._show_life)
        self._began = self._beaten = time.monotonic()

    def begin(self, now: int) -> None:
        """A turn begins at `now` (µs), right after the worker has shown that it lives."""
        self._now, self._began = now, time.monotonic()
        self._beaten, self._lost = self._began, False
        if self._failing is None:
            with reading(self._engine) as session:
                self._failing = {(one.step, one.item): one for one in faults.all_of(session)}
            self._known_at = now
        self._forget_gone(self._failing)

    def living(self) -> Keeper:
        """To be entered for the turn: while it is, the worker shows that it lives, however long one step takes."""
        self._keeper = Keeper(self._show_life)
        return self._keeper

    def stand_by(self) -> None:
        """Another worker has the lease: what it finds is read when this one begins again."""
        self._failing = None

    def __call__(self, step: str, work: Callable[[], T], item: str = "") -> T | None:
        """Do it; None where it failed, or failed lately and is not tried yet.

        Raises:
            SQLAlchemyError: the database is down, so that nothing else could be done either.
            LostLeaseError: another worker has taken over.
        """
        known = None if self._failing is None else self._failing.get((step, item))
        if known is not None and self._waits(known):
            return None
        self._keeper.next_piece()
        self._show_life()
        if self._lost:
            raise LostLeaseError
        try:
            done = work()
        except LostLeaseError:
            raise
        except Exception as error:
            self._failed(step, item, known, error)
            return None
        if known is not None:
            self._mended(known)
        return done

    def ended(self, error: Exception) -> None:
        """The database is down and ends the turn: told by itself, where it takes a word although it takes no facts."""
        known = None if self._failing is None else self._failing.get(TURN)
        with suppress(SQLAlchemyError):
            self._write_down(*TURN, known, error)

    def finished(self) -> None:
        """The turn was done to its end."""
        if self._failing is not None and (known := self._failing.get(TURN)) is not None:
            self._mended(known)

    def _waits(self, known: Fault) -> bool:
        """Not after a start, when whoever started the worker may have mended it; nor where the clock was put back."""
        if known.last_at < self._known_at:
            return False
        return 0 < known.next_try_at - self._now <= LONGEST_PAUSE

    def _failed(self, step: str, item: str, known: Fault | None, error: Exception) -> None:
        if is_down(error):
            raise error
        if isinstance(error, ConflictError) and error.code == "rebuilding":
            return  # no fault: it is done as soon as the facts are whole again
        fault = self._write_down(step, item, known, error)
        name = f"{step} of {item}" if item else step
        trace = error if fault.tries == 1 else None
        _log.error("%s failed, try %s: %s", name, fault.tries, fault.error, exc_info=trace)

    def _write_down(self, step: str, item: str, known: Fault | None, error: Exception) -> Fault:
        tries, since = (1, self._now) if known is None else (known.tries + 1, known.since)
        pause = min(FIRST_PAUSE << min(tries - 1, 10), LONGEST_PAUSE)
        fault = Fault(step, item, since, self._now, self._now + pause, tries, words_of(error))
        with writing(self._engine) as session:  # a database that cannot take this is down, and says so here
            faults.put(session, fault)
        if self._failing is not None:
            self._failing[step, item] = fault
        return fault

    def _mended(self, known: Fault) -> None:
        with writing(self._engine) as session:
            faults.clear(session, known.step, known.item)
        if self._failing is not None:
            del self._failing[known.step, known.item]
        name = f"{known.step} of {known.item}" if known.item else known.step
        _log.warning("%s works again after %s failures", name, known.tries)

    def _forget_gone(self, failing: dict[tuple[str, str], Fault]) -> None:
        gone = [one for one in failing.values() if max(one.next_try_at, self._known_at) + GONE < self._now]
        for one in gone:
            self._mended(one)

    def _show_life(self) -> None:
        at = time.monotonic()
        if self._lost or at - self._beaten < keeping.BEAT_SECONDS:
            return
        self._lost = not self._beat(self._now + round((at - self._began) * SECOND))
        self._beaten = at
