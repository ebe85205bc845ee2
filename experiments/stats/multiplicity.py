"""p-values adjusted for how many were looked at.

Holm for secondary metrics and several variants (family-wise error), Benjamini-Hochberg for long exploration lists
(false discovery rate). A hypothesis that could not be tested has p = None; it stays None and does not count.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from experiments.stats.moments import Vector

PValues = Sequence[float | None]
Adjusted = tuple[float | None, ...]


def bonferroni(p_values: PValues) -> Adjusted:
    """p times the number of tests."""
    return _apply(p_values, lambda p: p * p.size)


def sidak(p_values: PValues) -> Adjusted:
    """1 − (1 − p)^m: exact for independent tests."""
    return _apply(p_values, lambda p: np.asarray(-np.expm1(p.size * np.log1p(-np.minimum(p, 1 - 1e-16)))))


def holm(p_values: PValues) -> Adjusted:
    """Step-down Bonferroni: the family-wise error is held whatever the dependence (Holm 1979)."""
    return _apply(p_values, _holm)


def benjamini_hochberg(p_values: PValues) -> Adjusted:
    """Step-up adjustment that holds the false discovery rate (Benjamini and Hochberg 1995)."""
    return _apply(p_values, _benjamini_hochberg)


def _holm(p: Vector) -> Vector:
    order = np.argsort(p, kind="stable")
    steps = np.maximum.accumulate(p[order] * np.arange(p.size, 0, -1))
    return _unsorted(steps, order)


def _benjamini_hochberg(p: Vector) -> Vector:
    order = np.argsort(p, kind="stable")
    scaled = p[order] * (p.size / np.arange(1, p.size + 1))
    return _unsorted(np.minimum.accumulate(scaled[::-1])[::-1], order)


def _unsorted(values: Vector, order: np.ndarray[tuple[int], np.dtype[np.intp]]) -> Vector:
    out = np.empty_like(values)
    out[order] = values
    return out


def _apply(p_values: PValues, adjust: Callable[[Vector], Vector]) -> Adjusted:
    known = [p for p in p_values if p is not None]
    if not known:
        return tuple(None for _ in p_values)
    adjusted = iter(np.minimum(adjust(_checked(known)), 1.0).tolist())
    return tuple(None if p is None else next(adjusted) for p in p_values)


def _checked(known: Sequence[float]) -> Vector:
    p = np.asarray(known, dtype=np.float64)
    if not ((p >= 0) & (p <= 1)).all():
        raise ValueError(f"p_values == {list(known)}, must be between 0 and 1.")
    return p
