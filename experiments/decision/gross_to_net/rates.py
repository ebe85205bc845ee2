"""Orders lost per order gained, its break-even, and the plane of the two effects."""

from __future__ import annotations

from experiments.decision.formats import fixed, opening
from experiments.decision.gross_to_net.data import BEFORE, COUNT_SCALE, MONEY, Arms, summed
from experiments.decision.gross_to_net.estimates import NOTHING, critical_of, linear, vector
from experiments.decision.gross_to_net.figures import Bar, Figure, Point
from experiments.decision.gross_to_net.names import promoted_sales, protected_sales
from experiments.decision.gross_to_net.rate import KeyPlane, Rate
from experiments.stats.fieller import Quotient, quotient
from experiments.stats.moments import Matrix, Moments, Vector
from experiments.stats.region import LEVELS, ellipse

_COLUMNS = ("n:P", "n:U")
#: Orders of each ten that one decimal does not round to 0.
_SHOWN = 0.05


def rate(arms: Arms, bar: Bar, early_stop: bool) -> Rate:
    """−Δprotected / Δpromoted in orders, with its confidence set."""
    groups = arms.pair(MONEY)
    found = vector(_COLUMNS, groups, (BEFORE,) if bar.covariates else ())
    if found is None:
        return Rate("too_few", None, None, None, None, None, NOTHING, NOTHING, "Too few units.", early_stop)
    delta, sigma = found
    promoted, protected = (linear(w, delta, sigma, bar, COUNT_SCALE) for w in ((1.0, 0.0), (0.0, 1.0)))
    worth = order_values(groups)
    break_even = worth[0] / worth[1] if worth and worth[1] > 0 else None
    if float(sigma[0, 0]) == 0:
        words = f"Not estimable: no {promoted_sales(arms.data.declared)} were made."
        return Rate("too_few", None, None, None, None, break_even, promoted, protected, words, early_stop)
    ratio = quotient(
        -float(delta[1]), float(delta[0]), float(sigma[1, 1]), float(sigma[0, 0]), -float(sigma[0, 1]), critical_of(bar)
    )
    return _rate(arms, ratio, break_even, promoted, protected, early_stop)


def key_plane(arms: Arms, bar: Bar) -> KeyPlane | None:
    """Promoted against protected orders; None where one of them has no spread."""
    groups = arms.pair(MONEY)
    found = vector(_COLUMNS, groups, (BEFORE,) if bar.covariates else ())
    if found is None:
        return None
    y, x = (linear(w, *found, bar, COUNT_SCALE) for w in ((1.0, 0.0), (0.0, 1.0)))
    delta, sigma = _swapped(*found)
    if x.lo is None or y.lo is None or x.hi is None or y.hi is None or float(sigma[0, 0] * sigma[1, 1]) == 0:
        return None
    correlation = float(sigma[0, 1] / (sigma[0, 0] * sigma[1, 1]) ** 0.5)
    if abs(correlation) >= 1 - 1e-9:
        return None
    regions = {f"{level:g}": _outline(delta, sigma, level) for level in LEVELS}
    worth = order_values(groups)
    slope = -worth[1] / worth[0] if worth and worth[0] > 0 else None
    point = (float(delta[0]) * COUNT_SCALE, float(delta[1]) * COUNT_SCALE)
    return KeyPlane(point, (x.lo, x.hi), (y.lo, y.hi), regions, slope, correlation)


def order_values(groups: tuple[Moments, Moments]) -> tuple[float, float] | None:
    """Mean value of a promoted and of a protected order over both arms, minor units; None where one has no orders."""
    wanted = {"P": ("PE", "PX", "PL"), "U": ("U",), "nP": ("n:P",), "nU": ("n:U",)}
    sums = [summed(group, wanted) for group in groups]
    totals = {name: sum(group.n * group.mean_of(name) for group in sums) for name in wanted}
    if totals["nP"] <= 0 or totals["nU"] <= 0:
        return None
    return totals["P"] / totals["nP"], totals["U"] / totals["nU"]


def _rate(
    arms: Arms, ratio: Quotient, break_even: float | None, promoted: Figure, protected: Figure, early_stop: bool
) -> Rate:
    gain, lost = promoted_sales(arms.data.declared), protected_sales(arms.data.declared)
    if not ratio.estimable or ratio.point is None or ratio.lo is None or ratio.hi is None:
        words = f"Not estimable: the effect on {gain} cannot be told from 0. The net says what can be said."
        return Rate(
            "not_estimable", None, ratio.lo, ratio.hi, ratio.kind, break_even, promoted, protected, words, early_stop
        )
    if (promoted.value or 0.0) < 0:
        words = f"Not a rate of loss per gain: {gain} fell."
        return Rate(
            "not_estimable", None, ratio.lo, ratio.hi, ratio.kind, break_even, promoted, protected, words, early_stop
        )
    clause = _clause(gain, lost, ratio.point, (ratio.lo, ratio.hi))
    words = opening(clause) + "."
    if early_stop:
        words += " Measured at an early look, which flatters the gain; it is updated at run-off."
    return Rate(
        "ok", ratio.point, ratio.lo, ratio.hi, ratio.kind, break_even, promoted, protected, words, early_stop, clause
    )


def _clause(gain: str, lost: str, point: float, ends: tuple[float, float]) -> str:
    """A rate below 0 is said as what is added: nobody can take −0.9 orders."""
    orders = fixed(abs(10 * point), 1)
    if 10 * point <= -_SHOWN:
        return f"each 10 extra {gain} add {orders} to {lost} ({_set_words(ends)})"
    return f"of each 10 extra {gain} {orders} are taken from {lost} ({_set_words(ends)})"


def _set_words(ends: tuple[float, float]) -> str:
    lo, hi = (10 * end for end in ends)
    small, large = fixed(abs(lo), 1), fixed(abs(hi), 1)
    if lo <= -_SHOWN and hi >= _SHOWN:
        return f"from {small} added to {large} taken, so neither is shown"
    return f"{large} to {small}" if lo <= -_SHOWN else f"{small} to {large}"


def _swapped(delta: Vector, sigma: Matrix) -> tuple[Vector, Matrix]:
    return delta[::-1], sigma[::-1, ::-1]


def _outline(delta: Vector, sigma: Matrix, level: float) -> tuple[Point, ...]:
    corners = ellipse(delta, sigma, level).polygon()
    closed = [*corners, *corners[:1]]
    return tuple((x * COUNT_SCALE, y * COUNT_SCALE) for x, y in closed)
