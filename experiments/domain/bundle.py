"""Money of a bundle, divided among its components."""

from __future__ import annotations

from collections.abc import Sequence


def divide(amount: int, weights: Sequence[int]) -> list[int]:
    """Whole parts of an amount in proportion to the weights, which add up to it exactly.

    Args:
        amount: minor units; may be negative.
        weights: not below 0, for example list prices; all 0 = equal parts.
    """
    used = list(weights) if any(weights) else [1] * len(weights)
    total, reached, given = sum(used), 0, 0
    parts = []
    for weight in used:
        reached += weight
        upto = (2 * amount * reached + total) // (2 * total)
        parts.append(upto - given)
        given = upto
    return parts
