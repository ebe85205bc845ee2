"""Caps for heavy-tailed values, fixed before anybody sees which unit is in which group.

A cap per group is biased and is not offered: one cap, from the period before the test or from all groups pooled and
blind, serves every group and every look.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

SHARE = 0.999


def cap_at(values: npt.ArrayLike, share: float = SHARE, zeros: int = 0) -> float | None:
    """The size that the given share of all units does not exceed.

    Args:
        values: one number per unit, groups pooled; sizes are compared without their sign.
        share: share of units that stay untouched, 0 < share < 1.
        zeros: number of further units whose value is zero and who are not in `values`.

    Returns:
        An observed size (the order statistic, no interpolation), or None where the share is reached among the zeros:
        then so few units have a value that a cap would remove all of it.

    Raises:
        ValueError: where share or zeros is out of range, or a value is not finite.
    """
    sizes = np.sort(np.abs(np.asarray(values, dtype=np.float64).reshape(-1)))
    if not 0 < share < 1:
        raise ValueError(f"share == {share}, must be between 0 and 1.")
    if zeros < 0:
        raise ValueError(f"zeros == {zeros}, must be >= 0.")
    if not np.isfinite(sizes).all():
        raise ValueError("values must be finite.")
    total = len(sizes) + zeros
    # The rank is exact for shares such as 0.999, whose product with n floats may put just above an integer.
    rank = math.ceil(round(share * total, 9)) - zeros
    cap = float(sizes[rank - 1]) if 1 <= rank <= len(sizes) else 0.0
    return cap if cap > 0 else None


def factor(size: float, cap: float) -> float:
    """Factor min(1, cap / size) by which every part of one unit's value shrinks, so that its parts still add up.

    Args:
        size: sum of the absolute parts of the unit, >= 0.
        cap: the cap, > 0.

    Raises:
        ValueError: where size or cap is out of range.
    """
    if not size >= 0:
        raise ValueError(f"size == {size}, must be >= 0.")
    if not cap > 0:
        raise ValueError(f"cap == {cap}, must be positive.")
    return 1.0 if size <= cap else cap / size


def capped(values: npt.ArrayLike, cap: float) -> npt.NDArray[np.float64]:
    """Values cut to −cap..cap, in the shape given.

    Raises:
        ValueError: where the cap is not above 0.
    """
    if not cap > 0:
        raise ValueError(f"cap == {cap}, must be positive.")
    return np.clip(np.asarray(values, dtype=np.float64), -cap, cap)
