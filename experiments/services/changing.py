"""What every change of an experiment shares: load it, check the revision, save it, write it down."""

from __future__ import annotations

from sqlalchemy.orm import Session

from experiments.domain.errors import NotFoundError
from experiments.domain.experiment import Experiment
from experiments.services import audit, describe
from experiments.services.actor import Actor
from experiments.store.catalogue import experiments

NOUN = "experiment"


def load(session: Session, key: str, revision: int | None = None) -> Experiment:
    """The experiment as it is.

    Args:
        revision: what the caller last saw; None = whatever it is now.

    Raises:
        NotFoundError: it does not exist.
        ConflictError: `stale`, it is no longer the revision the caller saw.
    """
    found = experiments.find(session, key)
    if found is None:
        raise NotFoundError(NOUN, key)
    if revision is not None and revision != found.revision:
        raise experiments.stale(found.key, revision)
    return found


def save(
    session: Session,
    actor: Actor,
    now: int,
    action: str,
    before: Experiment,
    after: Experiment,
    reason: str = "",
) -> Experiment:
    """Save a changed experiment and write it down; returns it with its new revision."""
    saved = experiments.save(session, after)
    audit.record(
        session,
        actor,
        now,
        action,
        NOUN,
        saved.key,
        before=describe.experiment(before),
        after=describe.experiment(saved),
        reason=reason,
    )
    return saved
