"""From moments to figures at the bar of a look."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from experiments.decision.gross_to_net.figures import Bar, Figure, FigureStatus
from experiments.stats.effect import Effect, Status
from experiments.stats.moments import Matrix, Moments, Vector
from experiments.stats.net import combined, effect_vector
from experiments.stats.tails import critical_value, tail_of, two_sided_p

_STATUS: dict[Status, FigureStatus] = {
    Status.OK: "ok",
    Status.TOO_FEW: "too_few",
    Status.UNBOUNDED: "unbounded",
    Status.NOT_TESTABLE: "not_testable",
}
NOTHING: Figure = Figure(None, None, None, "not_measured")


def critical_of(bar: Bar) -> float:
    """Half-width of the bar's intervals in standard errors."""
    return critical_value(tail_of(bar.level), None, bar.critical)


def alpha_of(bar: Bar) -> float:
    """Two-sided error probability that the bar's intervals spend at this look."""
    return two_sided_p(critical_of(bar))


def vector(
    columns: Sequence[str], groups: tuple[Moments, Moments], covariates: Sequence[str]
) -> tuple[Vector, Matrix] | None:
    """Effects of columns per unit with their covariance; None where an arm has fewer than two units."""
    if min(group.n for group in groups) < 2:
        return None
    used = tuple(name for name in covariates if name in groups[0].columns)
    return effect_vector(columns, *groups, used)


def figure_of(effect: Effect, scale: float = 1.0) -> Figure:
    """An effect as a figure, on another scale."""
    numbers = (effect.point, effect.lo, effect.hi, effect.se, effect.control, effect.variant)
    point, lo, hi, se, control, variant = (None if number is None else scale * number for number in numbers)
    return Figure(point, lo, hi, _STATUS[effect.status], se, effect.p, control, variant)


def linear(weights: Sequence[float], delta: Vector, sigma: Matrix, bar: Bar, scale: float = 1.0) -> Figure:
    """Weighted sum of effects."""
    return figure_of(combined(weights, delta, sigma, bar.critical, bar.level), scale)


def direction_of(figure: Figure) -> Literal[-1, 0, 1]:
    """1 where the whole interval is above 0, −1 where it is below, else 0."""
    if figure.lo is not None and figure.lo > 0:
        return 1
    return -1 if figure.hi is not None and figure.hi < 0 else 0
