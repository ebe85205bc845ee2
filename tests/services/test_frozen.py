"""The unit table of a finished test gives its report again, exactly, and is rewritten when somebody is forgotten."""

from __future__ import annotations

import json
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow.parquet as pq
import pytest
from sqlalchemy import Engine

from experiments.config import Settings
from experiments.decision.analyse import build_report
from experiments.decision.report import Report
from experiments.domain.errors import DomainError, NotFoundError
from experiments.domain.ids import hash_id
from experiments.domain.plan import Spending
from experiments.services import frozen, privacy
from experiments.services.analyse import explain
from experiments.services.clock import DAY, now_us
from experiments.services.frozen_values import from_json, to_json
from experiments.services.refresh import refresh
from experiments.services.steps import Steps, failing
from experiments.services.stored_reports import stored_reports
from experiments.services.upkeep import keep_house
from experiments.services.work import Worker
from experiments.stats.moments import Moments
from experiments.store import erasures, unit_tables
from experiments.store.engines import reading, writing
from experiments.store.people import Person
from tests.shop_world import ADMIN, HOUR, ID_KEY, START, WEEK, Item, Shop, identify, order, viewed

NOW = START + 5 * WEEK
METRICS = (
    {"metric": "cross-sell", "role": "goal", "effect": 0.2},
    {"metric": "up-sell", "role": "guardrail", "margin": {"relative": 0.5}},
    {"metric": "revenue", "role": "secondary"},
    {"metric": "digital-share", "role": "secondary"},
)


