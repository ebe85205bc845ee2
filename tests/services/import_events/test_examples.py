"""Every example of docs/examples/imports does what the documentation says, on both databases."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine, select, text

from experiments.services import catalogue, experiments, launch
from experiments.services.actor import SYSTEM
from experiments.services.analyse import report_for
from experiments.services.clock import from_iso
from experiments.services.definitions import read_definition
from experiments.services.metrics import ensure_default_metrics
from experiments.services.project import run_all
from experiments.services.sessions import reading, writing
from experiments.store.tables import HoldingRow, OutcomeRow, ProductRow, RefundRow
from tests.intake_world import EXAMPLES, NOW, import_catalogue, import_example

FILES = [
    ("stripe-charges-invented.csv", "stripe-charges", {"new": 3, "refused": 1, "skipped": 1}),
    ("stripe-refunds-invented.csv", "stripe-refunds", {"new": 1, "refused": 0, "skipped": 1}),
    ("call-centre-invented.csv", "call-centre", {"new": 3, "refused": 3, "skipped": 0}),
    ("back-office-orders-invented.jsonl", "back-office-orders", {"new": 2, "refused": 1, "skipped": 0}),
    ("customers-invented.csv", "customers", {"new": 5, "refused": 0, "skipped": 0}),
    ("letters-invented.csv", "letters", {"new": 4, "refused": 0, "skipped": 0}),
]


def test_every_example_is_run_by_a_test() -> None:
    tested = {name for name, _, _ in FILES} | {"price-list-invented.csv"}
    assert {path.name for path in EXAMPLES.iterdir() if path.suffix != ".toml"} == tested


@pytest.mark.parametrize(("name", "spec", "counts"), FILES)
def test_an_example_is_looked_at_taken_in_and_known_the_second_time(
    engine: Engine, name: str, spec: str, counts: dict[str, int]
) -> None:
    import_catalogue(engine)
    looked = import_example(engine, name, spec, dry=True)
    with reading(engine) as session:
        assert session.scalar(text("select count(*) from event")) == 0
    taken = import_example(engine, name, spec)
    again = import_example(engine, name, spec)
    for found in (looked, taken):
        assert {key: found.report[key] for key in counts} == counts
        assert found.report["duplicates"] == 0
    assert looked.problems == taken.problems
    assert (again.report["new"], again.report["duplicates"]) == (0, counts["new"])
    with reading(engine) as session:
        assert session.scalar(text("select count(*) from event")) == counts["new"]


def test_charges_become_sales_and_refunds_find_them(engine: Engine) -> None:
    import_catalogue(engine)
    import_example(engine, "stripe-charges-invented.csv", "stripe-charges")
    import_example(engine, "stripe-refunds-invented.csv", "stripe-refunds")
    run_all(engine, NOW)
    with reading(engine) as session:
        sold = session.execute(
            select(ProductRow.key, OutcomeRow.revenue, OutcomeRow.order_key, OutcomeRow.customer)
            .join(ProductRow, ProductRow.id == OutcomeRow.product_id)
            .order_by(OutcomeRow.at)
        ).all()
        refunded = session.scalars(select(RefundRow.order_key)).all()
    assert [(row.key, row.revenue) for row in sold] == [
        ("tv-plus", 2_000),
        ("broadband-100", 3_500),
        ("mobile-m", 1_750),
    ]
    assert refunded == [sold[1].order_key]
    assert all(row.customer is not None for row in sold)


def test_refused_rows_name_row_field_value_and_reason(engine: Engine) -> None:
    problems = import_example(engine, "call-centre-invented.csv", "call-centre", dry=True).problems
    assert [(one.row, one.field, one.value) for one in problems] == [
        (5, "timestamp", "31-02-2026 10:20"),
        (6, "user_id", ""),
        (7, "channel", "Telegram"),
    ]
    assert "must look like %d-%m-%Y %H:%M" in problems[0].reason


def test_call_centre_times_are_of_its_zone_and_durations_are_seconds(engine: Engine) -> None:
    import_example(engine, "call-centre-invented.csv", "call-centre")
    run_all(engine, NOW)
    with reading(engine) as session:
        rows = session.execute(
            select(OutcomeRow.at, OutcomeRow.seconds, OutcomeRow.number).order_by(OutcomeRow.at)
        ).all()
        source = catalogue.source_by_key(session, "call-centre")
    assert [row.seconds for row in rows] == [270, 725, 130]
    assert [row.number for row in rows] == [1.0, 0.0, 0.0]
    assert rows[0].at == 1_793_693_700_000_000  # 3 November 2026, 9:15 in Amsterdam
    assert source.watermark == 1_793_746_800_000_000  # the end of that day there


def test_lines_inside_an_order_are_lines_of_one_order(engine: Engine) -> None:
    import_catalogue(engine)
    import_example(engine, "back-office-orders-invented.jsonl", "back-office-orders")
    run_all(engine, NOW)
    with reading(engine) as session:
        rows = session.execute(
            select(OutcomeRow.order_key, OutcomeRow.line, OutcomeRow.quantity, OutcomeRow.revenue)
        ).all()
    first = [row for row in rows if row.order_key == rows[0].order_key]
    assert sorted((row.line, row.quantity, row.revenue) for row in first) == [(0, 1, 2_000), (1, 2, 3_500)]
    assert len(rows) == 3


def test_letters_are_exposures_of_a_test_without_an_sdk(engine: Engine) -> None:
    definition = {"key": "letter-about-tv", "name": "Letter", "hypothesis": "It sells TV.", "unit": "customer",
                  "variants": [{"key": "control"}, {"key": "letter"}],
                  "metrics": [{"metric": "all-sales", "role": "goal", "effect": 0.1},
                              {"metric": "up-sell", "role": "guardrail", "margin": {"relative": 0.1}}],
                  "plan": {"weeks": 4, "looks": 1, "units_per_variant": 100}}  # fmt: skip
    launched = from_iso("2026-11-02T08:00:00Z")
    with writing(engine) as session:
        ensure_default_metrics(session, launched)
        experiments.create(session, SYSTEM, launched, read_definition(definition))
        launch.launch(session, SYSTEM, launched, "letter-about-tv")
    import_example(engine, "letters-invented.csv", "letters")
    run_all(engine, NOW)
    with reading(engine) as session:
        report = report_for(session, "letter-about-tv", now=NOW)
    assert {variant.key: variant.exposed for variant in report.variants} == {"control": 2, "letter": 2}


def test_customers_hold_what_they_held_from_each_day_on(engine: Engine) -> None:
    import_catalogue(engine)
    import_example(engine, "customers-invented.csv", "customers")
    run_all(engine, NOW)
    with reading(engine) as session:
        keys = dict(session.execute(select(ProductRow.id, ProductRow.key)).all()) | {0: ""}
        rows = session.execute(
            select(HoldingRow.customer, HoldingRow.as_of, HoldingRow.product_id, HoldingRow.independent)
        ).all()
    assert all(row.independent for row in rows)
    statements: dict[int, dict[int, set[str]]] = {}
    for row in rows:
        statements.setdefault(row.customer, {}).setdefault(row.as_of, set()).add(keys[row.product_id])
    histories = sorted([sorted(held - {""}) for _, held in sorted(told.items())] for told in statements.values())
    assert histories == [
        [[]],
        [["broadband-100"]],
        [["mobile-m"], ["mobile-m", "tv-start"], ["mobile-m", "tv-plus"]],
    ]
