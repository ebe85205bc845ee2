"""From sparse sums, as a self-join returns them, to Moments over all units.

Zeros are not stored, so a statement sums only over the units that have something in both columns of a pair.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from experiments.stats.moments import Moments

#: Beyond this ratio of squared mean to variance a second pass with a shift restores the lost digits.
CANCELLATION = 1e3

#: (column a, column b, units with both, sum of a, sum of b, sum of a·b), the columns as places, a <= b.
PairSums = tuple[int, int, int, float, float, float]


def dense_moments(n: int, columns: Sequence[str], shift: Sequence[float], rows: Iterable[PairSums]) -> Moments:
    """Moments over n units from sums of shifted values over the units present.

    With shifts K an absent unit has the value 0 and so the shifted value −K: what the statement did not return is
    made up for here, exactly.

    Args:
        columns: names by place.
        shift: by place, the constant that was subtracted from each value present.
    """
    k = len(columns)
    constants = np.asarray(shift, dtype=np.float64)
    pairs, left, right, product = (np.zeros((k, k)) for _ in range(4))
    for a, b, count, sum_a, sum_b, sum_ab in rows:
        pairs[a, b] = pairs[b, a] = count
        left[a, b], right[a, b] = sum_a, sum_b
        left[b, a], right[b, a] = sum_b, sum_a
        product[a, b] = product[b, a] = sum_ab
    present, sums = np.diag(pairs), np.diag(left)
    only_a = sums[:, None] - left
    only_b = sums[None, :] - right
    neither = n - present[:, None] - present[None, :] + pairs
    full = (
        product - only_a * constants[None, :] - only_b * constants[:, None] + neither * np.outer(constants, constants)
    )
    return Moments.from_sums(n, tuple(columns), sums - constants * (n - present), full, constants)


def needed_shifts(groups: Iterable[Moments]) -> dict[str, float]:
    """A shift for each column in which squaring loses digits, rounded so that it is the same on every engine."""
    shifts: dict[str, float] = {}
    for moments in groups:
        for column, mean, variance in zip(moments.columns, moments.mean, np.diag(moments.cov), strict=True):
            if mean * mean > CANCELLATION * variance and mean != 0:
                shifts.setdefault(column, float(f"{mean:.6g}"))
    return shifts
