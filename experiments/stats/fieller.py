"""Confidence set of a quotient of two correlated normal estimates (Fieller's theorem).

The set holds every r for which "a − r b = 0" is not rejected: {r : (a − r b)² ≤ q² (Vaa − 2 r Vab + r² Vbb)}. It is
exactly dual to the test, so an interval of a relative effect and the test of its absolute effect never disagree.
Source: Fieller (1954), "Some problems in interval estimation".
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

SetType = Literal["interval", "rays", "line"]


@dataclass(frozen=True)
class Quotient:
    """A quotient with its confidence set.

    Attributes:
        point: a / b; None where b is zero.
        kind: "interval" is lo..hi; "rays" is everything outside lo..hi (the denominator cannot be told from zero);
            "line" is every number.
        lo: lower root; None for "line".
        hi: upper root; None for "line".
        denominator_z: b in standard errors; None where its variance is zero.
    """

    point: float | None
    kind: SetType
    lo: float | None
    hi: float | None
    denominator_z: float | None

    @property
    def estimable(self) -> bool:
        """True where the denominator is clearly not zero, so that the set is an interval."""
        return self.kind == "interval"

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready form."""
        return {
            "point": self.point,
            "kind": self.kind,
            "lo": self.lo,
            "hi": self.hi,
            "denominator_z": self.denominator_z,
            "estimable": self.estimable,
        }


def quotient(a: float, b: float, v_aa: float, v_bb: float, v_ab: float, critical: float) -> Quotient:
    """Quotient a / b of estimates with variances `v_aa`, `v_bb` and covariance `v_ab`.

    Args:
        a: numerator.
        b: denominator.
        v_aa: sampling variance of a.
        v_bb: sampling variance of b.
        v_ab: their sampling covariance.
        critical: half-width q in standard errors, from the level or from the boundary of a look.

    Raises:
        ValueError: where a variance is negative or critical is not positive.
    """
    if min(v_aa, v_bb) < 0:
        raise ValueError(f"variances == ({v_aa}, {v_bb}), must be >= 0.")
    if not critical > 0:
        raise ValueError(f"critical == {critical}, must be positive.")
    point = a / b if b != 0 else None
    z = abs(b) / math.sqrt(v_bb) if v_bb > 0 else None
    q2 = critical**2
    leading = b**2 - q2 * v_bb
    # The discriminant in this form keeps its digits where a b − q² Vab is much larger than the width of the set.
    spread = v_aa * b**2 - 2 * v_ab * a * b + v_bb * a**2 - q2 * (v_aa * v_bb - v_ab**2)
    # With leading == 0 the set is a half-line; the whole line contains it and needs no fourth kind.
    if leading == 0 or (leading < 0 and spread <= 0):
        return Quotient(point, "line", None, None, z)
    lo, hi = _roots(leading, a * b - q2 * v_ab, a**2 - q2 * v_aa, critical * math.sqrt(max(spread, 0.0)))
    return Quotient(point, "interval" if leading > 0 else "rays", lo, hi, z)


def _roots(leading: float, half: float, constant: float, root: float) -> tuple[float, float]:
    """Roots of leading r² − 2 half r + constant in ascending order, without cancellation."""
    larger = half + math.copysign(root, half)
    if larger == 0:
        return 0.0, 0.0
    first, second = larger / leading, constant / larger
    return min(first, second), max(first, second)
