"""What a test is planned on: one goal, its guardrails, and the design they share."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from math import inf, isfinite
from typing import Literal, get_args

from experiments.stats.effect import Scale
from experiments.stats.measure import Kind
from experiments.stats.result import Result
from experiments.stats.sequential_design import inflation
from experiments.stats.spending import SpendingKind, check_level

Direction = Literal[1, -1]


@dataclass(frozen=True)
class GoalSpec(Result):
    """A metric that must be superior. Give the effect on one scale; below zero for a metric that should fall.

    Attributes:
        key: metric.
        kind: "rate", "mean" or "ratio".
        baseline: value in the control: a share, a mean per unit, or a ratio.
        sd: standard deviation per unit; for a ratio of the linearised value (num − r den)/mean(den). None for a rate.
        effect_relative: planned true effect as a share of the baseline, 0.05 = +5 %.
        effect_absolute: planned true effect in the metric's own unit.
        r_squared: share of the variance that covariates remove.
        one_of: number of goals of which one is enough; this one is then tested at alpha / one_of.

    Raises:
        ValueError: where a field is out of its bounds.
    """

    key: str
    kind: Kind
    baseline: float
    sd: float | None = None
    _: KW_ONLY
    effect_relative: float | None = None
    effect_absolute: float | None = None
    r_squared: float = 0.0
    one_of: int = 1

    def __post_init__(self) -> None:
        """Refuse values no test can be planned on."""
        _check_metric(self.kind, self.baseline, self.sd, self.r_squared)
        if (self.effect_relative is None) == (self.effect_absolute is None):
            raise ValueError(
                f"effect_relative == {self.effect_relative}, effect_absolute == {self.effect_absolute}: "
                "exactly one must be given."
            )
        if self.effect_relative is not None and self.baseline <= 0:
            raise ValueError(f"baseline == {self.baseline}, must be > 0 for a relative effect.")
        if not isfinite(self.effect) or self.effect == 0:
            raise ValueError(f"effect == {self.effect}, must be finite and not 0.")
        if self.one_of < 1:
            raise ValueError(f"one_of == {self.one_of}, must be >= 1.")
        _check_rate_at_truth(self.kind, self.baseline, self.effect, "effect")

    @property
    def effect(self) -> float:
        """Planned true effect in the metric's own unit."""
        if self.effect_absolute is not None:
            return self.effect_absolute
        assert self.effect_relative is not None
        return self.effect_relative * self.baseline


@dataclass(frozen=True)
class GuardrailSpec(Result):
    """A metric that must not be worse than its margin. There is no default margin.

    Attributes:
        key: metric.
        kind: "rate", "mean" or "ratio".
        baseline: value in the control.
        sd: standard deviation per unit, as in `GoalSpec`; None for a rate.
        margin: largest loss accepted, positive: a share of the baseline or an amount in the metric's unit.
        margin_scale: "relative" (tested in ratio form) or "absolute".
        expected_change: true change to plan with, signed, on the margin's scale; 0 = no change.
        direction: 1 where higher is better, −1 where lower is better.
        r_squared: share of the variance that covariates remove.

    Raises:
        ValueError: where a field is out of its bounds.
    """

    key: str
    kind: Kind
    baseline: float
    sd: float | None = None
    _: KW_ONLY
    margin: float
    margin_scale: Scale = "relative"
    expected_change: float = 0.0
    direction: Direction = 1
    r_squared: float = 0.0

    def __post_init__(self) -> None:
        """Refuse values no test can be planned on."""
        _check_metric(self.kind, self.baseline, self.sd, self.r_squared)
        if self.direction not in (1, -1):
            raise ValueError(f"direction == {self.direction}, must be 1 or -1.")
        self._check_margin()
        room = self.margin + self.direction * self.expected_change
        if not isfinite(room) or room <= 0:
            raise ValueError(
                f"expected_change == {self.expected_change}, must leave room inside the margin == {self.margin}."
            )
        _check_rate_at_truth(self.kind, self.baseline, self.change, "expected_change")

    def _check_margin(self) -> None:
        if self.margin_scale not in get_args(Scale):
            raise ValueError(f"margin_scale == {self.margin_scale!r}, must be relative or absolute.")
        if not (isfinite(self.margin) and self.margin > 0):
            raise ValueError(f"margin == {self.margin}, must be > 0.")
        if self.margin_scale == "relative" and self.margin >= 1:
            raise ValueError(f"margin == {self.margin}, must be between 0 and 1.")
        if self.margin_scale == "relative" and self.baseline <= 0:
            raise ValueError(f"baseline == {self.baseline}, must be > 0 for a relative margin.")

    @property
    def change(self) -> float:
        """Expected true change in the metric's own unit."""
        return self.expected_change * (self.baseline if self.margin_scale == "relative" else 1.0)


