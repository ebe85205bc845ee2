"""The gate in front of a launch and a ship: open where one person suffices, or a second one agreed to this.

`services/launch` and `services/decide` ask it; it knows neither of them.
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from experiments.domain.approval import Deed, NeedsSecondPersonError
from experiments.domain.experiment import Experiment
from experiments.domain.rollout import RollOut
from experiments.services.actor import SYSTEM, Actor
from experiments.services.approvals.policy import policy_of
from experiments.store.catalogue import approvals


def check(session: Session, actor: Actor, experiment: Experiment, deed: Deed, rollout: RollOut | None = None) -> None:
    """Raise NeedsSecondPersonError where nobody but one person wants it; the product's own demo needs no second one."""
    if actor == SYSTEM or not policy_of(session).wants_two(deed):
        return
    found = approvals.every(session, experiment.key)
    if not any(each.covers(deed, experiment.revision, rollout) for each in found):
        raise NeedsSecondPersonError(deed)
