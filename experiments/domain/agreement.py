"""What was agreed about a metric: the accepted loss, the value aimed at, by whom, why, and until when."""

from __future__ import annotations

from dataclasses import dataclass

from experiments.domain.checks import TEXT_MAX, check_key, check_range, check_text, check_unique, parse_day
from experiments.domain.errors import DomainError
from experiments.domain.metric import Margin

MAX_TARGET = 1e15


@dataclass(frozen=True, slots=True)
class Agreement:
    """One agreement; a later one of the same metric takes its place, and none is ever changed.

    A target never stands alone: it names the metrics that must not be lost on the way to it. It is of the metric as a
    whole; there is no place for a person, an agent or a team in it.

    Args:
        success: what success is, in words.
        margin: the loss that a test may accept where the metric is a guardrail.
        target: the value aimed at, in the metric's own number: a share for a rate, minor units for money.
        guardrails: keys of the metrics beside which the target is shown.
        agreed_by: who agreed, as people are called.
        agreed_on, review_on: ISO dates; the review lies after the agreement.
        ended: True where it was agreed that nothing holds any more.
    """

    metric: str
    reason: str
    agreed_by: str
    agreed_on: str
    review_on: str
    success: str = ""
    margin: Margin | None = None
    target: float | None = None
    guardrails: tuple[str, ...] = ()
    ended: bool = False

    def __post_init__(self) -> None:
        """Check every bound."""
        check_key(self.metric, "goal.metric")
        for name, required in (("reason", True), ("success", False)):
            text = check_text(getattr(self, name), f"goal.{name}", at_most=TEXT_MAX, required=required)
            object.__setattr__(self, name, text)
        object.__setattr__(self, "agreed_by", check_text(self.agreed_by, "goal.agreed_by"))
        agreed, review = parse_day(self.agreed_on, "goal.agreed_on"), parse_day(self.review_on, "goal.review_on")
        if review <= agreed:
            message = f"goal.review_on == {self.review_on}, must be after {self.agreed_on}, the day of the agreement."
            raise DomainError("out_of_range", message, "goal.review_on")
        self._check_target()
        if self.ended != (self.margin is None and self.target is None):
            wanted = "an ended one has neither" if self.ended else "an agreement needs one of them"
            raise DomainError("bad_goal", f"goal.margin or a target: {wanted}.", "goal.margin")

    def _check_target(self) -> None:
        for key in self.guardrails:
            check_key(key, "goal.guardrails")
        check_unique(self.guardrails, "goal.guardrails")
        if self.metric in self.guardrails:
            message = f"goal.guardrails holds {self.metric!r}, must be other metrics."
            raise DomainError("bad_goal", message, "goal.guardrails")
        if self.target is None:
            return
        check_range(self.target, "goal.target", low=-MAX_TARGET, high=MAX_TARGET)
        if not self.guardrails:
            message = "goal.guardrails is empty, a target needs at least one guardrail beside it."
            raise DomainError("required", message, "goal.guardrails")

    def overdue(self, today: str) -> bool:
        """Whether the review has passed on a day (ISO date)."""
        return not self.ended and self.review_on < today
