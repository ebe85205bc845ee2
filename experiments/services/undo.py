"""Take a decision back while it is fresh: the test is stopped again, as if nobody had decided."""

from __future__ import annotations

from sqlalchemy.orm import Session

from experiments.domain import changes
from experiments.domain.access import Right
from experiments.domain.errors import ConflictError
from experiments.domain.experiment import Experiment, Status
from experiments.services import changing
from experiments.services.actor import Actor
from experiments.services.clock import SECOND
from experiments.services.learn.drafts import take_back_draft
from experiments.store.catalogue import decisions
from experiments.store.catalogue.decisions import Decided

__all__ = ["UNDO_FOR", "Decided", "final_at", "is_fresh", "standing", "undo_decision"]

#: µs after which a decision is final: long enough to see a slip, short enough that few units have seen the winner.
UNDO_FOR = 60 * SECOND


def standing(session: Session, experiment: Experiment) -> Decided | None:
    """The decision that holds; None where the test is not decided."""
    if experiment.status not in (Status.DECIDED, Status.ARCHIVED):
        return None
    made = [each for each in decisions.all_of(session, experiment.key) if each.undone_at is None]
    return made[-1] if made else None


def final_at(decided: Decided) -> int:
    """When a decision becomes final, µs UTC."""
    return decided.at + UNDO_FOR


def is_fresh(decided: Decided, now: int) -> bool:
    """Whether a decision can still be taken back at `now`."""
    return 0 <= now - decided.at < UNDO_FOR


def undo_decision(
    session: Session, actor: Actor, now: int, key: str, *, revision: int | None = None, reason: str = ""
) -> Experiment:
    """The stopped test as it was before its decision; the decision stays on record as taken back.

    The learning that the decision drafted is taken back with it, unless somebody has touched it.

    What SDKs fetch is made from the test's state, so it is at once what it was before the decision.

    Raises:
        ConflictError: the test is not decided (`bad_transition`), or the decision is final (`final`).
    """
    actor.require(Right.DECIDE)
    before = changing.load(session, key, revision)
    after = changes.undo_decision(before)
    made = standing(session, before)
    if made is None or not is_fresh(made, now):
        raise ConflictError(
            f"The decision is final: it could be taken back for {UNDO_FOR // SECOND} seconds.", "status", code="final"
        )
    decisions.mark_undone(session, made.id, now, actor.name)
    undone = changing.save(session, actor, now, "undo_decision", before, after, reason)
    take_back_draft(session, actor, now, key, made.at)
    return undone
