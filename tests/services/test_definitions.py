"""EXPERIMENT.toml and JSON: what is written is read back, and every failure names its field."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from experiments.domain.audience import Operator
from experiments.domain.errors import DomainError
from experiments.domain.experiment import UnitKind
from experiments.domain.metric import Margin, Role, Scale
from experiments.domain.plan import Spending
from experiments.services import definition_parts, definitions, describe
from experiments.services.definitions import Definition, read_definition, read_revised, read_toml
from tests import strategies
from tests.scenes import NOW, document

TOML = definitions.__doc__ or ""


@st.composite
def _definitions(draw: st.DrawFn) -> Definition:
    return Definition(
        key=draw(strategies.keys),
        name=draw(strategies.texts),
        unit=draw(st.sampled_from(UnitKind)),
        variants=draw(strategies.variants()),
        metrics=draw(strategies.metric_uses()),
        hypothesis=draw(strategies.texts),
        owner=draw(strategies.texts),
        audience=draw(strategies.audiences),
        enrolment=draw(strategies.shares),
        layer=draw(st.none() | strategies.slices("tv-pages")),
        plan=draw(strategies.plans(sizing=False)),
    )


@settings(max_examples=60, deadline=None)
@given(definition=_definitions())
def test_every_definition_is_read_back_from_json(definition: Definition) -> None:
    text = json.dumps(describe.definition(definition), allow_nan=False)
    assert read_definition(json.loads(text)) == definition


@settings(max_examples=30, deadline=None)
@given(definition=_definitions())
def test_what_an_experiment_is_shown_as_can_be_changed_and_sent_back(definition: Definition) -> None:
    experiment = definition.draft("salt", NOW)
    assert read_revised(describe.experiment(experiment)) == (definition, 1)


def test_the_documented_file_is_read() -> None:
    example = TOML[TOML.index("    key =") : TOML.index("Unknown names")]
    definition = read_toml(example)
    assert definition.key == "tv-entry"
    assert definition.unit is UnitKind.VISITOR
    assert [variant.weight for variant in definition.variants] == [0.5, 0.5]
    assert definition.metrics[1].margin == Margin(Scale.RELATIVE, 0.05)
    assert definition.metrics[1].version == 1
    assert definition.plan.spending is Spending.OBRIEN_FLEMING
    assert definition.audience.policy.not_offered_within_days == 30
    assert definition.layer is not None


def test_what_is_left_out_has_its_default() -> None:
    definition = read_definition({"key": "a", "name": "A", "variants": [{"key": "x"}, {"key": "y"}, {"key": "z"}]})
    assert [variant.weight for variant in definition.variants] == [1 / 3] * 3
    assert [variant.name for variant in definition.variants] == ["x", "y", "z"]
    assert definition.audience.description == "Everyone"
    assert (definition.enrolment, definition.plan.alpha, definition.layer) == (1.0, 0.025, None)


def test_null_counts_as_absent() -> None:
    assert read_definition(document(layer=None) | {"layer": None, "plan": None}).layer is None


@pytest.mark.parametrize(
    ("change", "field", "part"),
    [
        ({"key": "TV"}, "key", "lower-case"),
        ({"key": 7}, "key", "must be a text"),
        ({"name": " "}, "name", "is empty"),
        ({"name": "a\x00b"}, "name", "NUL"),
        ({"name": "\ud800"}, "name", "surrogate"),
        ({"unit": "household"}, "unit", "one of visitor, customer"),
        ({"enrolment": 0}, "enrolment", "> 0"),
        ({"enrolment": float("nan")}, "enrolment", "a number"),
        ({"variants": "two"}, "variants", "a list"),
        ({"variants": []}, "variants", "0 entries"),
        ({"variants": [{"key": "a"}]}, "variants", "1 entries"),
        ({"variants": [{"key": "a"}, {"key": "a"}]}, "variants.key", "twice"),
        ({"variants": [{"key": "a", "weight": 0.7}, {"key": "b", "weight": 0.7}]}, "variants.weight", "sum to 1"),
        ({"variants": [{"key": "a", "weight": 0.5}, {"key": "b"}]}, "variants.1.weight", "must be given"),
        ({"variants": [{"key": "a", "weight": 2}, {"key": "b", "weight": 0.5}]}, "variants.0.weight", "< 1"),
        ({"variants": [{"key": "a", "weight": True}, {"key": "b"}]}, "variants.0.weight", "a number"),
        ({"variants": [{"key": "a", "payload": "x" * 20_000}, {"key": "b"}]}, "variants.0.payload", "bytes"),
        ({"variants": [{"key": "a", "payload": ["\x00"]}, {"key": "b"}]}, "variants.0.payload", "NUL"),
        ({"variants": [{"key": "a", "payload": float("inf")}, {"key": "b"}]}, "variants.0.payload", "JSON"),
        ({"metrics": [{"metric": "up-sell", "role": "guardrail"}]}, "metrics.0.margin", "no default"),
        ({"metrics": [{"metric": "a", "role": "goal", "margin": {"relative": 0.1}}]}, "metrics.0.margin", "no margin"),
        ({"metrics": [{"metric": "a", "role": "goal"}] * 2}, "metrics", "twice"),
        ({"metrics": [{"metric": "a", "role": "aim"}]}, "metrics.0.role", "one of goal"),
        ({"metrics": [{"metric": "a", "role": "goal", "effect": 0}]}, "metrics.0.effect", "> 0"),
        ({"metrics": [{"metric": "A", "role": "goal"}]}, "metrics.0.metric", "lower-case"),
        ({"plan": {"looks": 2.5}}, "plan.looks", "a whole number"),
        ({"plan": {"looks": 9, "weeks": 4}}, "plan.looks", "plan.weeks"),
        ({"plan": {"units_per_variant": 10**30}}, "plan.units_per_variant", "a whole number"),
        ({"layer": {"key": "tv", "start": 0.5, "end": 0.2}}, "layer.end", "layer.start"),
        ({"layer": 3}, "layer", "must be a table"),
        ({"audience": {"rules": [{"attribute": "a", "op": "like"}]}}, "audience.rules.0.op", "one of in"),
        ({"audience": {"rules": [{"attribute": "a", "op": "in"}]}}, "audience.rules.0.values", "at least one"),
        ({"audience": {"rules": [{"attribute": " ", "op": "exists"}]}}, "audience.rules.0.attribute", "is empty"),
        (
            {"audience": {"rules": [{"attribute": "a", "op": "in", "values": [[]]}]}},
            "audience.rules.0.values.0",
            "a text",
        ),
        (
            {"audience": {"policy": {"most_offers_in_30_days": 0}}},
            "audience.policy.most_offers_in_30_days",
            ">= 1",
        ),
    ],
)
def test_a_failure_names_its_field(change: dict[str, Any], field: str, part: str) -> None:
    with pytest.raises(DomainError) as caught:
        read_definition(document() | change)
    assert caught.value.field == field
    assert part in caught.value.message
    assert caught.value.message.startswith(field.rpartition(".")[0] or field)


@pytest.mark.parametrize(
    ("margin", "field"),
    [
        ({"relative": 0.1, "absolute": 0.1}, "metrics.0.margin"),
        ({}, "metrics.0.margin"),
        ({"relative": 1.2}, "metrics.0.margin.relative"),
        ({"absolute": 0}, "metrics.0.margin.absolute"),
        ({"relative": "5%"}, "metrics.0.margin.relative"),
    ],
)
def test_a_margin_is_relative_or_absolute(margin: dict[str, Any], field: str) -> None:
    with pytest.raises(DomainError) as caught:
        read_definition(document(metrics=[{"metric": "up-sell", "role": "guardrail", "margin": margin}]))
    assert caught.value.field == field


@pytest.mark.parametrize(
    ("change", "field", "nearest"),
    [
        ({"hypotesis": "x"}, "hypotesis", "'hypothesis'"),
        ({"plan": {"look": 3}}, "plan.look", "'plan.looks'"),
        ({"variants": [{"key": "a", "wieght": 1}, {"key": "b"}]}, "variants.0.wieght", "'variants.0.weight'"),
        ({"audience": {"rule": []}}, "audience.rule", "'audience.rules'"),
        ({"status": "running"}, "status", "Did you mean"),
    ],
)
def test_an_unknown_field_is_refused_with_the_nearest(change: dict[str, Any], field: str, nearest: str) -> None:
    with pytest.raises(DomainError) as caught:
        read_definition(document() | change)
    assert (caught.value.code, caught.value.field) == ("unknown_field", field)
    assert nearest in caught.value.message


def test_what_is_no_document_is_refused() -> None:
    for data in ([], "text", None, 7):
        with pytest.raises(DomainError, match="must be a table"):
            read_definition(data)


def test_what_is_no_toml_is_refused_with_its_place() -> None:
    with pytest.raises(DomainError, match="line 2") as caught:
        read_toml('key = "a"\nname = = 3')
    assert caught.value.code == "bad_toml"


def test_a_toml_date_is_no_payload() -> None:
    text = 'key = "a"\nname = "A"\nvariants = [{key = "x", payload = 2026-01-01}, {key = "y"}]'
    with pytest.raises(DomainError, match=r"variants\.0\.payload cannot be written as JSON"):
        read_toml(text)


def test_a_changed_definition_says_its_revision() -> None:
    assert read_revised(document())[1] is None
    assert read_revised(document() | {"revision": 4, "status": "draft"})[1] == 4


def test_the_documentation_names_every_field_and_its_example_is_read() -> None:
    text = (Path(__file__).resolve().parents[2] / "docs" / "experiment-file.md").read_text()
    example = text.partition("```toml\n")[2].partition("```")[0]
    assert read_toml(example).metrics[1].margin == Margin(Scale.RELATIVE, 0.05)
    for name in (*definitions.TOP, *definition_parts.PLAN, *definition_parts.POLICY, *Operator, *Role):
        assert f"`{name}`" in text or f"[{name}]" in text, name
