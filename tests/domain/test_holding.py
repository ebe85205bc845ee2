"""The relation of a sale to what the customer holds."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.domain.holding import RELATION_CODE, Holdings, Relation, relation_of_sale
from experiments.domain.product import Product


def product(key: str, family: str = "tv", tier: int = 1, *, multiple: bool = False) -> Product:
    return Product(key, key, family, tier, 1000, 400, 24, multiple=multiple)


BASIC, PLUS, MAX = product("basic"), product("plus", tier=2), product("max", tier=3)
SIM = product("sim", "mobile", multiple=True)

PRODUCTS = st.builds(
    product,
    st.sampled_from(["a", "b", "c"]),
    st.sampled_from(["tv", "mobile"]),
    st.integers(1, 3),
    multiple=st.booleans(),
)


@pytest.mark.parametrize(
    ("sold", "held", "relation"),
    [
        (BASIC, [], Relation.NEW),
        (BASIC, [SIM], Relation.CROSS),
        (PLUS, [BASIC], Relation.UP),
        (BASIC, [PLUS], Relation.DOWN),
        (PLUS, [BASIC, MAX], Relation.DOWN),
        (PLUS, [PLUS], Relation.SAME),
        (SIM, [SIM], Relation.ADD),
        (product("sim-2", "mobile", multiple=True), [SIM], Relation.SAME),
    ],
)
def test_relations(sold: Product, held: Iterable[Product], relation: Relation) -> None:
    assert relation_of_sale(sold, Holdings.of(held)) is relation


@given(PRODUCTS)
def test_not_knowing_is_not_holding_nothing(sold: Product) -> None:
    assert relation_of_sale(sold, Holdings.unknown()) is Relation.UNKNOWN
    assert relation_of_sale(sold, Holdings.of([])) is Relation.NEW


@given(PRODUCTS, st.lists(PRODUCTS, min_size=1, max_size=4))
def test_a_family_not_held_is_the_only_cross_sale(sold: Product, held: list[Product]) -> None:
    relation = relation_of_sale(sold, Holdings.of(held))
    assert (relation is Relation.CROSS) == (sold.family not in {item.family for item in held})
    assert relation not in (Relation.NEW, Relation.UNKNOWN)


def test_stored_codes_never_change() -> None:
    assert RELATION_CODE == {
        Relation.CROSS: 1,
        Relation.UP: 2,
        Relation.DOWN: 3,
        Relation.SAME: 4,
        Relation.ADD: 5,
        Relation.NEW: 6,
        Relation.UNKNOWN: 7,
    }


def test_holdings_answer_by_family_and_product() -> None:
    holdings = Holdings.of([BASIC, MAX, SIM])
    assert holdings.families() == ("mobile", "tv")
    assert (holdings.tier_in("tv"), holdings.tier_in("web")) == (3, None)
    assert holdings.has("max")
    assert not holdings.has("plus")
