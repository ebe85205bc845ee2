"""What follows a decision to ship: who gets the winner when, and who is kept from it to see what it does later."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from experiments.domain.checks import check_key, check_range
from experiments.domain.errors import DomainError

MAX_HOLDBACK = 0.5
DEFAULT_HOLDBACK = 0.05
DAY = 86_400_000_000
#: Days after a unit's first exposure at which a holdback is read out.
READ_OUTS = (30, 90, 180, 365, 730)
#: Units that enter within so many days after the last step are followed through every read-out.
ENTRY_DAYS = 28
MAX_GUARD_DAYS = 28
MAX_STEPS = 10


class OnHarm(StrEnum):
    """What the guard does by itself where it finds harm."""

    ROLL_BACK = "roll_back"
    PAUSE = "pause"


class ReadAs(StrEnum):
    """How the read-outs of a holdback are read: sharing one error rate, or as a description without any verdict."""

    SPENDING = "spending"
    DESCRIPTIVE = "descriptive"


class RollOutState(StrEnum):
    """Whether a roll-out goes on."""

    GOING = "going"
    PAUSED = "paused"
    ROLLED_BACK = "rolled_back"


@dataclass(frozen=True, slots=True)
class Step:
    """A larger share, and the earliest instant (µs) at which it is reached."""

    share: float
    earliest: int

    def __post_init__(self) -> None:
        """Check every bound."""
        check_range(self.share, "rollout.steps.share", low=0, high=1, open_low=True)


@dataclass(frozen=True, slots=True)
class RollOut:
    """A shipped winner: share of units that get it, and the share of the control's hash range never treated.

    Args:
        share: of all units, now.
        started_at: µs; None before it is decided. Instants below are set when it begins.
        steps: what follows, rising in share and at least a day apart; the worker takes them.
        keep: whether units enrolled in the test keep their variant until its windows close.
        keep_until: µs; None where nobody is kept (any more).
        last_read_out: days, one of READ_OUTS; the holdback ends by itself once it is due. None = the first that fits.
        read_as: whether read-outs share one error rate, or only describe.
        holdback_until: µs at which the holdback ends by itself.
        on_harm: what the guard does by itself.
        guard_days: days after first exposure that the guard counts; short, so that it speaks early.
        guard_since: µs from which on the guard counts units; a roll-out that was restored starts anew.
        state: going, paused or rolled back.
        halted_at: µs at which it was paused or rolled back.
    """

    variant: str
    share: float = 1.0
    holdback: float = DEFAULT_HOLDBACK
    started_at: int | None = None
    steps: tuple[Step, ...] = ()
    keep: bool = True
    keep_until: int | None = None
    last_read_out: int | None = None
    holdback_until: int | None = None
    read_as: ReadAs = ReadAs.SPENDING
    on_harm: OnHarm = OnHarm.ROLL_BACK
    guard_days: int = 3
    guard_since: int | None = None
    state: RollOutState = RollOutState.GOING
    halted_at: int | None = None

    def __post_init__(self) -> None:
        """Check every bound."""
        check_key(self.variant, "rollout.variant")
        check_range(self.share, "rollout.share", low=0, high=1, open_low=True)
        check_range(self.holdback, "rollout.holdback", low=0, high=MAX_HOLDBACK)
        check_range(self.guard_days, "rollout.guard_days", low=1, high=MAX_GUARD_DAYS)
        if self.last_read_out is not None and self.last_read_out not in READ_OUTS:
            raise DomainError(
                "unknown_choice",
                f"rollout.last_read_out == {self.last_read_out}, must be one of {', '.join(map(str, READ_OUTS))}.",
                "rollout.last_read_out",
            )
        self._check_steps()

    def _check_steps(self) -> None:
        if len(self.steps) > MAX_STEPS:
            raise _bad(f"rollout.steps holds {len(self.steps)}, must hold at most {MAX_STEPS}.")
        if self.next_step is not None and self.holdback == 0:
            raise DomainError(
                "out_of_range",
                "rollout.holdback == 0, must be > 0 with steps: they are guarded by comparing with the held back.",
                "rollout.holdback",
            )
        for before, after in zip(self.steps, self.steps[1:], strict=False):
            if after.share <= before.share:
                raise _bad(f"rollout.steps: {after.share:g} follows {before.share:g}, shares must rise.")
            if after.earliest < before.earliest + DAY:
                raise _bad("rollout.steps must lie at least a day apart, so that each can be looked at.")

    @property
    def next_step(self) -> Step | None:
        """The step that is to come."""
        return next((step for step in self.steps if step.share > self.share), None)

    @property
    def live(self) -> bool:
        """Whether anybody gets the winner through it."""
        return self.state is not RollOutState.ROLLED_BACK

    @property
    def keeping(self) -> bool:
        """Whether enrolled units keep the variant of the test now."""
        return self.keep_until is not None and self.live

    @property
    def entry_until(self) -> int | None:
        """µs until which units enter the cohort of the read-outs; None before it began."""
        if self.started_at is None:
            return None
        last = max((step.earliest for step in self.steps), default=0)
        return max(self.started_at, self.keep_until or 0, last) + ENTRY_DAYS * DAY

    def read_out_at(self, days: int) -> int | None:
        """µs at which the whole cohort is so many days old; None before the roll-out began."""
        entered = self.entry_until
        return None if entered is None else entered + days * DAY


def _bad(message: str) -> DomainError:
    return DomainError("bad_rollout", message, "rollout.steps")
