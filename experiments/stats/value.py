"""What running a test is worth before it is run: expected gain, assurance, and value of the information.

The true effect per unit has a normal prior; the test will measure it with a known standard error.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import expm1, isfinite, log, sqrt

from experiments.stats import normal
from experiments.stats.normal import upper_quantile
from experiments.stats.result import Result

CRITICAL = upper_quantile(0.025)


@dataclass(frozen=True)
class TestValue(Result):
    """Value of one test per unit of the effect's scale.

    Attributes:
        expected_gain: E[gain] if the variant ships whenever its posterior mean is above 0.
        evsi: what the test adds to deciding now, expected_gain − max(prior mean, 0).
        evpi: what knowing the truth would add; no test can add more.
        rule_gain: E[gain] if the variant ships whenever z passes the critical value.
        assurance: chance that z passes it.
    """

    __test__ = False

    expected_gain: float
    evsi: float
    evpi: float
    rule_gain: float
    assurance: float


def value_of_test(
    prior_mean: float, prior_sd: float, test_se: float, critical: float = CRITICAL, pass_chance: float = 1.0
) -> TestValue:
    """Expected gain, EVSI and assurance of a test.

    Args:
        prior_mean: expected true effect, gains positive.
        prior_sd: standard deviation of true effects, above 0; show the answer at half and twice of it too.
        test_se: standard error that the test will have, above 0.
        critical: z that the goal must pass.
        pass_chance: chance that the guardrails pass, taken as independent of the goal; multiplies the rule's gain and
            assurance.

    Raises:
        ValueError: where a standard deviation or error is not above 0, or pass_chance not within 0..1.
    """
    if not (prior_sd > 0 and test_se > 0 and isfinite(prior_mean)):
        raise ValueError(f"prior_sd == {prior_sd}, test_se == {test_se}, must be > 0.")
    if not 0 <= pass_chance <= 1:
        raise ValueError(f"pass_chance == {pass_chance}, must be between 0 and 1.")
    spread = sqrt(prior_sd**2 + test_se**2)
    preposterior = prior_sd**2 / spread
    gain = expected_positive(prior_mean, preposterior)
    ahead = (prior_mean - critical * test_se) / spread
    now = max(prior_mean, 0.0)
    return TestValue(
        expected_gain=gain,
        evsi=gain - now,
        evpi=expected_positive(prior_mean, prior_sd) - now,
        rule_gain=pass_chance * (prior_mean * normal.cdf(ahead) + preposterior * normal.pdf(ahead)),
        assurance=pass_chance * normal.cdf(ahead),
    )


def expected_positive(mean: float, sd: float) -> float:
    """E[max(X, 0)] of a normal X."""
    return mean * normal.cdf(mean / sd) + sd * normal.pdf(mean / sd)


def effective_weeks(horizon_weeks: float, half_life_weeks: float | None = None) -> float:
    """Weeks at full effect that a horizon is worth when the effect halves every `half_life_weeks`.

    Args:
        horizon_weeks: weeks that are looked ahead.
        half_life_weeks: weeks after which half of the effect is left; None where it does not fade.

    Raises:
        ValueError: where the horizon is below 0, or the half-life not above 0.
    """
    if horizon_weeks < 0:
        raise ValueError(f"horizon_weeks == {horizon_weeks}, must be >= 0.")
    if half_life_weeks is None:
        return horizon_weeks
    if half_life_weeks <= 0:
        raise ValueError(f"half_life_weeks == {half_life_weeks}, must be > 0.")
    return half_life_weeks / log(2) * -expm1(-log(2) * horizon_weeks / half_life_weeks)
