"""One value in control and variant with everything that an interval, a test or a quotient needs."""

from __future__ import annotations

from dataclasses import dataclass, replace

from experiments.stats.cuped import pair_of
from experiments.stats.effect import Status
from experiments.stats.measure import Measure, estimate
from experiments.stats.moments import Moments
from experiments.stats.pair import Pair

# Below this size of the smaller group a mean is compared by Student's t with Welch's degrees of freedom.
SMALL = 200


@dataclass(frozen=True)
class Contrast:
    """Two values with their sampling variances.

    Attributes:
        status: ok; too_few below two units in a group; not_testable without a value or without any spread.
        control: value of the control, covariate-adjusted where covariates were used; None where there is none.
        variant: value of the variant, on the same footing.
        v_control: sampling variance of the control's value.
        v_variant: sampling variance of the variant's value.
        covariance: sampling covariance of the two values.
        dfs: degrees of freedom of the two variances in small groups; None for the normal.
        reduction: share of the effect's variance that covariates removed.
    """

    status: Status
    control: float | None
    variant: float | None
    v_control: float = 0.0
    v_variant: float = 0.0
    covariance: float = 0.0
    dfs: tuple[float, float] | None = None
    reduction: float = 0.0

    @property
    def delta(self) -> float | None:
        """Absolute effect; None where a value is missing."""
        return None if self.control is None or self.variant is None else self.variant - self.control

    @property
    def variance(self) -> float:
        """Sampling variance of the absolute effect."""
        return self.variance_against(1.0)

    def variance_against(self, factor: float) -> float:
        """Sampling variance of variant − factor · control."""
        linear = self.v_variant + factor**2 * self.v_control - 2 * factor * self.covariance
        return max(linear, 0.0)

    @property
    def df(self) -> float | None:
        """Welch's degrees of freedom of the absolute effect; None for the normal."""
        return self.df_against(1.0)

    def df_against(self, factor: float) -> float | None:
        """Welch's degrees of freedom of variant − factor · control; None for the normal."""
        if self.dfs is None:
            return None
        control, variant = factor**2 * self.v_control, self.v_variant
        return (control + variant) ** 2 / (control**2 / self.dfs[0] + variant**2 / self.dfs[1])


def contrast(measure: Measure, control: Moments, variant: Moments, *, small_sample: bool = True) -> Contrast:
    """Contrast of one measure, with unpooled variances and adjusted by its covariates.

    Args:
        measure: what is compared.
        control: moments of the control.
        variant: moments of the variant.
        small_sample: see `cuped.pair_of`.
    """
    a, b = estimate(measure, control), estimate(measure, variant)
    if min(control.n, variant.n) < 2:
        return Contrast(Status.TOO_FEW, a.value, b.value)
    if a.value is None or b.value is None:
        return Contrast(Status.NOT_TESTABLE, a.value, b.value)
    pair = pair_of([measure], control, variant, small_sample=small_sample)
    found = _of_pair(pair)
    if found.variance == 0:
        return Contrast(Status.NOT_TESTABLE, found.control, found.variant)
    if measure.kind == "rate" or min(control.n, variant.n) >= SMALL:
        return found
    lost = 1 + float(pair.fitted[0])
    return replace(found, dfs=(control.n - lost, variant.n - lost))


def _of_pair(pair: Pair) -> Contrast:
    return Contrast(
        Status.OK,
        float(pair.control[0]),
        float(pair.variant[0]),
        float(pair.v_control[0, 0]),
        float(pair.v_variant[0, 0]),
        float(pair.cross[0, 0]),
        reduction=float(pair.reduction[0]),
    )
