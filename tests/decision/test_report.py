from __future__ import annotations

import json

import pytest

from experiments.decision.analyse import build_report
from experiments.decision.net import NetValue
from experiments.decision.quality import Quality
from experiments.decision.report import Report


@pytest.fixture
def situations(build, look):
    """Reports of every kind that a snapshot may hold."""
    quality = Quality(3, 0.0001, 9, 0.01, 400, {"control": 0.4, "entry": None}, {}, ("A note.",))
    net = {"entry": NetValue(-240, -380, -90, currency="EUR")}
    return [
        build_report(given)
        for given in (
            build({"entry": {"cross": 0.125}}, quality=quality, net=net),
            build({"a": {"cross": 0.125}, "b": {"up": -0.1}}, looks=look(3)),
            build({"entry": {}}, looks=look(2, is_look=False)),
            build({"entry": {}}, n=0),
            build({"entry": {"cross": 0.5}}, n=400),
            build({"entry": {}}, exposed={"control": 131_900, "entry": 128_004}, segments={"iOS": {"control": 9}}),
        )
    ]


def test_a_stored_report_reads_back_exactly(situations):
    for report in situations:
        text = json.dumps(report.to_dict(), allow_nan=False)
        assert Report.from_dict(json.loads(text)) == report


def test_the_keys_are_the_contract(situations):
    plain = situations[0].to_dict()
    assert list(plain) == [
        "experiment", "phase", "source", "computed_at", "data_until", "look", "level", "alpha", "variants",
        "split", "quality", "metrics", "planes", "decision",
        "gross_to_net", "segments", "outlook", "waterfall",
    ]  # fmt: skip
    assert set(plain["experiment"]) == {"key", "title", "unit", "status"}
    assert set(plain["look"]) == {"number", "planned", "information", "is_look", "final", "next_at"}
    assert set(plain["variants"][0]) == {"key", "title", "control", "weight", "exposed", "mature"}
    assert {"status", "planned", "seen", "statistic", "df", "p", "causes"} <= set(plain["split"])
    assert set(plain["quality"]) == {
        "in_two_variants", "in_two_variants_share", "contaminated", "contaminated_share", "immature",
        "linked_at_exposure", "linked_at_cut", "notes", "excluded", "excluded_p", "split_p_with_excluded",
        "suppressed", "new_ids", "offers_elsewhere", "late", "new_ids_p", "offers_elsewhere_p", "handled",
        "silent", "stated_relations",
    }  # fmt: skip
    assert {
        "metric", "title", "role", "direction", "kind", "variant", "control_value", "variant_value", "absolute",
        "relative", "shown", "margin", "noninferiority", "adjusted_p", "verdict", "few_events", "protected", "note",
    } <= set(plain["metrics"][0])  # fmt: skip
    assert set(plain["planes"][0]) == {
        "variant", "goal", "guardrail", "point", "goal_interval", "guardrail_interval", "margin", "regions",
        "correlation",
    }  # fmt: skip
    assert set(plain["decision"]) == {
        "action", "variant", "title", "sentence", "reasons", "rule", "provisional", "variants", "shrunken",
    }  # fmt: skip


def test_words_are_plain_strings_and_numbers(situations):
    plain = situations[0].to_dict()
    row = plain["metrics"][1]
    assert (row["role"], row["direction"], row["kind"], row["verdict"]) == ("guardrail", 1, "rate", "holds")
    assert row["margin"] == {"scale": "relative", "value": 0.05}
    assert row["absolute"]["status"] == "ok"
    assert plain["decision"]["variants"] == {"entry": "net_loss"}


def test_effects_in_the_report_read_as_the_statistics_wrote_them(situations):
    report = situations[0]
    row = report.metrics[1]
    assert report.to_dict()["metrics"][1]["absolute"] == row.absolute.to_dict()
    assert report.to_dict()["metrics"][1]["noninferiority"] == row.noninferiority.to_dict()


def test_parts_are_found_by_variant(situations):
    report = situations[1]
    assert report.control.key == "control"
    assert [variant.key for variant in report.treatments] == ["a", "b"]
    assert {row.variant for row in report.rows("b")} == {"b"}
