"""What is measured, and its value with sampling variance in one group."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from experiments.stats.effect import Status
from experiments.stats.moments import Moments
from experiments.stats.ratio import ratio_of, unit_weights

# Sums of 0/1 values may leave a mean this far outside 0..1.
ROUNDING = 1e-9

Kind = Literal["rate", "mean", "ratio"]


@dataclass(frozen=True)
class Measure:
    """Names the columns of one measure.

    Attributes:
        kind: "rate" (0/1 column), "mean" (any column) or "ratio" (sum of column / sum of denominator).
        column: the numerator of a ratio, else the column itself.
        denominator: only for a ratio.
        covariates: columns known before exposure, used to reduce the variance.
        groups: True for a ratio where a unit is a group of members, such as an agent with contacts: units are few and
            of uneven size, see `uneven`.

    Raises:
        ValueError: where kind and denominator do not fit.
    """

    kind: Kind
    column: str
    denominator: str | None = None
    covariates: tuple[str, ...] = ()
    groups: bool = False

    def __post_init__(self) -> None:
        """Refuse a ratio without denominator and a denominator without ratio."""
        if self.kind not in ("rate", "mean", "ratio"):
            raise ValueError(f"kind == {self.kind!r}, must be rate, mean or ratio.")
        if (self.kind == "ratio") != (self.denominator is not None):
            raise ValueError(f"denominator == {self.denominator!r}, must be given for a ratio and only then.")

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns that the measure reads, each once."""
        named = (self.column, *((self.denominator,) if self.denominator else ()), *self.covariates)
        return tuple(dict.fromkeys(named))


@dataclass(frozen=True)
class Estimate:
    """Value of a measure in one group, without covariates.

    Attributes:
        status: ok; too_few where n is too small for a variance; not_testable where there is no value.
        value: rate, mean or ratio; None where n == 0 or the denominator sums to zero.
        variance: sampling variance V of the value; None where there is no value or n < 2.
        n: number of units.
        events: number of units with the event, for a rate; else None.
    """

    status: Status
    value: float | None
    variance: float | None
    n: int
    events: float | None = None


def estimate(measure: Measure, moments: Moments) -> Estimate:
    """Value and sampling variance of a measure in one group.

    A rate has variance p(1 − p)/n; a mean S²/n; a ratio of sums the delta method linearised per unit:
    [S_nn − 2 r S_nd + r² S_dd] / (n dbar²).

    Raises:
        KeyError: where the moments lack a column.
        ValueError: where the column of a rate has a mean outside 0..1.
    """
    if moments.n == 0:
        return Estimate(Status.TOO_FEW, None, None, 0, 0.0 if measure.kind == "rate" else None)
    if measure.kind == "rate":
        return _rate(moments.mean_of(measure.column), moments.n)
    if measure.denominator is not None:
        return _ratio(measure.column, measure.denominator, moments)
    mean = moments.mean_of(measure.column)
    if moments.n < 2:
        return Estimate(Status.TOO_FEW, mean, None, moments.n)
    return Estimate(Status.OK, mean, moments.var_of(measure.column) / moments.n, moments.n)


def _rate(mean: float, n: int) -> Estimate:
    if not -ROUNDING <= mean <= 1 + ROUNDING:
        raise ValueError(f"rate == {mean}, must be between 0 and 1.")
    share = min(max(mean, 0.0), 1.0)
    # p(1 − p) and not the ddof-1 variance: the two differ by 1/(2n), and counts must give what rows give.
    return Estimate(Status.OK, share, share * (1 - share) / n, n, round(share * n, 6))


def _ratio(numerator: str, denominator: str, moments: Moments) -> Estimate:
    value = ratio_of(numerator, denominator, moments)
    if value is None:
        return Estimate(Status.NOT_TESTABLE, None, None, moments.n)
    if moments.n < 2:
        return Estimate(Status.TOO_FEW, value, None, moments.n)
    linear = moments.combine({"unit": unit_weights(numerator, denominator, moments)})
    return Estimate(Status.OK, value, linear.var_of("unit") / moments.n, moments.n)
