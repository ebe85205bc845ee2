"""What past tests say about the next one: the empirical-Bayes prior of a metric family."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Literal

from experiments.stats.meta import Heterogeneity, heterogeneity
from experiments.stats.result import Result

MINIMUM_TESTS = 10
STUDENT_TESTS = 50
STUDENT_DF = 3.0
DEFAULT_SD = 0.05


@dataclass(frozen=True)
class Prior(Result):
    """Distribution of true effects, on the scale of the effects (normally the relative lift).

    Attributes:
        mean: centre.
        sd: standard deviation; of the normal, or of a Student-t where `df` is given.
        df: degrees of freedom of a Student-t with the same standard deviation, above 2; None for the normal.
        source: "default" or "history".
        tests: number of past tests known.
        spread: the history's heterogeneity; None for the default.

    Raises:
        ValueError: where a field is out of its bounds.
    """

    mean: float = 0.0
    sd: float = DEFAULT_SD
    df: float | None = None
    source: Literal["default", "history"] = "default"
    tests: int = 0
    spread: Heterogeneity | None = None

    def __post_init__(self) -> None:
        """Refuse a spread that is none."""
        if not self.sd > 0:
            raise ValueError(f"sd == {self.sd}, must be > 0.")
        if self.df is not None and self.df <= 2:
            raise ValueError(f"df == {self.df}, must be > 2.")

    @property
    def scale(self) -> float:
        """Scale of the Student-t; the standard deviation for a normal."""
        return self.sd if self.df is None else self.sd * sqrt((self.df - 2) / self.df)


def empirical_prior(
    effects: Sequence[float],
    variances: Sequence[float],
    *,
    heavy_tails: bool = False,
    minimum: int = MINIMUM_TESTS,
) -> Prior:
    """Prior from all past tests of a metric family; N(0, 0.05²) while there are fewer than ten.

    Args:
        effects: estimates of every test ever started, not only of reported ones.
        variances: their sampling variances.
        heavy_tails: use a Student-t with 3 degrees of freedom, which shrinks true winners less; taken into account
            from 50 tests on, since fewer cannot show the tails.
        minimum: tests needed before the history replaces the default.

    Where the history shows no spread beyond noise (tau² = 0) the standard error of its mean is used, so that the next
    test can still move the answer.
    """
    if len(effects) < minimum:
        return Prior(tests=len(effects))
    spread = heterogeneity(effects, variances)
    sd = sqrt(spread.tau2) if spread.tau2 > 0 else spread.sd_mean
    df = STUDENT_DF if heavy_tails and len(effects) >= STUDENT_TESTS else None
    return Prior(spread.mean, sd, df, "history", len(effects), spread)
