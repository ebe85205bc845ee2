"""What history says about a metric before a test: its value, its spread, and what covariates explain.

The history must come from the same eligibility filter and the same window as the metric of the test, and cover at
least four weeks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np

from experiments.stats.measure import Measure
from experiments.stats.moments import Moments
from experiments.stats.ratio import unit_weights
from experiments.stats.result import Result


@dataclass(frozen=True)
class Baseline(Result):
    """Inputs of a `GoalSpec` or `GuardrailSpec`, measured.

    Attributes:
        value: rate, mean or ratio.
        sd: standard deviation per unit, linearised for a ratio; None for a rate, where it follows from the value.
        r_squared: share of the variance that the measure's covariates explain; 0 without.
        n: units it was measured on.
    """

    value: float
    sd: float | None
    r_squared: float
    n: int


def baseline(measure: Measure, moments: Moments) -> Baseline:
    """Measure the planning inputs of one metric.

    Raises:
        ValueError: where there are under two units, no spread, or a ratio has no value.
    """
    if moments.n < 2:
        raise ValueError(f"n == {moments.n}, must be >= 2.")
    weights = _weights(measure, moments)
    scale = 1.0 if measure.denominator is None else moments.mean_of(measure.denominator)
    value = moments.mean_of(measure.column) / scale
    joint = moments.combine({"value": weights, **{x: {x: 1.0} for x in measure.covariates}})
    variance = joint.var_of("value")
    if variance <= 0:
        raise ValueError(f"variance of {measure.column} == {variance}, must be > 0.")
    sd = None if measure.kind == "rate" else sqrt(variance)
    return Baseline(value, sd, _explained(joint, measure.covariates) / variance, moments.n)


def correlations(measures: Sequence[Measure], moments: Moments) -> tuple[tuple[float, ...], ...]:
    """Correlation matrix of several metrics per unit, of what their covariates leave unexplained.

    It is what `joint_sample_size` takes: ratios are linearised, and adjusted metrics are correlated after adjustment.

    Raises:
        ValueError: where covariates differ between the measures, there are under two units, or a metric has no spread.
    """
    if len({measure.covariates for measure in measures}) > 1:
        raise ValueError("covariates differ between the measures; one vector must serve all of them.")
    if moments.n < 2:
        raise ValueError(f"n == {moments.n}, must be >= 2.")
    covariates = measures[0].covariates if measures else ()
    values = {f"value {i}": _weights(measure, moments) for i, measure in enumerate(measures)}
    joint = moments.combine({**values, **{x: {x: 1.0} for x in covariates}})
    k = len(measures)
    # lstsq and not solve: a covariate that never varies must explain nothing instead of failing.
    slopes = np.linalg.lstsq(joint.cov[k:, k:], joint.cov[k:, :k])[0]
    left = joint.cov[:k, :k] - joint.cov[:k, k:] @ slopes
    spread = np.diag(left)
    if (spread <= 0).any():
        raise ValueError(f"variance of {measures[int(np.argmin(spread))].column} == {spread.min()}, must be > 0.")
    found = np.clip(left / np.sqrt(np.outer(spread, spread)), -1.0, 1.0)
    np.fill_diagonal(found, 1.0)
    return tuple(tuple(row) for row in ((found + found.T) / 2).tolist())


def _weights(measure: Measure, moments: Moments) -> dict[str, float]:
    if measure.denominator is None:
        return {measure.column: 1.0}
    return unit_weights(measure.column, measure.denominator, moments)


def _explained(joint: Moments, covariates: tuple[str, ...]) -> float:
    if not covariates:
        return 0.0
    s_xx = joint.select(covariates).cov
    s_xy = np.array([joint.cov_of(x, "value") for x in covariates])
    # lstsq and not solve: a covariate that never varies must explain nothing instead of failing.
    return float(s_xy @ np.linalg.lstsq(s_xx, s_xy)[0])
