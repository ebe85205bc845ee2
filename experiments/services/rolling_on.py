"""What the worker does for shipped winners: read the guard, take what the calendar asks for, read holdbacks out."""

from __future__ import annotations

import logging

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from experiments.domain import rolling
from experiments.domain.errors import DomainError
from experiments.domain.experiment import Status
from experiments.services import changing
from experiments.services.actor import SYSTEM
from experiments.services.guard import Guarded, watch
from experiments.services.read_outs import prepare, read_all
from experiments.store.catalogue import experiments
from experiments.store.engines import reading, writing

_log = logging.getLogger(__name__)
#: µs between two rounds.
PAUSE = 60_000_000


def roll_on(engine: Engine, now: int) -> tuple[Guarded, ...]:
    """One round. The guard speaks first, so that no step is taken over a harm that the facts show."""
    done: tuple[Guarded, ...] = ()
    try:
        done = watch(engine, now)
        advance(engine, now)
        read_all(engine, now)
        prepare(engine, now)
    except DomainError as error:
        _log.warning("Roll-outs wait: %s", error.message)  # the facts are being rebuilt
    except SQLAlchemyError as error:
        _log.warning("Roll-outs wait: %s", type(error).__name__)
    return done


def advance(engine: Engine, now: int) -> tuple[tuple[str, str], ...]:
    """Take what is due, one thing per test and round; returns (test, deed)."""
    with reading(engine) as session:
        decided = experiments.all_experiments(session, {Status.DECIDED})
        waiting = [item.key for item in decided if rolling.due(item, now)]
    taken = []
    for key in waiting:
        with writing(engine) as session:
            before = experiments.find(session, key)
            due = None if before is None else rolling.due(before, now)
            if before is not None and due is not None:
                changing.save(session, SYSTEM, now, due.action, before, due.after, due.why)
                taken.append((key, due.action))
    return tuple(taken)
