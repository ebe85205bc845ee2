"""What a phase inherits from those before it: units that have seen another payload, audience or share already."""

from __future__ import annotations

from sqlalchemy.orm import Session

from experiments.decision.formats import count, percent
from experiments.domain.experiment import Experiment
from experiments.store.moments import MomentsRequest
from experiments.store.moments.others import seen_in_earlier_phases


def carry_over_note(session: Session, experiment: Experiment, exposed: int, request: MomentsRequest) -> tuple[str, ...]:
    """A sentence with the share of the phase's units that were in an earlier one; nothing in the first phase.

    Every phase draws anew, so that they are spread over all variants alike: they blur an effect and make none.
    """
    if experiment.phase.number == 1 or not exposed:
        return ()
    found = seen_in_earlier_phases(session, request)
    share = percent(found / exposed)
    return (
        f"Phase {experiment.phase.number}: {count(found)} of {count(exposed)} exposed units ({share}) were in an "
        "earlier phase. What they saw then can carry over, in all variants alike; phases are never pooled.",
    )