Spec = GoalSpec | GuardrailSpec


@dataclass(frozen=True)
class Design(Result):
    """What all tests of one plan share.

    Attributes:
        alpha: one-sided level of each test; goal and guardrails each keep all of it.
        power: chance to reach the wanted answer if the planned effects are true.
        allocation: units per variant over units in the control (kappa).
        variants: arms including the control; with k treatments each is tested at alpha / k.
        looks: planned looks, equally spaced, the last one included.
        spending: spending function of the looks.
        few: True where units are few, as agents are: power and sizes by Student's t; one look only.

    Raises:
        ValueError: where a field is out of its bounds.
    """

    alpha: float = 0.025
    power: float = 0.8
    allocation: float = 1.0
    variants: int = 2
    looks: int = 1
    spending: SpendingKind = "obf"
    few: bool = False

    def __post_init__(self) -> None:
        """Refuse values outside their bounds."""
        check_level(self.alpha)
        if not self.alpha < self.power < 1:
            raise ValueError(f"power == {self.power}, must be between alpha == {self.alpha} and 1.")
        if not (isfinite(self.allocation) and self.allocation > 0):
            raise ValueError(f"allocation == {self.allocation}, must be > 0.")
        if self.variants < 2:
            raise ValueError(f"variants == {self.variants}, must be >= 2.")
        if self.looks < 1:
            raise ValueError(f"looks == {self.looks}, must be >= 1.")
        if self.spending not in get_args(SpendingKind):
            raise ValueError(f"spending == {self.spending!r}, must be one of {get_args(SpendingKind)}.")
        if self.few and self.looks > 1:
            raise ValueError(f"looks == {self.looks}, must be 1 where units are few.")

    @property
    def treatments(self) -> int:
        """Arms without the control."""
        return self.variants - 1

    def level(self, one_of: int = 1) -> float:
        """One-sided level of one comparison with the control where `one_of` goals share alpha."""
        return self.alpha / (self.treatments * one_of)

    def inflation(self, one_of: int = 1) -> float:
        """Factor on the sample size for the planned looks."""
        return inflation(self.looks, self.level(one_of), self.power, self.spending)


def best_allocation(treatments: int) -> float:
    """Units per variant over units in the control that needs the fewest units in all: 1/√k.

    Raises:
        ValueError: where treatments is below 1.
    """
    if treatments < 1:
        raise ValueError(f"treatments == {treatments}, must be >= 1.")
    return float(treatments**-0.5)


def _check_metric(kind: str, baseline: float, sd: float | None, r_squared: float) -> None:
    if kind not in get_args(Kind):
        raise ValueError(f"kind == {kind!r}, must be rate, mean or ratio.")
    if not isfinite(baseline):
        raise ValueError(f"baseline == {baseline}, must be finite.")
    if kind == "rate" and not 0 < baseline < 1:
        raise ValueError(f"baseline == {baseline}, must be between 0 and 1 for a rate.")
    if kind == "rate" and sd is not None:
        raise ValueError(f"sd == {sd}, must not be given for a rate: it follows from the baseline.")
    if kind != "rate" and (sd is None or sd <= 0 or not 0 < sd * sd < inf):  # its square is what is reckoned with
        raise ValueError(f"sd == {sd}, must be > 0 for a {kind}.")
    if not 0 <= r_squared < 1:
        raise ValueError(f"r_squared == {r_squared}, must be at least 0 and below 1.")


def _check_rate_at_truth(kind: str, baseline: float, change: float, name: str) -> None:
    if kind == "rate" and not 0 < baseline + change < 1:
        raise ValueError(
            f"{name} == {change} takes the rate from {baseline} to {baseline + change}, must be between 0 and 1."
        )
