"""Boundaries of planned looks: alpha-spending and the two classic constant designs.

Alpha is one-sided, per side; `sides=2` is the symmetric two-sided test at 2 alpha. Checked against rpact, ldbounds,
gsDesign and the constants of Jennison and Turnbull (2000).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from math import inf, log, sqrt
from typing import Literal

from experiments.stats import normal
from experiments.stats.recursion import Carried, start
from experiments.stats.result import Result
from experiments.stats.spending import SpendingKind, check_level, spent

Sides = Literal[1, 2]
Shape = Literal["obf", "pocock"]

# Beyond z = 38 the tail probability is no longer a double; such a boundary cannot be crossed.
HIGHEST = 38.0
# A look whose boundary lies above z = 8 (probability 1e-15) cannot stop a test in practice.
STOPPABLE = 8.0


@dataclass(frozen=True)
class Look(Result):
    """One look of a monitoring plan.

    Attributes:
        number: 1 for the first look.
        information: share of the planned information at this look.
        spent: cumulative one-sided alpha spent.
        critical: boundary on the z scale; intervals of this look use it too.
        nominal: one-sided p-value of the boundary.
        status: "ok", or "no_stop_yet" where the boundary is out of reach (z above 8).
    """

    number: int
    information: float
    spent: float
    critical: float
    nominal: float
    status: Literal["ok", "no_stop_yet"]


def critical_values(
    information: Sequence[float],
    alpha: float = 0.025,
    kind: SpendingKind = "obf",
    *,
    sides: Sides = 2,
    rho: float = 2.0,
    final: bool | None = None,
) -> tuple[float, ...]:
    """Boundary z_1..z_K for looks at the information actually reached.

    The spending function is kept and the actual fractions are used, so looks may come earlier or later than planned.
    The last look spends what is left of alpha: with less information than planned (under-running) as with more.

    Args:
        information: I_k / I_max, strictly rising; only the last look may reach 1.
        alpha: one-sided level per side.
        kind: spending function, see `spending.spent`.
        sides: 2 for a symmetric two-sided boundary, 1 for an upper boundary alone.
        rho: exponent of the power family.
        final: whether the last entry is the final look; default where its information is 1 or more.

    Raises:
        ValueError: where an argument is out of its bounds.
    """
    times = tuple(float(t) for t in information)
    _check_times(times)
    is_final = times[-1] >= 1 if final is None else final
    return _critical_values(times, alpha, kind, sides, rho, is_final)


def looks(
    information: Sequence[float],
    alpha: float = 0.025,
    kind: SpendingKind = "obf",
    *,
    sides: Sides = 2,
    rho: float = 2.0,
    final: bool | None = None,
) -> tuple[Look, ...]:
    """The same boundary as `critical_values`, look by look with what is spent and whether a stop is possible."""
    critical = critical_values(information, alpha, kind, sides=sides, rho=rho, final=final)
    is_final = information[-1] >= 1 if final is None else final
    targets = _targets(tuple(information), alpha, kind, rho, is_final)
    return tuple(
        Look(k, float(t), target, z, normal.sf(z), "ok" if z <= STOPPABLE else "no_stop_yet")
        for k, (t, target, z) in enumerate(zip(information, targets, critical, strict=True), start=1)
    )


def equally_spaced(count: int) -> tuple[float, ...]:
    """Information fractions of `count` equally spaced looks, ending at 1.

    Raises:
        ValueError: where count is below 1.
    """
    if count < 1:
        raise ValueError(f"looks == {count}, must be >= 1.")
    return tuple(k / count for k in range(1, count + 1))


@lru_cache(maxsize=256)
def classic(count: int, alpha: float = 0.025, shape: Shape = "obf", sides: Sides = 2) -> tuple[float, ...]:
    """True O'Brien-Fleming (C √(K/k)) or Pocock (C) boundary of equally spaced looks.

    These designs have one constant and no spending function; they need the looks to come as planned.

    Args:
        count: number of looks.
        shape: "obf" or "pocock".
    """
    from scipy.optimize import brentq

    check_level(alpha)
    times = equally_spaced(count)
    form = [1 / sqrt(t) if shape == "obf" else 1.0 for t in times]

    def excess(constant: float) -> float:
        return sum(exit_probabilities(times, [constant * f for f in form], sides=sides).upper) - alpha

    constant = float(brentq(excess, normal.upper_quantile(alpha) - 1e-9, HIGHEST / 2, xtol=1e-12))
    return tuple(constant * f for f in form)


@dataclass(frozen=True)
class Exits(Result):
    """Chance to cross each boundary for the first time at each look."""

    upper: tuple[float, ...]
    lower: tuple[float, ...]

    @property
    def by_look(self) -> tuple[float, ...]:
        """Chance to stop at each look, on either side."""
        return tuple(u + low for u, low in zip(self.upper, self.lower, strict=True))


def exit_probabilities(
    information: Sequence[float], critical: Sequence[float], drift: float = 0.0, sides: Sides = 2
) -> Exits:
    """First-crossing probabilities of a boundary.

    Args:
        information: rising information times; shares of the maximum, so that the drift is the mean of Z at 1.
        critical: z boundary per look.
        drift: E[Z] at information 1.
        sides: 2 where −critical is a boundary too.

    Raises:
        ValueError: where there is not one boundary per look, or the information does not rise.
    """
    if len(critical) != len(information):
        raise ValueError(f"critical has {len(critical)} entries, must have {len(information)}.")
    _check_times(tuple(information), last_only=False)
    carried, upper, lower = start(), [], []
    for t, z in zip(information, critical, strict=True):
        edge = z * sqrt(t)
        upper.append(carried.beyond(t, edge, drift))
        lower.append(carried.beyond(t, -edge, drift, upwards=False) if sides == 2 else 0.0)
        carried = carried.advance(t, -edge if sides == 2 else -inf, edge, drift)
    return Exits(tuple(upper), tuple(lower))


def _targets(times: tuple[float, ...], alpha: float, kind: SpendingKind, rho: float, final: bool) -> tuple[float, ...]:
    targets = [spent(t, alpha, kind, rho) for t in times]
    return (*targets[:-1], alpha if final else targets[-1])


@lru_cache(maxsize=4096)
def _critical_values(
    times: tuple[float, ...], alpha: float, kind: SpendingKind, sides: Sides, rho: float, final: bool
) -> tuple[float, ...]:
    targets = _targets(times, alpha, kind, rho, final)
    carried, critical, previous = start(), [], 0.0
    for t, target in zip(times, targets, strict=True):
        z = _solve(carried, t, target - previous)
        critical.append(z)
        edge, previous = z * sqrt(t), target
        carried = carried.advance(t, -edge if sides == 2 else -inf, edge)
    return tuple(critical)


def _solve(carried: Carried, time: float, increment: float) -> float:
    """The z whose chance to be crossed first at this time is the increment of alpha."""
    from scipy.optimize import brentq

    if carried.time == 0:
        return normal.upper_quantile(increment) if increment > normal.sf(HIGHEST - 1) else HIGHEST
    root = sqrt(time)

    def excess(z: float) -> float:
        # On the log scale the tail is nearly a parabola, so the root search needs few steps at any size.
        return log(max(carried.beyond(time, z * root), 1e-320)) - log(increment)

    if increment <= 0 or excess(HIGHEST) >= 0:
        return HIGHEST
    return float(brentq(excess, -STOPPABLE, HIGHEST, xtol=1e-13))


def _check_times(times: tuple[float, ...], last_only: bool = True) -> None:
    if not times:
        raise ValueError("information == [], must hold at least one look.")
    if times[0] <= 0 or any(b <= a for a, b in pairwise(times)):
        raise ValueError(f"information == {list(times)}, must be > 0 and strictly rising.")
    if last_only and any(t >= 1 for t in times[:-1]):
        raise ValueError(f"information == {list(times)}, only the last look may reach 1.")
