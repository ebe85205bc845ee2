"""The answer to "what can this test find?", ready for terminal, page and JSON."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Amount:
    """A change or a margin in every form.

    Args:
        absolute: in the metric's own unit.
        relative: share of the baseline; None where the baseline is not above 0.
        per_1000: events or amount per 1,000 units.
    """

    absolute: float
    relative: float | None
    per_1000: float


@dataclass(frozen=True, slots=True)
class ReachLine:
    """What one metric can show at the given size.

    Args:
        planned: effect of a goal or margin of a guardrail as stated; None where it was the question.
        smallest_rise, smallest_fall: smallest true changes of a goal that are found with the wanted power; None where
            a rate has no room for one.
        smallest_margin: smallest margin of a guardrail that is ruled out with the wanted power; None where none is.
        power: chance of this part with what is planned; None where nothing is stated.
        formula, assumptions: what the numbers rest on.
    """

    key: str
    role: Literal["goal", "guardrail"]
    baseline: float
    planned: Amount | None
    smallest_rise: Amount | None
    smallest_fall: Amount | None
    smallest_margin: Amount | None
    power: float | None
    formula: str
    assumptions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReachOutcome:
    """What the whole test can show.

    Args:
        units_control, units_total: mature units of the control, and of all variants together.
        weeks: weeks of enrolment that bring them, where these were given.
        joint_power: chance of the whole rule; None unless every part states its effect or margin.
        binding: key of the part with the least power; None where the joint power is.
        alpha: one-sided; power: wanted for each smallest effect and margin.
    """

    units_control: float
    units_total: float
    weeks: int | None
    lines: tuple[ReachLine, ...]
    joint_power: float | None
    binding: str | None
    formula: str
    assumptions: tuple[str, ...]
    alpha: float
    power: float

    def line(self, key: str) -> ReachLine:
        """The line of one metric."""
        return next(line for line in self.lines if line.key == key)

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready form."""
        return asdict(self)
