"""What the worker does for shipped winners: read the guard, take what the calendar asks for, read holdbacks out."""

from __future__ import annotations

from collections.abc import Collection
from functools import partial

from sqlalchemy import Engine

from experiments.domain import rolling
from experiments.domain.experiment import Status
from experiments.services import changing
from experiments.services.actor import SYSTEM
from experiments.services.guard import Guarded, watch
from experiments.services.read_outs import prepare, read_all
from experiments.services.steps import Alone, together
from experiments.store.catalogue import experiments
from experiments.store.engines import reading, writing

#: µs between two rounds.
PAUSE = 60_000_000


def roll_on(engine: Engine, now: int, alone: Alone = together) -> tuple[Guarded, ...]:
    """One round. The guard speaks first, so that no step is taken over a harm that the facts show.

    Where it cannot be read no step is taken either, until it can; the other tests go on.
    """
    done, blind = watch(engine, now, alone)
    advance(engine, now, alone, blind)
    read_all(engine, now, alone)
    prepare(engine, now, alone)
    return done


def advance(
    engine: Engine, now: int, alone: Alone = together, blind: Collection[str] = ()
) -> tuple[tuple[str, str], ...]:
    """Take what is due, one thing per test and round; returns (test, deed).

    Args:
        blind: tests whose guard cannot be read.
    """
    with reading(engine) as session:
        keys = experiments.keys(session, {Status.DECIDED})
    taken = [alone("roll-out", partial(_advance, engine, key, now), key) for key in keys if key not in blind]
    return tuple(deed for deed in taken if deed is not None)


def _advance(engine: Engine, key: str, now: int) -> tuple[str, str] | None:
    with reading(engine) as session:
        seen = experiments.find(session, key)
    if seen is None or rolling.due(seen, now) is None:
        return None
    with writing(engine) as session:
        before = experiments.find(session, key)
        due = None if before is None else rolling.due(before, now)
        if before is None or due is None:
            return None
        changing.save(session, SYSTEM, now, due.action, before, due.after, due.why)
    return key, due.action
