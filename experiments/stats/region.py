"""Joint confidence regions of two effects, as polygons to draw.

On the absolute scale the region is an ellipse. On the relative scale it is Fieller's: all pairs of lifts that are not
rejected together, so that the picture rests on the same numbers as the intervals beside it. Regions are for display:
a joint rule tests each part by itself, and the joint region is wider than the two intervals.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from experiments.stats.cuped import pair_of
from experiments.stats.effect import Status
from experiments.stats.measure import Measure, estimate
from experiments.stats.moments import Matrix, Moments, Vector
from experiments.stats.pair import Pair

Polygon = list[list[float]]
LEVELS = (0.5, 0.8, 0.95)
CORNERS = 72
# A relative region that reaches further than this many delta-method standard errors counts as unbounded.
FURTHEST = 1e4
# A corner is found when its distance is right to this share; Illinois steps double the digits, so few are needed.
PRECISE = 1e-13
STEPS = 40


@dataclass(frozen=True)
class Ellipse:
    """Confidence ellipse of two effects.

    Attributes:
        centre: the two effects.
        semi_axes: half lengths, the longer first.
        angle: direction of the longer axis in radians, 0 <= angle < π, from the first effect's axis.
        level: joint confidence level.
    """

    centre: tuple[float, float]
    semi_axes: tuple[float, float]
    angle: float
    level: float

    def polygon(self, corners: int = CORNERS) -> Polygon:
        """Corners of the outline, counter-clockwise; the first is not repeated."""
        turn = 2 * np.pi * np.arange(corners) / corners
        along, across = self.semi_axes[0] * np.cos(turn), self.semi_axes[1] * np.sin(turn)
        c, s = math.cos(self.angle), math.sin(self.angle)
        x = self.centre[0] + along * c - across * s
        y = self.centre[1] + along * s + across * c
        corners_xy: Polygon = np.column_stack((x, y)).tolist()
        return corners_xy


@dataclass(frozen=True)
class Plane:
    """Two relative effects together.

    Attributes:
        status: ok; unbounded where a control cannot be told from zero at some level; else why there is nothing.
        point: the two relative effects; None where there is nothing or a control is not positive.
        correlation: of the two estimates (delta method); None where there is no point.
        regions: level as text -> corners; a level whose region has no bound is left out.
    """

    status: Status
    point: tuple[float, float] | None
    correlation: float | None
    regions: dict[str, Polygon]


def chi2_quantile(level: float) -> float:
    """Quantile of chi-square with two degrees of freedom.

    Raises:
        ValueError: where level is not inside (0, 1).
    """
    if not 0 < level < 1:
        raise ValueError(f"level == {level}, must be between 0 and 1.")
    return -2 * math.log1p(-level)


def ellipse(delta: npt.ArrayLike, sigma: npt.ArrayLike, level: float = 0.95) -> Ellipse:
    """Region (d − δ)' Σ⁻¹ (d − δ) <= χ²_2 of two effects δ with covariance Σ.

    Raises:
        ValueError: where shapes do not fit, Σ is not positive definite or level is out of range.
    """
    d, s = _two(delta, sigma)
    sizes, axes = np.linalg.eigh(s)
    radius = chi2_quantile(level)
    shorter, longer = (math.sqrt(radius * float(size)) for size in sizes)
    angle = math.atan2(axes[1, 1], axes[0, 1]) % math.pi
    return Ellipse((float(d[0]), float(d[1])), (longer, shorter), angle, level)


def joint_test(delta: npt.ArrayLike, sigma: npt.ArrayLike) -> tuple[float, float]:
    """Squared Mahalanobis distance of "no effect on either" and its p-value (chi-square, two degrees of freedom)."""
    d, s = _two(delta, sigma)
    distance = float(d @ np.linalg.solve(s, d))
    return distance, math.exp(-distance / 2)


def relative_plane(
    x: Measure, y: Measure, control: Moments, variant: Moments, levels: Sequence[float] = LEVELS
) -> Plane:
    """Relative effects of two measures (sharing their covariates) with Fieller's joint regions.

    Raises:
        KeyError: where the moments lack a column.
        ValueError: where the covariates of the measures differ or a level is out of range.
    """
    radii = {f"{level:g}": chi2_quantile(level) for level in levels}
    status = _status((x, y), control, variant)
    if status is not Status.OK:
        return Plane(status, None, None, {})
    pair = pair_of([x, y], control, variant)
    if float(np.linalg.det(pair.sigma)) <= 0:
        return Plane(Status.NOT_TESTABLE, None, None, {})
    if (pair.control <= 0).any():
        return Plane(Status.UNBOUNDED, None, None, {})
    centre = pair.delta / pair.control
    spread = _covariance(pair, centre) / np.outer(pair.control, pair.control)
    if float(np.linalg.det(spread)) <= 0:
        # A variant without any event has no spread at its own lift of −1.
        return Plane(Status.NOT_TESTABLE, None, None, {})
    scale = np.sqrt(np.diag(spread))
    outlines = _outlines(pair, centre, scale, np.array(list(radii.values())))
    regions = {name: corners for name, corners in zip(radii, outlines, strict=True) if corners is not None}
    status = Status.OK if len(regions) == len(radii) else Status.UNBOUNDED
    correlation = float(spread[0, 1] / (scale[0] * scale[1]))
    return Plane(status, (float(centre[0]), float(centre[1])), correlation, regions)


def _status(measures: Sequence[Measure], control: Moments, variant: Moments) -> Status:
    found = [estimate(measure, moments) for measure in measures for moments in (control, variant)]
    if min(control.n, variant.n) < 2:
        return Status.TOO_FEW
    return Status.NOT_TESTABLE if any(part.value is None for part in found) else Status.OK


def _covariance(pair: Pair, lift: Vector) -> Matrix:
    """Covariance of variant − (1 + lift) · control."""
    factor = np.diag(1 + lift)
    crossed = factor @ pair.cross
    return np.asarray(pair.v_variant + factor @ pair.v_control @ factor - crossed - crossed.T, dtype=np.float64)


def _outlines(pair: Pair, centre: Vector, scale: Vector, radii: Vector) -> list[Polygon | None]:
    """Per radius the corners where the joint test against a pair of lifts reaches it; None where a ray never does."""
    turn = 2 * np.pi * np.arange(CORNERS) / CORNERS
    rays = np.column_stack((np.cos(turn), np.sin(turn))) * scale
    limits = radii[:, None]
    inside, outside = np.zeros((len(radii), CORNERS)), np.repeat(np.sqrt(limits), CORNERS, axis=1)
    bounded = np.ones(len(radii), dtype=bool)
    # All radii at once: the arrays are small, so that each step costs the same for one radius as for three.
    while (within := bounded[:, None] & _within(pair, centre, rays, outside, limits)).any():
        inside, outside = np.where(within, outside, inside), np.where(within, 2 * outside, outside)
        bounded &= outside.max(axis=1) <= FURTHEST
    reach = _edges(pair, centre, rays, (inside[bounded], outside[bounded]), np.sqrt(limits[bounded]))
    corners: list[Polygon] = (centre + reach[..., None] * rays).tolist()
    found = iter(corners)
    return [next(found) if closed else None for closed in bounded.tolist()]


def _edges(pair: Pair, centre: Vector, rays: Matrix, bracket: tuple[Matrix, Matrix], radius: Matrix) -> Matrix:
    """Where each ray leaves its region: the distance, which is nearly a straight line along the ray, meets the radius.

    Illinois' rule: the secant of a bracket, with the weight of an end that stays halved.
    """

    def excess(reach: Matrix) -> Matrix:
        return np.sqrt(_distance(pair, centre + reach[..., None] * rays)) / radius - 1

    low, high = bracket
    f_low, f_high = excess(low), excess(high)
    middle = high
    for _ in range(STEPS if middle.size else 0):
        step = np.divide(f_high * (high - low), f_high - f_low, out=np.zeros_like(high), where=f_high != f_low)
        middle = high - step
        f = excess(middle)
        if (np.abs(f) <= PRECISE).all():
            break
        same = f * f_high > 0
        low, f_low = np.where(same, low, high), np.where(same, f_low / 2, f_high)
        high, f_high = middle, f
    return middle


def _within(pair: Pair, centre: Vector, rays: Matrix, reach: Matrix, limits: Matrix) -> npt.NDArray[np.bool_]:
    """Whether the points at `reach` along the rays are not rejected; shape (radii, corners)."""
    return _distance(pair, centre + reach[..., None] * rays) <= limits


def _distance(pair: Pair, lifts: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Squared Mahalanobis distances of variant − (1 + lift) · control from zero, for lifts of shape (…, 2)."""
    factor = 1 + lifts
    x, y = factor[..., 0], factor[..., 1]
    gap_x = pair.variant[0] - x * pair.control[0]
    gap_y = pair.variant[1] - y * pair.control[1]
    v, c, cross = pair.v_variant, pair.v_control, pair.cross
    a, b, d = v[0, 0] + x * x * c[0, 0], v[0, 1] + x * y * c[0, 1], v[1, 1] + y * y * c[1, 1]
    if cross.any():
        a = a - (x * cross[0, 0] + x * cross[0, 0])
        b = b - (x * cross[0, 1] + y * cross[1, 0])
        d = d - (y * cross[1, 1] + y * cross[1, 1])
    squares = d * gap_x**2 - 2 * b * gap_x * gap_y + a * gap_y**2
    return np.asarray(squares / (a * d - b * b), dtype=np.float64)


def _two(delta: npt.ArrayLike, sigma: npt.ArrayLike) -> tuple[Vector, Matrix]:
    d, s = np.asarray(delta, dtype=np.float64), np.asarray(sigma, dtype=np.float64)
    if d.shape != (2,) or s.shape != (2, 2):
        raise ValueError(f"shapes == {d.shape}, {s.shape}, must be (2,), (2, 2).")
    if not (np.diag(s) > 0).all() or not np.linalg.det(s) > 0:
        raise ValueError(f"sigma == {s.tolist()}, must be positive definite.")
    return d, s
