"""How the net depends on what is assumed: months customers stay, and what service costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from experiments.decision.formats import trimmed
from experiments.decision.gross_to_net.data import MONEY_SCALE
from experiments.decision.gross_to_net.estimates import linear
from experiments.decision.gross_to_net.figures import Bar
from experiments.decision.gross_to_net.waterfall import (
    STEPS,
    BreakEven,
    LeverKey,
    ProductWorth,
    Sensitivity,
    StepKey,
)
from experiments.stats.moments import Matrix, Vector

FACTORS = (0.5, 0.75, 1.25, 1.5)
#: What each lever scales: columns of the effect vector; what is earned once does not grow with the months.
_SCALED: Mapping[LeverKey, tuple[tuple[str, float], ...]] = {
    "promoted_months": (("PE", 1.0), ("PX", 1.0), ("PL", 1.0), ("once:P", -1.0)),
    "protected_months": (("U", 1.0), ("once:U", -1.0)),
    "service_cost": (("S", -1.0),),
}
_ORDER = ("PE", "U", "O", "PX", "PL", "S", "once:P", "once:U")
_GROUP: Mapping[LeverKey, str] = {"promoted_months": "promoted", "protected_months": "protected"}


def sensitivities(
    delta: Vector, sigma: Matrix, bar: Bar, missing: Mapping[StepKey, str], products: Sequence[ProductWorth]
) -> tuple[Sensitivity, ...]:
    """The measured net with each assumption times each factor, one at a time."""
    found = []
    for lever in _SCALED:
        scaled, net = _scaled(lever, missing), _net(missing)
        if not scaled.any():
            continue
        months = mean_months(lever, products)
        for factor in FACTORS:
            figure = linear((net + (factor - 1) * scaled).tolist(), delta, sigma, bar, MONEY_SCALE)
            if figure.value is None or figure.lo is None or figure.hi is None:
                continue
            assumed = None if months is None else months * factor
            found.append(Sensitivity(lever, factor, assumed, figure.value, figure.lo, figure.hi))
    return tuple(found)


def break_evens(
    delta: Vector, missing: Mapping[StepKey, str], products: Sequence[ProductWorth]
) -> tuple[BreakEven, ...]:
    """Where the net would be 0, one assumption at a time."""
    net = float(_net(missing) @ delta)
    return tuple(
        _break_even(lever, net, float(_scaled(lever, missing) @ delta), mean_months(lever, products))
        for lever in _SCALED
        if _scaled(lever, missing).any()
    )


def mean_months(lever: LeverKey, products: Sequence[ProductWorth]) -> float | None:
    """Expected months of the products a lever moves, weighted by what was kept of them in both variants."""
    mine = [(product.months, sum(product.kept.values())) for product in products if product.group == _GROUP.get(lever)]
    sold = sum(kept for _, kept in mine)
    return sum(months * kept for months, kept in mine) / sold if sold > 0 else None


def _break_even(lever: LeverKey, net: float, part: float, months: float | None) -> BreakEven:
    factor = 1 - net / part if part else None
    if factor is None or factor < 0:
        return BreakEven(lever, None, months, None, f"No other {_NOUN[lever]} would bring the net to 0.")
    value = None if months is None else months * factor
    return BreakEven(lever, factor, months, value, _sentence(lever, factor, months, value))


_NOUN: Mapping[LeverKey, str] = {
    "promoted_months": "stay of customers with promoted products",
    "protected_months": "stay of customers with protected products",
    "service_cost": "cost of service",
}


def _sentence(lever: LeverKey, factor: float, months: float | None, value: float | None) -> str:
    if lever == "service_cost":
        return f"The net is 0 if service costs {trimmed(factor, 2)} times what was assumed."
    which = _GROUP[lever]
    if months is None or value is None:
        return f"The net is 0 if customers keep {which} products {trimmed(factor, 2)} times as long as assumed."
    return (
        f"The net is 0 if customers keep {which} products {trimmed(value, 1)} instead of {trimmed(months, 1)} months."
    )


def _net(missing: Mapping[StepKey, str]) -> Vector:
    by_column = {column: sign for key, (column, sign) in STEPS.items() if key not in missing}
    return np.array([by_column.get(column, 0.0) for column in _ORDER])


def _scaled(lever: LeverKey, missing: Mapping[StepKey, str]) -> Vector:
    gone = {STEPS[key][0] for key in missing}
    weights = {column: sign for column, sign in _SCALED[lever] if column not in gone}
    if all(column.startswith("once") for column in weights):
        weights = {}
    return np.array([weights.get(column, 0.0) for column in _ORDER])
