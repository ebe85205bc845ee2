"""The worker's turn: count what was asked for, or what grew old, one piece after the other."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from experiments.domain.access import Right
from experiments.domain.errors import DomainError
from experiments.services.actor import Actor
from experiments.services.clock import DAY, MINUTE
from experiments.services.insight import journey_counts, offer_conflicts, traffic_counts
from experiments.services.journeys import live_journeys
from experiments.store.engines import reading, writing
from experiments.store.insight import results
from experiments.store.progress import Progress

__all__ = ["Progress", "ask", "count_all", "count_due", "progress"]

_log = logging.getLogger(__name__)
#: µs after which counts are made anew where events came in.
PAUSE = 360 * MINUTE
#: A piece of work: its name, and what reads a session and returns how to keep what it found.
Piece = tuple[str, Callable[[Session], Callable[[Session], None]]]


def ask(session: Session, actor: Actor, now: int) -> None:
    """Ask the worker to count now; it starts within seconds, and asking twice is asking once."""
    actor.require(Right.EDIT)
    results.set_progress(session, "asked", now)


def progress(session: Session) -> Progress | None:
    """How far the counting is."""
    return results.progress(session)


def count_due(engine: Engine, now: int, *, changed: bool) -> bool:
    """Count everything where it is due; whether it was.

    Args:
        changed: whether events came in since the last time; old counts of nothing new are not made again.
    """
    with reading(engine) as session:
        found, old = results.progress(session), results.oldest(session)
        pieces = _pieces(session, now)
    asked = found is not None and found.state in ("asked", "counting")
    late = changed and (old is None or now - old >= PAUSE or old > now + DAY)
    if not pieces or not (asked or late):
        return False
    count_all(engine, now, pieces)
    return True


def count_all(engine: Engine, now: int, pieces: list[Piece] | None = None) -> None:
    """Count everything; each piece is read on a snapshot and kept in a short transaction of its own."""
    if pieces is None:
        with reading(engine) as session:
            pieces = _pieces(session, now)
    failed = ""
    for done, (name, piece) in enumerate(pieces):
        _say(engine, "counting", now, done, len(pieces), name)
        try:
            with reading(engine) as session:
                keep = piece(session)
            with writing(engine) as session:
                keep(session)
        except (DomainError, SQLAlchemyError) as error:
            _log.error("%s could not be counted: %s", name, type(error).__name__)
            failed = name
    _say(engine, "failed" if failed else "done", now, len(pieces), len(pieces), failed)


def _pieces(session: Session, now: int) -> list[Piece]:
    def journey(key: str, session: Session) -> Callable[[Session], None]:
        found = next((each for each in live_journeys(session) if each.key == key), None)
        counts = None if found is None else journey_counts.count(session, found, now)
        return lambda writer: None if counts is None else journey_counts.keep(writer, counts, now)

    def opportunities(session: Session) -> Callable[[Session], None]:
        found = traffic_counts.count(session, now)
        return lambda writer: traffic_counts.keep(writer, found, now)

    pieces: list[Piece] = [(each.name, partial(journey, each.key)) for each in live_journeys(session)]
    return [*pieces, ("opportunities", opportunities), ("conflicts of offers", offer_conflicts.piece(now))]


def _say(engine: Engine, state: str, now: int, done: int, total: int, message: str) -> None:
    with writing(engine) as session:
        results.set_progress(session, state, now, done, total, message)
