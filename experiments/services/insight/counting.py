"""The worker's turn: count what was asked for, or what grew old, one piece after the other."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from experiments.domain.access import Right
from experiments.services.actor import Actor
from experiments.services.clock import DAY, MINUTE
from experiments.services.insight import journey_counts, offer_conflicts, traffic_counts
from experiments.services.journeys import live_journeys
from experiments.services.steps import Alone, together
from experiments.store.engines import reading, writing
from experiments.store.insight import results
from experiments.store.progress import Progress

__all__ = ["Progress", "ask", "count_all", "count_due", "progress"]

#: µs after which counts are made anew where events came in, and where a piece of them failed.
PAUSE, RETRY = 360 * MINUTE, 15 * MINUTE
#: A piece of work: its name, and what reads a session and returns how to keep what it found.
Piece = tuple[str, Callable[[Session], Callable[[Session], None]]]


def ask(session: Session, actor: Actor, now: int) -> None:
    """Ask the worker to count now; it starts within seconds, and asking twice is asking once."""
    actor.require(Right.EDIT)
    results.set_progress(session, "asked", now)


def progress(session: Session) -> Progress | None:
    """How far the counting is."""
    return results.progress(session)


def count_due(engine: Engine, now: int, *, changed: bool, alone: Alone = together) -> bool:
    """Count everything where it is due; whether it was.

    Args:
        changed: whether events came in since the last time; old counts of nothing new are not made again.
    """
    with reading(engine) as session:
        found, old = results.progress(session), results.oldest(session)
        pieces = _pieces(session, now)
    asked = found is not None and found.state in ("asked", "counting")
    if found is not None and found.state == "failed":
        late = not 0 <= now - found.at < RETRY  # its counts stay old, but must not be tried in every turn
    else:
        late = changed and (old is None or now - old >= PAUSE or old > now + DAY)
    if not pieces or not (asked or late):
        return False
    count_all(engine, now, pieces, alone)
    return True


def count_all(engine: Engine, now: int, pieces: list[Piece] | None = None, alone: Alone = together) -> None:
    """Count everything; each piece is read on a snapshot and kept in a short transaction of its own."""
    if pieces is None:
        with reading(engine) as session:
            pieces = _pieces(session, now)
    failed = ""
    for done, (name, piece) in enumerate(pieces):
        _say(engine, "counting", now, done, len(pieces), name)
        if alone("counting", partial(_count, engine, piece), name) is None:
            failed = name
    _say(engine, "failed" if failed else "done", now, len(pieces), len(pieces), failed)


def _count(engine: Engine, piece: Callable[[Session], Callable[[Session], None]]) -> bool:
    with reading(engine) as session:
        keep = piece(session)
    with writing(engine) as session:
        keep(session)
    return True


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
