"""Simulated customers meet the rules of an audience, as the SDK itself reads them."""

from __future__ import annotations

from typing import Any

import pytest

from experiments.domain.errors import DomainError
from netlift.audience import read_rule
from web.simulation.eligible import profile_for
from web.simulation.products import Assortment, SoldProduct

ASSORTMENT = Assortment(
    (
        SoldProduct("streaming-basic", "streaming", 1, 6.0),
        SoldProduct("mobile-m", "mobile", 2, 17.5),
        SoldProduct("mobile-s", "mobile", 1, 10.0),
        SoldProduct("tv-start", "tv", 1, 12.5),
        SoldProduct("tv-plus", "tv", 2, 20.0),
        SoldProduct("tv-max", "tv", 3, 30.0),
    )
)


def rule(attribute: str, op: str, *values: Any) -> dict[str, Any]:
    return {"attribute": attribute, "op": op, "values": list(values)}


def meets(rules: list[dict[str, Any]], attributes: dict[str, Any]) -> bool:
    tests = [read_rule(one) for one in rules]
    return all(test(attributes.get(name)) for name, test in tests)


@pytest.mark.parametrize(
    "rules",
    [
        [],
        [rule("segment", "in", "mobile-only", "other")],
        [rule("segment", "not_in", "mobile-only", "something else"), rule("segment", "in", "mobile-only", "b")],
        [rule("segment", "not_in", "a"), rule("segment", "exists")],
        [rule("plan", "missing")],
        [rule("age", "gte", 18), rule("age", "lte", 30)],
        [rule("app", "in", True)],
        [rule("holdings", "any_of", "mobile")],
        [rule("holdings", "any_of", "mobile-m")],
        [rule("holdings", "any_of", "mobile"), rule("holdings", "none_of", "tv", "streaming")],
        [rule("holdings", "any_of", "mobile"), rule("holdings", "any_of", "tv")],
        [
            rule("holdings", "any_of", "tv", "mobile"),
            rule("holdings", "none_of", "tv-start", "tv-plus", "tv-max", "tv"),
        ],
        [rule("holdings", "none_of", "tv")],
        [rule("holdings", "exists")],
        [rule("holdings", "missing")],
        [rule("offer_allowed", "in", True)],
    ],
    ids=str,
)
def test_the_customer_may_enter(rules: list[dict[str, Any]]) -> None:
    assert meets(rules, profile_for(rules, ASSORTMENT).attributes)


@pytest.mark.parametrize(
    "rules",
    [
        [rule("segment", "in", "a"), rule("segment", "not_in", "a")],
        [rule("age", "gte", 30), rule("age", "lte", 18)],
        [rule("holdings", "any_of", "tv-max"), rule("holdings", "none_of", "tv")],
        [rule("holdings", "any_of", "electricity")],
    ],
    ids=str,
)
def test_an_audience_that_nobody_can_meet_is_named(rules: list[dict[str, Any]]) -> None:
    with pytest.raises(DomainError, match="exclude each other: no customer can be simulated") as refusal:
        profile_for(rules, ASSORTMENT)
    assert refusal.value.code == "nobody"


def test_without_a_rule_the_customer_holds_the_lowest_of_a_family_with_room_above() -> None:
    assert [product.key for product in profile_for([], ASSORTMENT).holds] == ["tv-start"]


def test_what_is_held_is_what_the_shop_says() -> None:
    profile = profile_for([rule("holdings", "any_of", "mobile")], ASSORTMENT)
    assert [product.key for product in profile.holds] == ["mobile-s"]
    assert profile.attributes["holdings"] == ["mobile", "mobile-s"]
