"""Which moment of the plan an analysis stands at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from experiments.decision.heads import LookHead
from experiments.domain.errors import DomainError
from experiments.domain.plan import Spending


@dataclass(frozen=True)
class Looks:
    """The planned looks, and the one taken now.

    Attributes:
        planned: information fractions of all planned looks, ascending, the last one 1; one entry = fixed sample.
        number: the look taken now, counted from 1; between looks the last one taken, None before the first.
        reached: information fractions at the looks taken so far, this one included, where they differ from the plan.
        information: share of the planned information collected now, for the progress bar.
        spending: how the error probability is spent over the looks.
        is_look: False between looks.
        final: the last look; what is left of the error probability is spent.
        next_at: date of the next look, ISO 8601.
        cut_short: True where the test was stopped in an earlier week than planned.

    Raises:
        DomainError: where fractions do not ascend or the number does not fit the plan.
    """

    planned: tuple[float, ...] = (1.0,)
    number: int | None = 1
    reached: tuple[float, ...] = ()
    information: float | None = None
    spending: Spending = Spending.OBRIEN_FLEMING
    is_look: bool = True
    final: bool = True
    next_at: str | None = None
    cut_short: bool = False

    def __post_init__(self) -> None:
        """Check that the fractions and the number can be looks of one plan."""
        _check_ascending(self.planned, "looks.planned")
        _check_ascending(self.reached, "looks.reached")
        if not self.planned or self.planned[-1] != 1.0:
            raise DomainError("out_of_range", f"looks.planned == {self.planned}, must end with 1.", "looks.planned")
        if self.is_look and self.number is None:
            raise DomainError("required", "looks.number is empty, a look needs its number.", "looks.number")
        if self.number is not None and not 1 <= self.number <= len(self.planned):
            raise DomainError(
                "out_of_range",
                f"looks.number == {self.number}, must be between 1 and {len(self.planned)}.",
                "looks.number",
            )
        if self.is_look and self.reached and len(self.reached) != self.number:
            raise DomainError(
                "out_of_range",
                f"looks.reached has {len(self.reached)} entries, must have looks.number == {self.number}.",
                "looks.reached",
            )

    @property
    def sequential(self) -> bool:
        """True where more than one look was planned."""
        return len(self.planned) > 1

    @property
    def closing(self) -> bool:
        """True at the last look, and at any look that has collected all planned information."""
        full = bool(self.reached) and self.reached[-1] >= 1
        return self.is_look and (self.final or full)

    @property
    def taken(self) -> tuple[float, ...]:
        """Information fractions of the looks so far, this one included."""
        return self.reached or self.planned[: self.number or 0]

    def head(self) -> LookHead:
        """What the report says about the look."""
        information = self.information
        if information is None and self.is_look:
            information = self.taken[-1]
        next_at = None if self.closing else self.next_at
        return LookHead(self.number, len(self.planned), information, self.is_look, self.closing, next_at)


def _check_ascending(fractions: Sequence[float], field: str) -> None:
    pairs = zip((0.0, *fractions), fractions, strict=False)
    if any(not before < after for before, after in pairs):
        raise DomainError("out_of_range", f"{field} == {tuple(fractions)}, must be above 0 and ascend.", field)
