"""Results of planning one metric."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

from experiments.stats.result import Result

# A count that is whole up to rounding noise must not gain a unit when rounded up.
_NOISE = 1e-12


@dataclass(frozen=True)
class Arms(Result):
    """Whole units per arm, each rounded up.

    Attributes:
        control: units in the control.
        variant: units in each variant.
        total: units in all arms together.
    """

    control: int
    variant: int
    total: int

    @classmethod
    def of(cls, n_control: float, allocation: float, treatments: int) -> Arms:
        """Round an unrounded control size and its variants up, arm by arm."""
        control, variant = round_up(n_control), round_up(n_control * allocation)
        return cls(control, variant, control + treatments * variant)


@dataclass(frozen=True)
class SampleSize(Result):
    """Units that one test needs.

    Attributes:
        key: metric.
        n_control: unrounded units in the control.
        n_variant: unrounded units in each variant.
        arms: the same rounded up per arm, and the total.
        power: power at the rounded sizes.
        inflation: factor paid for planned looks, contained in all sizes.
        formula: name and text of the formula.
        assumptions: what must be true for the number to be true.
    """

    key: str
    n_control: float
    n_variant: float
    arms: Arms
    power: float
    inflation: float
    formula: str
    assumptions: tuple[str, ...]


@dataclass(frozen=True)
class Change(Result):
    """A change of a metric; `relative` is None where the baseline is zero."""

    absolute: float
    relative: float | None


@dataclass(frozen=True)
class MinimumEffect(Result):
    """Smallest true effects that a test of given size finds with the planned power.

    Attributes:
        key: metric.
        n_control: units in the control.
        up: smallest rise; None where no possible rise is large enough (a rate ends at 1).
        down: smallest fall (negative); None where no possible fall is large enough (a rate ends at 0).
        formula: name and text of the formula.
        assumptions: what must be true for the numbers to be true.
    """

    key: str
    n_control: float
    up: Change | None
    down: Change | None
    formula: str
    assumptions: tuple[str, ...]


@dataclass(frozen=True)
class SmallestMargin(Result):
    """Smallest margin that a guardrail of given size can rule out with the planned power.

    Attributes:
        key: metric.
        n_control: units in the control.
        margin: on the scale of the guardrail's margin; None where no margin can be ruled out at this size.
        margin_scale: "relative" or "absolute".
        formula: name and text of the formula.
        assumptions: what must be true for the number to be true.
    """

    key: str
    n_control: float
    margin: float | None
    margin_scale: str
    formula: str
    assumptions: tuple[str, ...]


def round_up(n: float) -> int:
    """Smallest whole number that is not below n, up to rounding noise."""
    return ceil(n * (1.0 - _NOISE))
