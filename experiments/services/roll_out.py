"""A shipped winner: let it grow, and end it."""

from __future__ import annotations

from sqlalchemy.orm import Session

from experiments.domain import changes
from experiments.domain.access import Right
from experiments.domain.experiment import Experiment
from experiments.services import changing
from experiments.services.actor import Actor


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
