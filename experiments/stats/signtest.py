"""Sign test: is one of two paired series above the other more often than a fair coin says?

It needs no variance and no distribution, only pairs that are independent of each other, so it is a coarse check of
results whose variance rests on an assumption. Source: Dixon and Mood (1946), "The statistical sign test".
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import comb

from experiments.stats.result import Result


@dataclass(frozen=True)
class SignTest(Result):
    """How often the second of a pair was above the first.

    Attributes:
        higher: pairs whose second value is larger.
        pairs: pairs that differ; ties say nothing and are left out.
        p: exact two-sided p-value; None without any pair that differs.
    """

    higher: int
    pairs: int
    p: float | None


def sign_test(pairs: Iterable[tuple[float, float]]) -> SignTest:
    """Sign test of paired values (first, second)."""
    signs = [second > first for first, second in pairs if first != second]
    n, higher = len(signs), sum(signs)
    if n == 0:
        return SignTest(0, 0, None)
    fewer = min(higher, n - higher)
    # Whole numbers, so that no digit is lost before the one division.
    tail = sum(comb(n, k) for k in range(fewer + 1))
    return SignTest(higher, n, min(1.0, 2 * tail / 2**n))
