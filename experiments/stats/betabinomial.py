"""Two rates with Beta posteriors: chance that the variant is better, and what a wrong choice would cost."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import Literal

import numpy as np

from experiments.stats import normal
from experiments.stats.bayes import normal_losses
from experiments.stats.moments import Vector
from experiments.stats.normal import gauss_legendre
from experiments.stats.result import Result

Method = Literal["quadrature", "normal", "auto"]

# n p (1 − p) above which the posterior is near enough to a normal for display.
NORMAL_FROM = 50.0
_TAIL = 1e-16
# Panels follow the quantiles of both posteriors, so that a narrow one beside a wide one is still resolved.
_PANELS = (_TAIL, 1e-12, 1e-8, 1e-5, 1e-3, 0.02, 0.1, 0.3, 0.5)


@dataclass(frozen=True)
class RateComparison(Result):
    """Bayesian comparison of two rates.

    Attributes:
        chance_to_win: P(variant rate > control rate).
        loss_variant: expected loss of taking the variant, E[(p_c − p_t)+].
        loss_control: expected loss of keeping the control, E[(p_t − p_c)+].
        method: "quadrature" or "normal".
    """

    chance_to_win: float
    loss_variant: float
    loss_control: float
    method: Literal["quadrature", "normal"]


def compare_rates(
    n_control: int,
    x_control: float,
    n_variant: int,
    x_variant: float,
    a0: float = 1.0,
    b0: float = 1.0,
    method: Method = "auto",
) -> RateComparison:
    """Compare two rates with independent Beta(a0 + x, b0 + n − x) posteriors.

    Args:
        n_control: units in the control.
        x_control: units with the event in the control.
        n_variant: units in the variant.
        x_variant: units with the event in the variant.
        a0: prior events, above 0.
        b0: prior non-events, above 0.
        method: "quadrature" is exact to 1e-10; "normal" matches mean and variance; "auto" takes the normal where
            n p (1 − p) > 50 in both arms.

    Raises:
        ValueError: where a prior count is not above 0, or events are not within 0..n.
    """
    if a0 <= 0 or b0 <= 0:
        raise ValueError(f"a0 == {a0}, b0 == {b0}, must be > 0.")
    for n, x in ((n_control, x_control), (n_variant, x_variant)):
        if not 0 <= x <= n:
            raise ValueError(f"events == {x}, must be between 0 and n == {n}.")
    control = (a0 + x_control, b0 + n_control - x_control)
    variant = (a0 + x_variant, b0 + n_variant - x_variant)
    many = min(_information(n_control, x_control), _information(n_variant, x_variant)) > NORMAL_FROM
    if method == "normal" or (method == "auto" and many):
        return _by_normal(control, variant)
    return _by_quadrature(control, variant)


def _information(n: int, x: float) -> float:
    return x * (n - x) / n if n else 0.0


def _by_normal(control: tuple[float, float], variant: tuple[float, float]) -> RateComparison:
    (mean_c, var_c), (mean_t, var_t) = (_moments(*ab) for ab in (control, variant))
    delta, sd = mean_t - mean_c, sqrt(var_c + var_t)
    return RateComparison(normal.cdf(delta / sd), *normal_losses(delta, sd), "normal")


def _moments(a: float, b: float) -> tuple[float, float]:
    total = a + b
    return a / total, a * b / (total**2 * (total + 1))


def _by_quadrature(control: tuple[float, float], variant: tuple[float, float]) -> RateComparison:
    from scipy.special import betainc, betaincc

    angle, w = _grid(control, variant)
    x, jacobian = np.sin(angle) ** 2, np.sin(2 * angle)
    a, b = variant
    # In the angle the density is regular down to a = b = 1/2, where in x it is infinite at both ends.
    log_mass = (2 * a - 1) * np.log(np.sin(angle)) + (2 * b - 1) * np.log(np.cos(angle))
    mass = w * np.exp(log_mass - log_mass.max())
    # Divided by its own sum and not by the beta function, whose logarithm loses digits with 10^8 units.
    mass /= mass.sum()
    below_c, below_t = betainc(*control, x), betainc(*variant, x)
    above_c, above_t = betaincc(*control, x), betaincc(*variant, x)
    return RateComparison(
        chance_to_win=min(1.0, float(mass @ below_c)),
        loss_variant=float(w @ (jacobian * below_t * above_c)),
        loss_control=float(w @ (jacobian * below_c * above_t)),
        method="quadrature",
    )


def _grid(control: tuple[float, float], variant: tuple[float, float]) -> tuple[Vector, Vector]:
    """Angles θ with x = sin²θ, and their weights."""
    from scipy.special import betainccinv, betaincinv

    share = np.array(_PANELS)
    quantiles = [f(*ab, share) for ab in (control, variant) for f in (betaincinv, betainccinv)]
    edges = np.unique(np.arcsin(np.sqrt(np.concatenate(quantiles))))
    nodes, weights = gauss_legendre(24)
    half = np.diff(edges)[:, None] / 2
    return (half * nodes + (edges[:-1, None] + half)).ravel(), (half * weights).ravel()
