"""Holm's procedure carried out with intervals: each result is computed at the level of its own step.

Sorted by p-value, the first of m is judged at alpha / m, the next at alpha / (m − 1), until one fails; that one and
all after it are judged at the level where it failed. The set of rejections is Holm's, and each interval printed is the
one that decided. The chance of one false rejection or more is at most alpha: with u true nulls, every one of them is
judged at alpha / u at the most generous.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import TypeVar

Key = TypeVar("Key", bound=Hashable)
Result = TypeVar("Result")


def stepwise(
    p_values: Mapping[Key, float | None],
    alpha: float,
    judge: Callable[[Key, float], Result],
    rejected: Callable[[Result], bool],
) -> dict[Key, Result]:
    """Results by key, in the order of the mapping.

    Args:
        p_values: p-value by key; None sorts last and still counts as one of the family.
        alpha: error probability of the family.
        judge: computes a result at an error probability.
        rejected: whether a result rejects at the error probability it was computed with.
    """
    ordered = sorted(p_values, key=lambda key: _sortable(p_values[key]))
    results: dict[Key, Result] = {}
    share = alpha / max(1, len(ordered))
    failed = False
    for place, key in enumerate(ordered):
        if not failed:
            share = alpha / (len(ordered) - place)
        results[key] = judge(key, share)
        failed = failed or not rejected(results[key])
    return {key: results[key] for key in p_values}


def holm(p_values: Sequence[float | None]) -> list[float | None]:
    """Adjusted p-values (Holm 1979); None stays None and still counts as one of the family."""
    m = len(p_values)
    order = sorted(range(m), key=lambda i: _sortable(p_values[i]))
    adjusted: list[float | None] = [None] * m
    highest = 0.0
    for place, i in enumerate(order):
        p = p_values[i]
        if p is not None:
            highest = max(highest, min(1.0, (m - place) * p))
            adjusted[i] = highest
    return adjusted


def _sortable(p: float | None) -> float:
    return 2.0 if p is None else p
