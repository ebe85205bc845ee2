"""The worker's part of looks back: one after the other, the oldest first."""

from __future__ import annotations

import logging

from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from experiments.domain.errors import DomainError
from experiments.services.clock import DAY, now_us
from experiments.services.history import STEPS, History, look_back
from experiments.services.history_question import shortened
from experiments.services.measuring.question import Asked
from experiments.services.steps import is_down
from experiments.store.catalogue import look_backs
from experiments.store.catalogue.look_backs import LookBackRun
from experiments.store.engines import reading, writing
from experiments.store.history import bounded

_log = logging.getLogger(__name__)
#: How long what was measured is kept, for addresses that name it.
KEEP_DAYS = 730
#: Longer would keep the worker from its reports, and cost it the lease that says it lives.
MOST_SECONDS = 90.0


def serve(engine: Engine, now: int) -> bool:
    """Measure what has waited longest; False where nothing does."""
    with reading(engine) as session:
        run = look_backs.oldest_open(session)
    if run is None:
        return False
    _write(engine, run, state="running", done=0, started_at=now_us())
    try:
        found = _measure(engine, run, now)
        _write(engine, run, state="done", done=len(STEPS), result=found.to_dict(), finished_at=now_us())
    except DomainError as error:
        _refuse(engine, run, error.message, error.field or "")
    except Exception as error:  # whatever it is, those that wait behind it must not wait for ever
        if is_down(error):
            raise  # it stays open and is measured again
        if isinstance(error, OperationalError):
            told = "The database needed too long for this much history; look back over fewer days."
            _refuse(engine, run, told, "days")
        else:
            _log.exception("Look back %s failed", run.name)
            _refuse(engine, run, "It could not be measured; the log of the worker says why.", "")
    return True


def forget_old(engine: Engine, now: int) -> int:
    """Drop looks back that are older than they are kept; how many."""
    with writing(engine) as session:
        return look_backs.forget(session, now - KEEP_DAYS * DAY)


def _measure(engine: Engine, run: LookBackRun, now: int) -> History:
    asked = Asked.of(run.question)
    with reading(engine) as session, bounded(session, MOST_SECONDS):
        wanted = shortened(session, asked.metrics, asked.lookback, now) if asked.shorten else asked.lookback
        return look_back(session, asked.metrics, wanted, now, on_step=lambda done: _write(engine, run, done=done))


def _refuse(engine: Engine, run: LookBackRun, reason: str, field: str) -> None:
    _write(engine, run, state="failed", reason=reason, field=field, finished_at=now_us())


def _write(engine: Engine, run: LookBackRun, **values: object) -> None:
    with writing(engine) as session:
        look_backs.change(session, run.name, **values)
