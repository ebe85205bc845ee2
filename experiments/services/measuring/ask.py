"""Ask for a look back, and read what was found: nothing is measured inside a web request."""

from __future__ import annotations

from hashlib import sha256

from sqlalchemy.orm import Session

from experiments.domain.access import Right
from experiments.domain.errors import ConflictError, NotFoundError
from experiments.services.actor import Actor
from experiments.services.clock import DAY, MINUTE
from experiments.services.history_question import prepare
from experiments.services.measuring.question import Asked
from experiments.services.measuring.seen import Measured, measured
from experiments.store.catalogue import look_backs
from experiments.store.catalogue.look_backs import LookBackRun

#: µs for which an answer is given again unless somebody wants it measured anew; and for which a refusal is.
FRESH, REFUSED = 7 * DAY, 10 * MINUTE
#: More at once would keep the worker from its reports.
MOST_WAITING = 20


def ask(session: Session, actor: Actor, now: int, asked: Asked, *, anew: bool = False) -> Measured:
    """Have the worker measure; a recent answer to the same question is given again, and asking twice is asking once.

    Args:
        anew: measure even where there is a recent answer.

    Raises:
        NotFoundError: there is no such metric.
        DomainError: a family or page does not exist, or not every source has delivered up to the end.
        ConflictError: too many are waiting (`busy`).
    """
    actor.require(Right.EDIT)
    prepare(session, asked.metrics, asked.lookback, now)
    known = look_backs.newest(session, asked.id)
    if known is not None and (known.state in look_backs.OPEN or (not anew and _is_fresh(known, now))):
        return _told(session, known)
    if look_backs.waiting(session) >= MOST_WAITING:
        raise ConflictError(f"{MOST_WAITING} looks back are waiting already; try again in a minute.", code="busy")
    name = sha256(f"{asked.id}@{now}".encode()).hexdigest()[:16]
    run = LookBackRun(name, asked.id, asked.to_dict(), "waiting", actor.name, now)
    look_backs.add(session, run)
    return _told(session, run)


def newest(session: Session, asked: Asked, *, done: bool = False) -> Measured | None:
    """The last look back with this question, with `done` the last that was answered; None where nobody ever asked."""
    run = look_backs.newest(session, asked.id, done=done)
    return None if run is None else _told(session, run)


def by_name(session: Session, name: str) -> Measured:
    """A look back by its name.

    Raises:
        NotFoundError: there is none, or it was forgotten.
    """
    run = look_backs.find(session, name)
    if run is None:
        raise NotFoundError("look-back", name)
    return _told(session, run)


def _is_fresh(known: LookBackRun, now: int) -> bool:
    if known.finished_at is None:
        return False
    return 0 <= now - known.finished_at < (FRESH if known.state == "done" else REFUSED)


def _told(session: Session, run: LookBackRun) -> Measured:
    return measured(run, look_backs.last_time(session) if run.state in look_backs.OPEN else None)
