from __future__ import annotations

from collections.abc import Callable
from dataclasses import FrozenInstanceError, asdict
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netlift import Result, evaluate, parse_config

GROUPS = (
    *("split", "unit", "agent", "enrolment", "phase", "status", "layer", "edge", "holdout"),
    *("audience", "remote", "forced", "rollout", "fallback"),
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
OPS = ("in", "not_in", "any_of", "none_of", "gte", "lte", "exists", "missing", "later")


@pytest.mark.parametrize("group", GROUPS)
def test_evaluations_are_the_golden_ones(group: str, cases: dict[str, Any]) -> None:
    configs = {name: parse_config(document) for name, document in cases["configs"].items()}
    chosen = [case for case in cases["evaluate"] if case["group"] == group]
    assert chosen
    for case in chosen:
        config = None if case["config"] is None else configs[case["config"]]
        inputs = {name: case[name] for name in ("forced", "consent", "facts") if name in case}
        result = evaluate(config, case["key"], case["unit"], case.get("attributes"), **inputs)
        assert asdict(result) == {"suppressed": False, "assigned": None, **case["expected"]}, case


def test_there_is_no_other_group_of_golden_evaluations(cases: dict[str, Any]) -> None:
    assert {case["group"] for case in cases["evaluate"]} == set(GROUPS)


def test_golden_evaluations_meet_every_reason_of_the_contract(cases: dict[str, Any]) -> None:
    seen = {case["expected"]["reason"] for case in cases["evaluate"]}
    in_order = ("NO_CONFIG", "UNKNOWN", "FORCED", "NO_CONSENT", "NO_UNIT", "NOT_RUNNING", "REMOTE", "AUDIENCE")
    assert seen == {*in_order, "LAYER", "HOLDOUT", "HOLDBACK", "ROLLOUT", "KEPT", "NOT_ENROLLED", "SPLIT"}


@given(unit=JSON, attributes=st.dictionaries(st.sampled_from("xyz"), JSON), op=st.sampled_from(OPS), values=JSON)
def test_no_json_value_makes_an_evaluation_fail(unit: Any, attributes: dict[str, Any], op: str, values: Any) -> None:
    audience = [{"attribute": "x", "op": op, "values": values}]
    weights = [{"key": "a", "weight": 0.5}, {"key": "b", "weight": 0.5}]
    item = {"key": "k", "phase": 1, "salt": "s", "status": "running", "audience": audience, "variants": weights}
    config = parse_config({"v": 1, "version": "x", "environment": "test", "experiments": [item]})
    result = evaluate(config, "k", unit, attributes)
    assert result.reason in ("NO_UNIT", "AUDIENCE", "SPLIT")
    assert result.exposure is (result.reason == "SPLIT")
    assert evaluate(config, "k", unit, attributes) is result


def test_a_result_cannot_be_changed(make_document: Callable[..., Any], make_experiment: Callable[..., Any]) -> None:
    result = evaluate(parse_config(make_document(make_experiment())), "tv-entry", "visitor-1")
    assert isinstance(result, Result)
    with pytest.raises(FrozenInstanceError):
        result.variant = "other"  # type: ignore[misc]
