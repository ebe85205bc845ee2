"""The spec file: what it says is kept exactly, what it must not say is refused by name."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from experiments.domain.errors import DomainError
from experiments.domain.experiment import UnitKind
from experiments.domain.metric import Direction, Margin, MetricKind, Role, Scale
from experiments.domain.plain import from_plain, to_plain
from experiments.domain.plan import GoalRule
from experiments.services.import_units.parse import MAX_COLUMNS, parse_spec, read_spec
from experiments.services.import_units.spec import ImportSpec

FULL = """
empty = "zero"
[experiment]
key = "trial"
name = "A trial"
hypothesis = "It works."
unit = "visitor"
owner = "Team TV"
started = 2026-03-02
ended = 2026-03-15
[unit]
row_number = true
[variant]
column = "arm"
control = "No offer"
weights = { "With offer" = 3, "No offer" = 1 }
names = { "With offer" = "Offer" }
keys = { "With offer" = "offer" }
[plan]
alpha = 0.05
power = 0.9
goal_rule = "any"
units_per_variant = 1200
[[metrics]]
key = "cross"
name = "Cross-sell"
role = "goal"
kind = "rate"
column = "cross"
effect = 0.05
covariates = ["cross_before"]
[[metrics]]
key = "up"
role = "guardrail"
kind = "mean"
column = "up"
margin = { absolute = 0.02 }
protected = true
[[metrics]]
key = "calls-per-order"
role = "secondary"
kind = "ratio"
column = "calls"
denominator = "orders"
direction = "lower"
measurable = false
[[segments]]
key = "region"
column = "region"
[[segments]]
key = "holding"
name = "Held before"
[[segments.values]]
name = "mobile only"
when = { mobile = 1, tv = false }
[[segments.values]]
name = "tv"
when = { tv = "1" }
[csv]
delimiter = ";"
encoding = "CP1252"
decimal = ","
"""


def refused(text: str) -> DomainError:
    with pytest.raises(DomainError) as caught:
        parse_spec(text)
    return caught.value


def test_everything_said_is_kept() -> None:
    spec = parse_spec(FULL)
    assert spec.experiment.unit is UnitKind.VISITOR
    assert (spec.experiment.started, spec.experiment.ended) == (1_772_409_600_000_000, 1_773_619_199_999_999)
    assert spec.unit_column is None
    assert [(v.value, v.key, v.name, v.weight) for v in spec.variants] == [
        ("No offer", "no-offer", "No offer", 0.25),
        ("With offer", "offer", "Offer", 0.75),
    ]
    assert (spec.plan.alpha, spec.plan.power, spec.plan.looks) == (0.05, 0.9, 1)
    assert (spec.plan.goal_rule, spec.plan.units_per_variant) == (GoalRule.ANY, 1200)
    cross, up, calls = spec.metrics
    assert (cross.role, cross.kind, cross.effect, cross.covariates) == (
        Role.GOAL, MetricKind.RATE, 0.05, ("cross_before",),
    )  # fmt: skip
    assert (up.name, up.margin, up.protected) == ("up", Margin(Scale.ABSOLUTE, 0.02), True)
    assert (calls.denominator, calls.direction, calls.measurable) == ("orders", Direction.LOWER, False)
    assert spec.segments[1].columns == ("mobile", "tv")
    assert spec.segments[1].values[0].when == (("mobile", "1.0"), ("tv", "false"))
    assert (spec.csv.delimiter, spec.csv.encoding, spec.csv.decimal) == (";", "cp1252", ",")
    assert spec.empty_is_zero
    assert spec.number_columns == ("cross", "cross_before", "up", "calls", "orders")
    assert spec.rate_columns == {"cross"}


def test_a_run_reads_its_spec_back_as_it_was() -> None:
    spec = parse_spec(FULL)
    assert from_plain(ImportSpec, json.loads(json.dumps(to_plain(spec)))) == spec


@pytest.mark.parametrize(
    ("old", "new", "field", "nearest"),
    [
        ("empty =", "emtpy =", "emtpy", "empty"),
        ("owner =", "owned =", "experiment.owned", "owner"),
        ("row_number =", "rownumber =", "unit.rownumber", "row_number"),
        ("control =", "controls =", "variant.controls", "control"),
        ("power =", "powr =", "plan.powr", "power"),
        ("effect =", "efect =", "metrics.cross.efect", "effect"),
        ("{ absolute =", "{ absolut =", "metrics.up.margin.absolut", "absolute"),
        ('name = "Held before"', 'nam = "Held before"', "segments.holding.nam", "name"),
        ("decimal =", "decimals =", "csv.decimals", "decimal"),
        ('names = { "With offer"', 'names = { "With ofer"', "variant.names.With ofer", "With offer"),
    ],
)
def test_an_unknown_field_is_refused_with_the_nearest_known_one(old: str, new: str, field: str, nearest: str) -> None:
    error = refused(FULL.replace(old, new, 1))
    assert (error.code, error.field) == ("unknown_field", field)
    assert nearest in error.message


@pytest.mark.parametrize(
    ("old", "new", "code", "field", "words"),
    [
        ('key = "trial"', 'key = "A trial"', "bad_key", "experiment.key", "A trial"),
        ('unit = "visitor"', 'unit = "visit"', "unknown_choice", "experiment.unit", "visitor, customer"),
        ('unit = "visitor"\n', "", "required", "experiment.unit", "must be given"),
        ("ended = 2026-03-15", "ended = 2026-03-01", "out_of_range", "experiment.ended", "2026-03-02"),
        ("started = 2026-03-02", 'started = "March"', "bad_type", "experiment.started", "date"),
        ("started = 2026-03-02", "started = 2026-03-02T10:00:00Z", "bad_type", "experiment.started", "date"),
        ("row_number = true", "", "bad_unit", "unit", "either column or row_number"),
        ("row_number = true", 'row_number = true\ncolumn = "id"', "bad_unit", "unit", "either column or row_number"),
        ('control = "No offer"', 'control = "no offer"', "unknown_choice", "variant.control", "No offer"),
        ('"No offer" = 1 }', '"No offer" = 0 }', "out_of_range", "variant.weights.No offer", "> 0"),
        ('"No offer" = 1 }', '"No offer" = inf }', "bad_type", "variant.weights.No offer", "number"),
        ('"With offer" = 3, ', "", "out_of_range", "variant.weights", "2 to 8"),
        ('= "offer"', '= "no-offer"', "duplicate", "variant.keys", "no-offer"),
        ('= "offer"', '= "No Offer"', "bad_key", "variant.keys.With offer", "No Offer"),
        ("alpha = 0.05", "alpha = 0.5", "out_of_range", "plan.alpha", "0.5"),
        ("power = 0.9", "power = true", "bad_type", "plan.power", "number"),
        ('"any"', '"some"', "unknown_choice", "plan.goal_rule", "all, any"),
        ("= 1200", "= 1200.5", "bad_type", "plan.units_per_variant", "whole"),
        ('key = "cross"', 'key = "Cross"', "bad_key", "metrics.Cross.key", "Cross"),
        ('key = "cross"', 'key = "up"', "duplicate", "metrics.key", "up"),
        ('role = "goal"', 'role = "gaol"', "unknown_choice", "metrics.cross.role", "goal"),
        ('role = "goal"', 'role = "guardrail"', "bad_margin", "metrics.cross.margin", "no default"),
        ('role = "guardrail"', 'role = "secondary"', "bad_margin", "metrics.up.margin", "no margin"),
        ("{ absolute = 0.02 }", "{ relative = 1.2 }", "out_of_range", "metrics.up.margin.relative", "1.2"),
        ("{ absolute = 0.02 }", "{}", "bad_margin", "metrics.up.margin", "relative or absolute"),
        ("effect = 0.05", "effect = -0.05", "out_of_range", "metrics.cross.effect", "> 0"),
        ('denominator = "orders"\n', "", "bad_metric", "metrics.calls-per-order.denominator", "ratio"),
        ('column = "up"', 'column = "up"\ndenominator = "x"', "bad_metric", "metrics.up.denominator", "ratio"),
        ('"lower"', '"down"', "unknown_choice", "metrics.calls-per-order.direction", "higher, lower"),
        ('column = "calls"', 'column = "arm"', "bad_metric", "metrics.calls-per-order.column", "arm"),
        ('["cross_before"]', '["up"]', "bad_metric", "metrics.cross.covariates", "up"),
        ('["cross_before"]', '["b", "b"]', "duplicate", "metrics.cross.covariates", "b"),
        ('key = "region"', 'key = "holding"', "duplicate", "segments.key", "holding"),
        ('column = "region"', 'column = "region"\nname = "Held before"', "duplicate", "segments.name", "Held before"),
        ('column = "region"', "", "bad_segment", "segments.region", "either column or values"),
        ('name = "mobile only"', 'name = "tv"', "duplicate", "segments.holding.values.name", "tv"),
        ('when = { tv = "1" }', "when = {}", "required", "segments.holding.values.1.when", "at least one"),
        ('";"', '";;"', "out_of_range", "csv.delimiter", "one character"),
        ('";"', '","', "unknown_choice", "csv.decimal", "differ"),
        ('"CP1252"', '"base64"', "unknown_choice", "csv.encoding", "base64"),
        ('"CP1252"', '"klingon"', "unknown_choice", "csv.encoding", "klingon"),
        ('empty = "zero"', 'empty = "drop"', "unknown_choice", "empty", "reject, zero"),
    ],
)  # fmt: skip
def test_an_error_names_field_value_and_bound(old: str, new: str, code: str, field: str, words: str) -> None:
    assert old in FULL
    error = refused(FULL.replace(old, new, 1))
    assert (error.code, error.field) == (code, field)
    assert words in error.message


def test_no_metric_is_no_import(spec_text: str) -> None:
    text = spec_text[: spec_text.index("[[metrics]]")]
    assert refused(text).field == "metrics"


def test_more_columns_than_a_run_can_number_are_refused(spec_text: str) -> None:
    metric = '[[metrics]]\nkey = "m-{0}"\nrole = "exploratory"\nkind = "mean"\ncolumn = "m{0}"\n'
    text = spec_text + "".join(metric.format(i) for i in range(MAX_COLUMNS))
    assert refused(text).code == "out_of_range"


def test_names_are_the_keys_where_none_are_given(spec_text: str) -> None:
    spec = parse_spec(spec_text)
    assert [metric.name for metric in spec.metrics] == ["bought", "spend"]
    assert spec.segments[0].name == "region"


def test_what_is_no_toml_says_where(spec_text: str) -> None:
    error = refused(spec_text + "\nkey =\n")
    assert error.code == "bad_toml"
    assert "line" in error.message


def test_a_spec_is_read_from_a_file_with_a_byte_order_mark(tmp_path: Path, spec_text: str) -> None:
    path = tmp_path / "SPEC.toml"
    path.write_bytes(b"\xef\xbb\xbf" + spec_text.encode())
    assert read_spec(path) == parse_spec(spec_text)


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00"])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "SPEC.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(DomainError, match=r"SPEC\.toml") as caught:
        read_spec(path)
    assert caught.value.code == "bad_file"
