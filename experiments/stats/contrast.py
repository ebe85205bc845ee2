"""One value in control and variant with everything that an interval, a test or a quotient needs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

from experiments.stats.cuped import pair_of
from experiments.stats.effect import Status
from experiments.stats.measure import Estimate, Measure, estimate
from experiments.stats.moments import Moments
from experiments.stats.pair import Pair
from experiments.stats.uneven import Evenness, evenness

# Below this size of the smaller group a mean is compared by Student's t with Welch's degrees of freedom.
SMALL = 200
# Values and standard errors beyond these sizes leave the numbers a computer has as soon as they are multiplied.
SMALLEST, LARGEST = 1e-60, 1e60


@dataclass(frozen=True)
class Contrast:
    """Two values with their sampling variances.

    Attributes:
        status: ok; too_few below two units in a group; not_testable without a value, without any spread, or with
            numbers so small or so large that nothing can be computed from them.
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


def contrast(
    measure: Measure,
    control: Moments,
    variant: Moments,
    *,
    small_sample: bool = True,
    estimates: tuple[Estimate, Estimate] | None = None,
) -> Contrast:
    """Contrast of one measure, with unpooled variances and adjusted by its covariates.

    Args:
        measure: what is compared.
        control: moments of the control.
        variant: moments of the variant.
        small_sample: see `cuped.pair_of`.
        estimates: of the measure in both groups, where the caller has them already.
    """
    a, b = estimates or (estimate(measure, control), estimate(measure, variant))
    if min(control.n, variant.n) < 2:
        return Contrast(Status.TOO_FEW, a.value, b.value)
    if a.value is None or b.value is None:
        return Contrast(Status.NOT_TESTABLE, a.value, b.value)
    if not (_within_reach(a) and _within_reach(b)):
        return Contrast(Status.NOT_TESTABLE, a.value, b.value)
    found, fitted = _found(measure, control, variant, a, b, small_sample)
    if found.variance == 0:
        return Contrast(Status.NOT_TESTABLE, found.control, found.variant)
    if measure.kind == "rate" or min(control.n, variant.n) >= SMALL:
        return found
    if measure.groups and measure.denominator is not None:
        return _of_groups(found, fitted, evenness(measure.denominator, control), evenness(measure.denominator, variant))
    return replace(found, dfs=(control.n - 1 - fitted, variant.n - 1 - fitted))


def _of_groups(found: Contrast, fitted: float, control: Evenness, variant: Evenness) -> Contrast:
    """The contrast with what uneven sizes take from variances and degrees of freedom."""
    dfs = (control.effective - 1 - fitted, variant.effective - 1 - fitted)
    if not (control.comparable and variant.comparable) or min(dfs) < 1:
        return Contrast(Status.NOT_TESTABLE, found.control, found.variant)
    return replace(found, v_control=found.v_control / control.left, v_variant=found.v_variant / variant.left, dfs=dfs)


def _within_reach(found: Estimate) -> bool:
    """Whether the value and its standard error are 0 or of a size that can be multiplied."""
    value, variance = abs(found.value or 0.0), found.variance or 0.0
    return (value == 0 or SMALLEST < value < LARGEST) and (variance == 0 or SMALLEST**2 < variance < LARGEST**2)


def _found(
    measure: Measure, control: Moments, variant: Moments, a: Estimate, b: Estimate, small_sample: bool
) -> tuple[Contrast, float]:
    """The two values, and how many covariates were fitted in each group."""
    if not measure.covariates:
        # Nothing to adjust: the estimates are the pair already, and thousands of reports are computed at once.
        return Contrast(Status.OK, a.value, b.value, a.variance or 0.0, b.variance or 0.0), 0.0
    return _adjusted(measure, _Same(control), _Same(variant), small_sample)


@dataclass(frozen=True, eq=False)
class _Same:
    """A group as a key of a cache: equal to itself only, which needs no look at its numbers."""

    group: Moments

    def __hash__(self) -> int:
        return id(self.group)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.group is other.group


# One report asks for the same contrast at several bars and on two scales. Moments never change and the cache keeps
# the groups of its keys alive, so that no other group can take their identity.
@lru_cache(maxsize=512)
def _adjusted(measure: Measure, control: _Same, variant: _Same, small_sample: bool) -> tuple[Contrast, float]:
    pair = pair_of([measure], control.group, variant.group, small_sample=small_sample)
    return _of_pair(pair), float(pair.fitted[0])


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