def people(n: int) -> tuple[list[Item], list[Item]]:
    """Customers with holdings; some are seen in two variants, some come too late to be mature."""
    told, done = [], []
    for number in range(n):
        customer = {"userId": f"customer-{number}"}
        variant = ("control", "entry")[number % 2]
        at = START + DAY + (number % 11) * DAY // 2
        told.append(identify(START - DAY, holdings=["mobile-1"], **customer))
        done.append(viewed(variant, at, **customer))
        if number % 97 == 3:
            done.append(viewed("control", at + HOUR, **customer))
        if number % 7 == 0 or (number % 2 and number % 5 == 0):
            product = ("tv-1", "mobile-2", "broadband-3")[number % 3]
            channel = ("web", "phone")[number % 4 // 2]
            done.append(order(f"o{number}", product, at + 2 * HOUR, channel=channel, **customer))
    done.append(viewed("entry", START + 13 * DAY, userId="late-one"))
    return told, done


def make_shop(engine: Engine) -> Shop:
    """A stopped test."""
    shop = Shop(engine, unit="customer", metrics=METRICS)
    told, done = people(300)
    shop.send("shop", told, START - DAY + HOUR)
    shop.send("shop", done, START + 2 * WEEK)
    shop.stop(START + 2 * WEEK)
    return shop


def finish(shop: Shop, folder: Path) -> Shop:
    """The worker takes the last look, as it does by itself."""
    worker = Worker(shop.engine, Settings(data_dir=folder, time_zone="UTC"), "tests")
    assert worker.tick(NOW).refreshed[0].look == 1
    worker.close()
    return shop


@pytest.fixture
def finished(sqlite_engine: Engine, tmp_path: Path) -> Shop:
    return finish(make_shop(sqlite_engine), tmp_path)


def test_the_report_of_the_file_is_the_stored_one(engine: Engine, tmp_path: Path) -> None:
    finished = make_shop(engine)
    live = finished.report(NOW)
    finish(finished, tmp_path)
    again = frozen.report_from_units(finished.engine, tmp_path, "entry")
    with reading(finished.engine) as session:
        stored = stored_reports(session, "entry").look
    assert stored is not None
    assert stored.look.final
    assert again.to_dict() == stored.to_dict()
    written = Report.from_dict(again.to_dict()).to_dict()
    assert json.dumps(written, sort_keys=True) == json.dumps(stored.to_dict(), sort_keys=True), "to the last digit"
    assert stored.quality.in_two_variants > 0
    check_same(live, again)


def check_same(live: Report, again: Report) -> None:
    """The table is summed exactly, the database in whatever order it likes: the last digit may differ."""
    assert live.look.is_look
    assert [variant.mature for variant in again.variants] == [variant.mature for variant in live.variants]
    for mine, theirs in zip(again.metrics, live.metrics, strict=True):
        assert mine.verdict is theirs.verdict
        assert mine.control_value == pytest.approx(theirs.control_value, rel=1e-12)
        assert mine.absolute.point == pytest.approx(theirs.absolute.point, rel=1e-9)


def test_the_file_holds_hashes_and_columns_and_no_id(finished: Shop, tmp_path: Path) -> None:
    [path] = (tmp_path / "units").glob("*.parquet")
    assert path.parent.stat().st_mode & 0o077 == 0, "hashes of people are for nobody else on the machine"
    arrow = pq.read_table(path)
    assert {*unit_tables.FACTS, "cross-sell", "up-sell", "revenue", "digital-share:per"} <= set(arrow.column_names)
    assert arrow.num_rows == 301
    assert hash_id("customer", "customer-7", ID_KEY) in set(arrow.column("unit").to_pylist())
    assert b"customer-7" not in path.read_bytes()


def test_erasing_rewrites_the_file(finished: Shop, tmp_path: Path) -> None:
    [before] = (tmp_path / "units").glob("*.parquet")
    done = privacy.erase(finished.engine, ADMIN, NOW, "customer", "customer-7", id_key=ID_KEY, folder=tmp_path)
    assert done.units == 1
    [after] = (tmp_path / "units").glob("*.parquet")
    assert after != before
    assert hash_id("customer", "customer-7", ID_KEY) not in set(pq.read_table(after).column("unit").to_pylist())
    again = frozen.report_from_units(finished.engine, tmp_path, "entry")
    with reading(finished.engine) as session:
        stored = stored_reports(session, "entry").look
        [kept] = frozen.all_frozen(session)
    assert stored is not None
    assert sum(v.exposed for v in again.variants) == sum(v.exposed for v in stored.variants) - 1
    assert (kept.rows, kept.erased) == (300, 1)


def test_a_damaged_file_is_not_believed(finished: Shop, tmp_path: Path) -> None:
    [path] = (tmp_path / "units").glob("*.parquet")
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(DomainError, match="not the file that was frozen"):
        frozen.report_from_units(finished.engine, tmp_path, "entry")
    path.unlink()
    with pytest.raises(DomainError, match="is missing"):
        frozen.report_from_units(finished.engine, tmp_path, "entry")


def test_what_a_crash_left_behind_is_removed(finished: Shop, tmp_path: Path) -> None:
    [path] = (tmp_path / "units").glob("*.parquet")
    orphan = path.with_name("entry-1-000000000000.parquet")
    orphan.write_bytes(path.read_bytes())
    draft = path.with_name(".entry-1.17.draft")
    draft.write_bytes(b"half a table")
    now = now_us()
    assert frozen.remove_leftovers(finished.engine, tmp_path, now) == 0, "another process may be about to name them"
    assert frozen.remove_leftovers(finished.engine, tmp_path, now + 2 * HOUR) == 2
    assert list((tmp_path / "units").iterdir()) == [path]


def test_a_full_disk_holds_up_no_other_test(sqlite_engine: Engine, tmp_path: Path) -> None:
    """The last look is taken once the file can be written; a report without its units would never get them."""
    make_shop(sqlite_engine)
    (tmp_path / "units").write_text("no folder")
    worker = Worker(sqlite_engine, Settings(data_dir=tmp_path, time_zone="UTC"), "tests")
    assert worker.tick(NOW).refreshed == ()
    (tmp_path / "units").unlink()
    assert [item.look for item in worker.tick(NOW + HOUR).refreshed] == [1]


def test_upkeep_goes_on_where_a_chore_fails(finished: Shop, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with writing(finished.engine) as session:
        erasures.mark(session.connection(), Person(customers=frozenset({17})), NOW)
    for path in (tmp_path / "units").glob("*.parquet"):
        path.unlink()
    steps = Steps(finished.engine)
    steps.begin(NOW)
    keep_house(finished.engine, Settings(data_dir=tmp_path), NOW, steps)
    assert "upkeep of erasures failed, try 1: entry-1-" in caplog.text
    with reading(finished.engine) as session:
        assert [(told.fault.item, told.fault.error[:8]) for told in failing(session)] == [("erasures", "entry-1-")]


def test_a_test_without_a_table_says_so(sqlite_engine: Engine, tmp_path: Path) -> None:
    Shop(sqlite_engine)
    with pytest.raises(NotFoundError):
        frozen.report_from_units(sqlite_engine, tmp_path, "entry")


def test_an_empty_look_can_be_frozen(sqlite_engine: Engine, tmp_path: Path) -> None:
    """Nobody bought anything."""
    engine = sqlite_engine
    shop = Shop(engine, unit="customer")
    shop.send("shop", [viewed("control", START + DAY + n, userId=f"c{n}") for n in range(20)], START + 2 * DAY)
    shop.stop(START + 2 * WEEK)
    shop.report(NOW)
    refresh(engine, "entry", NOW, ZoneInfo("UTC"), tmp_path)
    with reading(engine) as session:
        stored = stored_reports(session, "entry").look
    assert stored is not None
    assert frozen.report_from_units(engine, tmp_path, "entry").to_dict() == stored.to_dict()


def test_the_kept_input_reads_back_as_it_was(finished: Shop, tmp_path: Path) -> None:
    [path] = (tmp_path / "units").glob("*.parquet")
    table = unit_tables.read(tmp_path, path.name)
    data = frozen.input_of(table)
    assert to_json(data.looks) == table.about["looks"]
    assert build_report(data).decision.action is not None


def test_any_value_a_report_is_computed_from_comes_back_exactly() -> None:
    moments = Moments(3, ("a", "b"), np.array([0.1, 1 / 3]), np.array([[0.2, 0.01], [0.01, 1e-17]]))
    value = {("mobile", "web"): {"x": (moments, Spending.OBRIEN_FLEMING, None, [1, 2.5, True])}, "y": frozenset({1})}
    again = from_json(json.loads(json.dumps(to_json(value))))
    [back, *rest] = again["mobile", "web"]["x"]
    assert (back.n, back.columns, rest) == (3, ("a", "b"), [Spending.OBRIEN_FLEMING, None, [1, 2.5, True]])
    np.testing.assert_array_equal(back.cov, moments.cov)
    np.testing.assert_array_equal(back.mean, moments.mean)
    assert again["y"] == frozenset({1})


@pytest.mark.parametrize("name", ["os:system", "experiments.services.frozen:keep", "experiments.domain.plan:Plan.x"])
def test_a_file_can_run_nothing(name: str) -> None:
    with pytest.raises(ValueError, match="none of the types"):
        from_json({"type": name, "fields": {}})


def test_a_number_of_a_look_is_taken_apart_after_the_look(finished: Shop, tmp_path: Path) -> None:
    """From the frozen units to the last digit; from the events, as the last look saw them, but for the last digit."""
    finished.send("shop", [order("late", "tv-1", START + 3 * WEEK, userId="customer-1")], NOW + DAY)
    with reading(finished.engine) as session:
        stored = stored_reports(session, "entry").look
        exact = explain(session, "entry", "cross-sell", now=NOW + WEEK, folder=tmp_path)
        again = explain(session, "entry", "cross-sell", now=NOW + WEEK)
    assert stored is not None
    [told] = [row for row in stored.metrics if row.metric == "cross-sell"]
    assert exact.result == told
    assert again.result.absolute.point == pytest.approx(told.absolute.point, rel=1e-9)
    assert (again.control.n, again.variant.n) == (exact.control.n, exact.variant.n)
