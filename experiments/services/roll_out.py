"""A shipped winner: let it grow, halt it, take it back and bring it back, keep its holdback longer, and end it."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy.orm import Session

from experiments.domain import changes, rolling
from experiments.domain.access import Right
from experiments.domain.errors import DomainError
from experiments.domain.experiment import Experiment
from experiments.services import audit, changing
from experiments.services.actor import SYSTEM, Actor


def raise_roll_out(
    session: Session,
    actor: Actor,
    now: int,
    key: str,
    *,
    share: float,
    holdback: float,
    revision: int | None = None,
    reason: str = "",
) -> Experiment:
    """Give the winner to a larger share; the share may only rise and the holdback only fall."""
    actor.require(Right.DECIDE)
    before = changing.load(session, key, revision)
    after = changes.raise_roll_out(before, share, holdback)
    return changing.save(session, actor, now, "raise_roll_out", before, after, reason)


def end_roll_out(
    session: Session, actor: Actor, now: int, key: str, *, revision: int | None = None, reason: str = ""
) -> Experiment:
    """Stop answering for the test: the winner is part of the product, or it is taken back."""
    actor.require(Right.DECIDE)
    before = changing.load(session, key, revision)
    return changing.save(session, actor, now, "end_roll_out", before, changes.end_roll_out(before), reason)


def pause_roll_out(
    session: Session, actor: Actor, now: int, key: str, *, revision: int | None = None, reason: str = ""
) -> Experiment:
    """Stay at this share: who has the winner keeps it, and no step is taken until it is resumed."""
    return _moved(session, actor, now, key, "pause_roll_out", rolling.pause, revision, reason)


def resume_roll_out(
    session: Session, actor: Actor, now: int, key: str, *, revision: int | None = None, reason: str = ""
) -> Experiment:
    """Go on; the steps that are to come move by the time that was lost, and the guard starts anew."""
    return _moved(session, actor, now, key, "resume_roll_out", rolling.resume, revision, reason)


def roll_back(
    session: Session, actor: Actor, now: int, key: str, *, revision: int | None = None, reason: str = ""
) -> Experiment:
    """Show the control to everybody, within a minute; it can be restored."""
    return _moved(session, actor, now, key, "roll_back", rolling.roll_back, revision, reason)


def restore_roll_out(
    session: Session, actor: Actor, now: int, key: str, *, revision: int | None = None, reason: str = ""
) -> Experiment:
    """Undo a roll-back: the winner is shown to the share that had it, and the guard starts anew.

    Raises:
        DomainError: `required`, the guard found harm and no reason is given.
    """
    actor.require(Right.DECIDE)
    if not reason.strip() and _rolled_back_by_guard(session, key):
        raise DomainError("required", "reason is empty, must be given: the guard had found harm.", "reason")
    return _moved(session, actor, now, key, "restore_roll_out", rolling.restore, revision, reason)


def extend_holdback(
    session: Session, actor: Actor, now: int, key: str, *, days: int, revision: int | None = None, reason: str = ""
) -> Experiment:
    """Keep the holdback until a later read-out, with a reason.

    Raises:
        DomainError: the read-out is no later, its unit cannot be followed so long, or the reason is missing.
    """
    actor.require(Right.DECIDE)
    if not reason.strip():
        raise DomainError("required", "reason is empty, must be given: who is held back goes without longer.", "reason")

    def longer(experiment: Experiment, _now: int) -> Experiment:
        return rolling.extend(experiment, days)

    return _moved(session, actor, now, key, "extend_holdback", longer, revision, reason)


def _moved(
    session: Session,
    actor: Actor,
    now: int,
    key: str,
    action: str,
    change: Callable[[Experiment, int], Experiment],
    revision: int | None,
    reason: str,
) -> Experiment:
    actor.require(Right.DECIDE)
    before = changing.load(session, key, revision)
    return changing.save(session, actor, now, action, before, change(before, now), reason)


def _rolled_back_by_guard(session: Session, key: str) -> bool:
    deeds = audit.history(session, noun=changing.NOUN, key=key)
    last = next((deed for deed in deeds if deed.action == "roll_back"), None)
    return last is not None and last.who == SYSTEM.name
