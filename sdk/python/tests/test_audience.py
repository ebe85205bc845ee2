from __future__ import annotations

import math
from typing import Any

import pytest

from netlift.audience import read_rule


def met(rules: list[Any], attributes: dict[str, Any]) -> bool:
    return all(test(attributes.get(attribute)) for attribute, test in map(read_rule, rules))


def test_rules_are_met_as_in_the_golden_cases(cases: dict[str, Any]) -> None:
    for case in cases["audience"]:
        assert met(case["rules"], case["attributes"]) is case["expected"], case


@pytest.mark.parametrize("value", [math.nan, math.inf, b"tv", object()])
def test_values_without_a_json_form_are_not_known(value: Any) -> None:
    assert met([{"attribute": "x", "op": "missing"}], {"x": value})
    assert not met([{"attribute": "x", "op": "none_of", "values": ["tv"]}], {"x": value})
    assert not met([{"attribute": "x", "op": "gte", "values": [0]}], {"x": value})


@pytest.mark.parametrize("held", [("tv", "mobile"), {"tv"}, frozenset({"tv"})])
def test_python_collections_are_lists(held: Any) -> None:
    assert met([{"attribute": "x", "op": "any_of", "values": ["tv"]}], {"x": held})
