"""Claims about one order line merge to the same line in whatever order they come."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from experiments.store.projection.matching import Claim, lines_of
from experiments.store.projection.merging import merge as merge_order


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
    line: int = 0,
    source: int | None = None,
) -> Claim:
    return Claim(
        order_key=7, line=line, event_id=bytes([key]) * 16, seq=key, at=at, received_at=at + key,
        source_id=rank if source is None else source,
        rank=rank, visitor=visitor, customer=customer, channel=1, product_id=product, family_id=2, tier=1,
        multiple=False,
        quantity=quantity, revenue=revenue, margin=10,
    )  # fmt: skip


def merge(claims: Sequence[Claim]) -> dict[str, Any]:
    [line] = merge_order(claims)
    return line


def bought(claims: Sequence[Claim]) -> list[tuple[int, int, int]]:
    """Line, product, quantity."""
    return sorted((line["line"], line["product_id"], line["quantity"]) for line in merge_order(claims))


def order_of(source: int, *products: int, first: int = 0, rank: int = 2, quantities: Sequence[int] = ()) -> list[Claim]:
    """One message with a line for each product; products may repeat."""
    return [
        claim(source, rank=rank, source=source, product=product, line=first + place, quantity=quantity)
        for place, (product, quantity) in enumerate(zip(products, quantities or [1] * len(products), strict=True))
    ]


TV, SIM, NET, BOX = 5, 6, 7, 8


def test_sources_that_count_from_zero_and_from_one_tell_one_order() -> None:
    web, office = order_of(1, TV, SIM, rank=1), order_of(2, TV, SIM, first=1, rank=3)
    assert bought([*web, *office]) == [(1, TV, 1), (2, SIM, 1)]
    assert {line["conflicts"] for line in merge_order([*web, *office])} == {0}


def test_two_lines_of_one_product_stay_two_whatever_their_numbers() -> None:
    web = order_of(1, SIM, SIM, TV, rank=1, quantities=(1, 2, 1))
    office = order_of(2, SIM, SIM, TV, first=1, rank=2, quantities=(1, 2, 1))
    assert bought([*web, *office]) == [(1, SIM, 1), (2, SIM, 2), (3, TV, 1)]
    assert {line["conflicts"] for line in merge_order([*web, *office])} == {0}


def test_another_order_of_the_lines_is_no_conflict() -> None:
    web, office = order_of(1, TV, SIM, NET, rank=1), order_of(2, NET, TV, SIM, rank=2)
    assert bought([*web, *office]) == [(0, NET, 1), (1, TV, 1), (2, SIM, 1)]


def test_another_product_in_the_same_place_is_a_conflict_and_no_further_line() -> None:
    web, office = order_of(1, TV, SIM, rank=1), order_of(2, TV, NET, first=1, rank=2)
    lines = {line["product_id"]: line["conflicts"] for line in merge_order([*web, *office])}
    assert lines == {TV: 0, NET: 1}


def test_a_line_that_the_better_source_does_not_tell_counts_and_is_a_conflict() -> None:
    web, office = order_of(1, TV, SIM, NET, rank=1), order_of(2, SIM, first=1, rank=2)
    lines = {line["product_id"]: (line["line"], line["conflicts"]) for line in merge_order([*web, *office])}
    assert lines == {SIM: (1, 0), TV: (0, 1), NET: (2, 1)}


def test_a_line_whose_number_is_taken_gets_a_spare_one() -> None:
    web, office = order_of(1, TV, SIM, NET, rank=1), order_of(2, BOX, TV, first=2, rank=2)
    # the shop's NET has number 2, which is the office's BOX: by number they are one line about which the two disagree
    assert bought([*web, *office]) == [(1, SIM, 1), (2, BOX, 1), (3, TV, 1)]
    late = claim(9, rank=3, source=3, product=TV, line=1)
    assert bought([*web, *office, late]) == [(1, TV, 1), (2, BOX, 1), (100_000, SIM, 1)]


def test_one_source_tells_its_lines_apart_by_its_own_numbers() -> None:
    """Messages with a line each: the second SIM is a second SIM."""
    first, second = claim(1, source=2, product=SIM, line=0), claim(2, source=2, product=SIM, line=1)
    assert bought([first, second]) == [(0, SIM, 1), (1, SIM, 1)]
    again = claim(3, source=2, product=SIM, line=1, at=200)
    assert bought([first, second, again]) == [(0, SIM, 1), (1, SIM, 1)]


def test_three_sources_tell_one_order() -> None:
    told = [*order_of(1, TV, SIM, rank=1), *order_of(2, TV, SIM, first=1, rank=2), *order_of(3, SIM, TV, rank=3)]
    assert bought(told) == [(0, SIM, 1), (1, TV, 1)]
    assert [len(line) for line in lines_of(told).values()] == [3, 3]


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
    line=st.integers(0, 2),
    product=st.integers(5, 7),
    source=st.integers(1, 3),
)


@given(st.lists(claims, min_size=1, max_size=8, unique_by=lambda one: one.event_id), st.randoms())
def test_the_order_of_arrival_makes_no_difference(told: list[Claim], random: object) -> None:
    shuffled = list(told)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    key = lambda line: line["line"]  # noqa: E731
    assert sorted(merge_order(shuffled), key=key) == sorted(merge_order(told), key=key)
    numbers = [line["line"] for line in merge_order(told)]
    assert len(set(numbers)) == len(numbers)
    assert sum(len(line) for line in lines_of(told).values()) == len(told)


@given(
    st.lists(st.tuples(st.integers(5, 7), st.integers(1, 2)), min_size=1, max_size=4),
    st.lists(st.tuples(st.integers(0, 1), st.integers(1, 3)), min_size=1, max_size=3),
    st.randoms(),
)
def test_however_sources_number_an_order_they_agree_on_it_is_the_order(
    lines: list[tuple[int, int]], tellers: list[tuple[int, int]], random: Any
) -> None:
    told: list[Claim] = []
    for source, (first, rank) in enumerate(tellers, start=1):
        own = random.sample(lines, len(lines))
        products, quantities = zip(*own, strict=True)
        told += order_of(source, *products, first=first, rank=rank, quantities=quantities)
    random.shuffle(told)
    merged = merge_order(told)
    assert sorted((line["product_id"], line["quantity"]) for line in merged) == sorted(lines)
    assert {line["conflicts"] for line in merged} == {0}
