from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from netlift.buckets import choose, upper_edges


def test_draws_fall_into_the_golden_ranges(cases: dict[str, Any]) -> None:
    for case in cases["buckets"]:
        assert choose(upper_edges(case["weights"]), case["u"]) == case["expected"], case


@given(
    parts=st.lists(st.integers(0, 1000), min_size=1, max_size=8).filter(any),
    u=st.integers(0, 2**32 - 1).map(lambda number: number / 2**32),
)
def test_every_draw_falls_into_exactly_one_range(parts: list[int], u: float) -> None:
    edges = upper_edges([part / sum(parts) for part in parts])
    index = choose(edges, u)
    assert u < edges[index]
    assert index == 0 or u >= edges[index - 1]
