"""Which of several weighted ranges of [0, 1) a draw falls into."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate


def upper_edges(weights: Sequence[float]) -> tuple[float, ...]:
    """Upper edges of the closed-open ranges of `weights`, in their order; the last edge is forced to 1.

    The sums run plainly from left to right. `sum()` compensates rounding on some Python versions, other languages
    do not, and an edge that differs in its last digit is a unit that changes sides.
    """
    edges = list(accumulate(weights))
    edges[-1] = 1.0
    return tuple(edges)


def choose(edges: Sequence[float], u: float) -> int:
    """Index of the first range whose upper edge lies above `u`, a number in [0, 1)."""
    return bisect_right(edges, u)
