"""Money of a bundle goes to its components without losing a cent."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.domain.bundle import divide


@given(
    amount=st.integers(-(10**10), 10**10),
    weights=st.lists(st.integers(0, 10**9), min_size=1, max_size=20),
)
def test_the_parts_add_up_and_follow_the_weights(amount: int, weights: list[int]) -> None:
    parts = divide(amount, weights)
    assert sum(parts) == amount
    total = sum(weights)
    for part, weight in zip(parts, weights, strict=True):
        fair = amount * weight / total if total else amount / len(weights)
        assert abs(part - fair) <= 1 + 1e-6 * abs(fair)


@pytest.mark.parametrize(
    ("amount", "weights", "parts"),
    [(4_500, (3_500, 2_000), [2_864, 1_636]), (100, (0, 0), [50, 50]), (-300, (1, 2), [-100, -200]), (5, (7,), [5])],
)
def test_examples(amount: int, weights: tuple[int, ...], parts: list[int]) -> None:
    assert divide(amount, weights) == parts
