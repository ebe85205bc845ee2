"""A second person's word before a test is launched or a winner is shipped."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from experiments.domain.access import Right
from experiments.domain.errors import ConflictError
from experiments.domain.rollout import RollOut


class Deed(StrEnum):
    """What may need a second person."""

    LAUNCH = "launch"
    SHIP = "ship"


#: Who may ask for it, and who may agree: the same right, held by two people.
RIGHT_FOR = {Deed.LAUNCH: Right.LAUNCH, Deed.SHIP: Right.DECIDE}


class ApprovalState(StrEnum):
    """open → approved, declined by somebody else, withdrawn by who asked, or void because the test changed."""

    OPEN = "open"
    APPROVED = "approved"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    VOID = "void"


@dataclass(frozen=True, slots=True)
class Policy:
    """For what this deployment wants two people; one suffices by default."""

    launch: bool = False
    ship: bool = False

    def wants_two(self, deed: Deed) -> bool:
        """Whether a second person must agree."""
        return self.launch if deed is Deed.LAUNCH else self.ship


@dataclass(frozen=True, slots=True)
class Approval:
    """One request and its answer.

    Args:
        experiment, name: key and name of the test.
        revision: of the test as it was asked for; a change of it makes the request void.
        rollout: what is to be shipped; None for a launch.
        asked_by, answered_by: addresses of people.
        asked_at, answered_at: µs UTC.
        reason, answer: words of both.
    """

    id: int
    experiment: str
    name: str
    deed: Deed
    revision: int
    rollout: RollOut | None
    asked_by: str
    asked_at: int
    reason: str
    state: ApprovalState = ApprovalState.OPEN
    answered_by: str | None = None
    answered_at: int | None = None
    answer: str = ""

    def covers(self, deed: Deed, revision: int, rollout: RollOut | None) -> bool:
        """Whether a second person agreed to exactly this."""
        same = (self.deed, self.revision) == (deed, revision) and what_of(self.rollout) == what_of(rollout)
        return self.state is ApprovalState.APPROVED and self.answered_by != self.asked_by and same


class NeedsSecondPersonError(ConflictError):
    """The deployment wants two people for this."""

    def __init__(self, deed: Deed) -> None:
        super().__init__(
            f"Here a second person must agree before somebody can {deed.value}: ask for approval.",
            code="needs_second_person",
        )


def what_of(rollout: RollOut | None) -> tuple[object, ...] | None:
    """What is shipped to whom, whenever it begins."""
    if rollout is None:
        return None
    steps = tuple(step.share for step in rollout.steps)
    more = (rollout.keep, rollout.last_read_out, rollout.on_harm)
    return (rollout.variant, rollout.share, rollout.holdback, steps, *more)
