"""How much of alpha may be spent by a given share of the information (Lan and DeMets 1983).

Alpha is one-sided, per side. Every function rises from 0 at no information to alpha at full information.
"""

from __future__ import annotations

from math import e, erfc, log1p, sqrt
from typing import Literal, get_args

from experiments.stats import normal

SpendingKind = Literal["obf", "pocock", "power"]


def spent(information: float, alpha: float = 0.025, kind: SpendingKind = "obf", rho: float = 2.0) -> float:
    """Cumulative one-sided alpha spent at an information fraction; from 1 on it is alpha.

    Args:
        information: I_k / I_max, at least 0.
        alpha: one-sided level, between 0 and 0.5.
        kind: "obf" = 2(1 − Φ(z_{1−α/2}/√t)), "pocock" = α ln(1 + (e − 1)t), "power" = α t^rho.
        rho: exponent of the power family (1 = linear), above 0.

    Raises:
        ValueError: where an argument is out of its bounds.
    """
    check_level(alpha)
    if information < 0:
        raise ValueError(f"information == {information}, must be >= 0.")
    if kind not in get_args(SpendingKind):
        raise ValueError(f"kind == {kind!r}, must be one of {', '.join(get_args(SpendingKind))}.")
    if rho <= 0:
        raise ValueError(f"rho == {rho}, must be > 0.")
    if information >= 1:
        return alpha
    if information == 0:
        return 0.0
    return _spent(information, alpha, kind, rho)


def _spent(t: float, alpha: float, kind: SpendingKind, rho: float) -> float:
    if kind == "obf":
        # 2(1 − Φ(x)) written as erfc: the first looks of a long plan spend 1e-17, which 1 − Φ rounds to nothing.
        return erfc(normal.upper_quantile(alpha / 2) / sqrt(2 * t))
    if kind == "pocock":
        return alpha * log1p((e - 1) * t)
    return float(alpha * t**rho)


def check_level(alpha: float) -> None:
    """Refuse a one-sided level outside (0, 0.5)."""
    if not 0 < alpha < 0.5:
        raise ValueError(f"alpha == {alpha}, must be between 0 and 0.5 (one-sided).")
