"""The config as pages get it: a tree per experiment that answers as `evaluate` does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from netlift import ConfigError, parse_config
from netlift.compiling import compile_config, compile_rule
from netlift.hashing import draw, normalise_unit

Experiment = Callable[..., dict[str, Any]]
LABEL = {"label": "For you"}
HALF = ["s:v:", 0.5, ["SPLIT", 0, True], ["SPLIT", 1, True]]


def config(*experiments: Any, **layers: Any) -> dict[str, Any]:
    return {"v": 1, "version": "x", "environment": "test", "layers": layers, "experiments": list(experiments)}


def item(**changes: Any) -> dict[str, Any]:
    variants = [{"key": "control", "weight": 0.5, "payload": None}, {"key": "entry", "weight": 0.5, "payload": LABEL}]
    return {"key": "tv", "phase": 3, "salt": "s", "status": "running", "variants": variants, **changes}


def tree_of(*, pages: Any = None, **changes: Any) -> Any:
    document = config(item(**changes), **({"pages": pages} if pages else {}))
    return compile_config(document)["experiments"][0]["tree"]


def test_a_page_gets_what_it_shows_and_nothing_else() -> None:
    rule = {"attribute": "channel", "op": "in", "values": ["web", None, {"product": "tv"}]}
    assert compile_config({**config(item(audience=[rule], enrolment=0.2)), "generated": True}) == {
        "v": 2,
        "version": "x",
        "environment": "test",
        "generated": True,
        "experiments": [
            {
                "key": "tv",
                "phase": 3,
                "unit": "visitor",
                "audience": [["channel", "in", "web", "tv"]],
                "variants": [{"key": "control"}, {"key": "entry", "payload": LABEL}],
                "tree": ["s:e:", 0.2, HALF, ["NOT_ENROLLED"]],
            }
        ],
    }


@pytest.mark.parametrize(
    ("changes", "tree"),
    [
        ({}, HALF),
        ({"status": "paused"}, ["NOT_RUNNING"]),
        ({"remote": True, "audience": [{"attribute": "holdings", "op": "exists"}]}, ["REMOTE"]),
        ({"audience": [{"attribute": "x", "op": "regex", "values": ["a"]}]}, ["AUDIENCE"]),
        ({"enrolment": 0}, ["NOT_ENROLLED"]),
        ({"variants": [{"key": "only", "weight": 1}]}, ["SPLIT", 0, True]),
        ({"rollout": {"variant": "entry", "share": 1}}, ["ROLLOUT", 1]),
        (
            {"rollout": {"variant": "entry", "share": 0.1, "holdback": 0.05}},
            ["s:e:", 0.1, ["s:v:", 0.05, ["HOLDBACK", 0, True], ["ROLLOUT", 1, True]], ["NOT_ENROLLED"]],
        ),
        (
            {"rollout": {"variant": "entry", "share": 0.1, "keep": True}, "enrolment": 0.5},
            ["s:e:", 0.5, ["s:v:", 0.5, ["KEPT", 0], ["KEPT", 1]], ["s:e:", 0.1, ["ROLLOUT", 1], ["NOT_ENROLLED"]]],
        ),
    ],
)
def test_what_does_not_depend_on_the_unit_is_settled(changes: dict[str, Any], tree: Any) -> None:
    assert tree_of(**changes) == tree


def test_a_layer_comes_before_its_holdout_and_that_before_the_draw() -> None:
    pages = {"salt": "p", "holdout": 0.1}
    inside = ["p:h:", 0.1, ["HOLDOUT", 0, True], HALF]
    middle = tree_of(pages=pages, layer={"key": "pages", "range": [0.25, 0.75]})
    assert middle == ["p:", 0.25, ["LAYER"], ["p:", 0.75, inside, ["LAYER"]]]
    assert tree_of(pages=pages, layer={"key": "pages", "range": [0, 1]}) == inside
    assert tree_of(pages=pages, layer={"key": "pages", "range": [0.5, 0.5]})[3] == ["p:", 0.5, inside, ["LAYER"]]


def test_rules_without_a_compiled_form_of_their_own() -> None:
    def rule(op: Any, *values: Any) -> Any:
        return compile_rule({"attribute": "age", "op": op, "values": list(values)})

    assert rule("exists") == ["age", "not_in"]
    assert rule("missing") == ["age", "missing"]
    assert rule("gte", 18)[:3] == ["age", "range", 18]
    assert rule("lte", 65)[::3] == ["age", 65]
    assert [rule("gte"), rule("gte", True), rule(None), compile_rule("x"), compile_rule({"op": "in"})] == [None] * 5


def test_golden_documents_lose_what_cannot_be_read(cases: dict[str, Any]) -> None:
    for case in cases["documents"]:
        if case["readable"]:
            found = [each["key"] for each in compile_config(case["document"])["experiments"]]
            agents = {key for key, each in parse_config(case["document"]).experiments.items() if each.unit == "agent"}
            assert found == [key for key in case["experiments"] if key not in agents], case
        else:
            with pytest.raises(ConfigError):
                compile_config(case["document"])


def test_walking_the_trees_gives_the_golden_answers(cases: dict[str, Any]) -> None:
    walked = 0
    for case in cases["evaluate"]:
        if case["config"] is None or "forced" in case or case.get("consent") is False:
            continue
        compiled = compile_config(cases["configs"][case["config"]])
        found = {each["key"]: each for each in compiled["experiments"]}.get(case["key"])
        name = normalise_unit(case["unit"])
        if found is None or found["audience"] or name is None:
            continue
        node = found["tree"]
        while len(node) == 4:
            node = node[2] if draw(node[0], name) < node[1] else node[3]
        reason, place, exposure = [*node, 0, False][:3] if len(node) == 1 else [*node, False][:3]
        expected = case.get("in_page", case["expected"])
        assert (reason, found["variants"][place]["key"], exposure) == tuple(
            expected[name] for name in ("reason", "variant", "exposure")
        ), case
        walked += 1
    assert walked > 300
