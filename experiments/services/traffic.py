"""Recognise units whose rate is inhuman; those that name themselves were marked when their events came in."""

from __future__ import annotations

from sqlalchemy import Engine

from experiments.store import busy, events
from experiments.store.engines import reading, writing

#: µs counted in one go, so that catching up after a long pause does not hold one huge transaction open.
STRETCH = 24 * busy.HOUR


def mark_busy(engine: Engine, now: int, bound: int) -> int:
    """Mark visitors and customers with over `bound` events in one hour; the number of marks made or renewed.

    Every whole hour of the server's clock is counted once. 0 as bound = no such rule.
    """
    if bound == 0:
        return 0
    settled = now - events.OVERLAP
    until, done = settled - settled % busy.HOUR, 0
    while (start := _start(engine)) is not None and start < until:
        end = min(start + STRETCH, until)
        with reading(engine) as session:
            found = busy.busy_units(session.connection(), start, end, bound)
        with writing(engine) as session:
            busy.keep(session.connection(), found, end, now)
        done += len(found)
    return done


def _start(engine: Engine) -> int | None:
    with reading(engine) as session:
        connection = session.connection()
        counted = busy.counted_until(connection)
        first = busy.first_received(connection) if counted is None else counted
    return None if first is None else first - first % busy.HOUR
