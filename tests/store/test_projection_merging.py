"""Claims about one order line merge to the same line in whatever order they come."""

from __future__ import annotations

from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from experiments.store.projection.merging import Claim, merge


def claim(
    key: int = 1,
    *,
    rank: int = 2,
    at: int = 100,
    visitor: int | None = None,
    customer: int | None = None,
    quantity: int = 1,
    product: int = 5,
    revenue: int = 1_000,
) -> Claim:
    return Claim(
        order_key=7, line=0, event_id=bytes([key]) * 16, seq=key, at=at, received_at=at + key, source_id=rank,
        rank=rank, visitor=visitor, customer=customer, channel=1, product_id=product, family_id=2, tier=1,
        multiple=False,
        quantity=quantity, revenue=revenue, margin=10,
    )  # fmt: skip


def test_one_claim_is_the_line() -> None:
    line = merge([claim(visitor=3, quantity=2)])
    assert (line["order_key"], line["line"], line["visitor"], line["quantity"], line["conflicts"]) == (7, 0, 3, 2, 0)
    assert "event_id" not in line


def test_the_source_of_the_higher_rank_wins_although_it_is_later() -> None:
    web, office = claim(1, rank=1, at=50, quantity=3), claim(2, rank=3, at=900, quantity=2)
    line = merge([web, office])
    assert (line["quantity"], line["rank"], line["at"], line["seq"]) == (2, 3, 900, 2)
    assert line["conflicts"] == 1


def test_at_equal_rank_the_earlier_wins_and_then_the_smaller_event_id() -> None:
    assert merge([claim(1, at=101), claim(2, at=100)])["seq"] == 2
    assert merge([claim(9), claim(4)])["seq"] == 4


def test_who_bought_is_taken_from_the_best_claim_that_knows_it() -> None:
    office = claim(1, rank=3, customer=8)
    web, late = claim(2, rank=1, at=10, visitor=3, customer=99), claim(3, rank=1, at=20, visitor=4)
    for order in permutations([office, web, late]):
        line = merge(order)
        assert (line["visitor"], line["customer"]) == (3, 8)


def test_conflicts_are_claims_that_differ_in_product_quantity_or_price() -> None:
    same = [claim(1), claim(2, at=200, visitor=3)]
    different = [claim(3, at=300, quantity=2), claim(4, at=300, product=6), claim(5, at=300, revenue=1)]
    assert merge([*same, *different])["conflicts"] == 3


ids = st.one_of(st.none(), st.integers(1, 3))
claims = st.builds(
    claim,
    st.integers(0, 255),
    rank=st.integers(1, 3),
    at=st.integers(1, 3),
    visitor=ids,
    customer=ids,
    quantity=st.integers(1, 2),
)


@given(st.lists(claims, min_size=1, max_size=6, unique_by=lambda one: one.event_id), st.randoms())
def test_the_order_of_arrival_makes_no_difference(told: list[Claim], random: object) -> None:
    shuffled = list(told)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert merge(shuffled) == merge(told)
