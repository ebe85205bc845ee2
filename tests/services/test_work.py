"""The worker: events become reports, looks are taken once, a second worker waits, a killed one is replaced."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, select, text

from experiments.config import Settings
from experiments.domain.access import UserRole
from experiments.domain.environment import Environment
from experiments.domain.errors import ConflictError, DomainError
from experiments.domain.product import Family, Product
from experiments.domain.rollout import RollOut
from experiments.domain.source import Source, SourceKind
from experiments.services import catalogue, experiments, launch, project, work
from experiments.services.actor import Actor
from experiments.services.clock import DAY, MINUTE
from experiments.services.decide import Choice, decide
from experiments.services.definitions import read_definition
from experiments.services.headlines import headline
from experiments.services.health import check
from experiments.services.ingest import Limits, SourceInfo, accept
from experiments.services.learn.past import past_tests
from experiments.services.metrics import ensure_default_metrics, metric_by_key, save_metric
from experiments.services.refresh import refresh
from experiments.services.stored_reports import stored_reports
from experiments.services.work import LEASE, Worker
from experiments.store import migrate
from experiments.store.engines import reading, writing
from experiments.store.tables import SnapshotRow
from web.cli.context import open_engine

START = 1_780_000_000_000_000
WEEK = 7 * DAY
ADMIN = Actor("tests", UserRole.ADMIN)
DEFINITION = {
    "key": "entry",
    "name": "Entry",
    "hypothesis": "It sells more.",
    "unit": "customer",
    "variants": [{"key": "control"}, {"key": "entry"}],
    "metrics": [
        {"metric": "all-sales", "role": "goal", "effect": 0.2},
        {"metric": "revenue", "role": "guardrail", "margin": {"relative": 0.5}},
    ],
    "plan": {"weeks": 4, "looks": 2, "units_per_variant": 300, "maturation_days": 7},
}


@pytest.fixture
def settings(tmp_path: object) -> Settings:
    return Settings(data_dir=tmp_path, time_zone="UTC", refresh_seconds=15)


@pytest.fixture
def shop(engine: Engine, request: pytest.FixtureRequest) -> SourceInfo:
    """A catalogue, a server source and a launched test with windows of one week; units per variant as parameter."""
    plan = {**DEFINITION["plan"], "units_per_variant": getattr(request, "param", 300)}
    with writing(engine) as session:
        ensure_default_metrics(session, START)
        for key in ("all-sales", "revenue"):
            short = replace(metric_by_key(session, key), window_days=7, return_days=0)
            save_metric(session, ADMIN, START, short)
        catalogue.save_family(session, ADMIN, START, Family("tv", "TV"))
        catalogue.save_product(session, ADMIN, START, Product("tv-1", "TV", "tv", 1, 1_000, 400, 12), valid_from=0)
        code = catalogue.save_source(session, ADMIN, START, Source("shop", "Shop", SourceKind.SERVER))
        experiments.create(session, ADMIN, START, read_definition({**DEFINITION, "plan": plan}))
        launch.launch(session, ADMIN, START, "entry")
    return SourceInfo(code, "shop", SourceKind.SERVER, Environment.PRODUCTION)


def _send(engine: Engine, shop: SourceInfo, week: int, buyers: dict[str, float], units: int = 600) -> None:
    """Customers of one week, half in each variant, of every hundred of whom a share buys the next day."""
    from datetime import UTC, datetime

    items = []
    for number in range(units):
        variant = ("control", "entry")[number % 2]
        at = START + week * WEEK + number * 60_000_000
        stamp = datetime.fromtimestamp(at / 1e6, UTC).isoformat()
        customer = f"c{week}-{number}"
        base = {"type": "track", "userId": customer, "timestamp": stamp}
        viewed = {"experiment_id": "entry", "variation_id": variant, "phase": 1, "reason": "SPLIT"}
        items.append({**base, "messageId": f"e{customer}", "event": "Experiment Viewed", "properties": viewed})
        if (number // 2) % 100 < buyers[variant] * 100:
            order = {"order_id": f"o{customer}", "products": [{"product_id": "tv-1", "quantity": 1, "price": 10}]}
            items.append({**base, "messageId": f"o{customer}", "event": "Order Completed", "properties": order})
    limits = Limits(late_days=700, future_minutes=1_440, max_batch=10_000)
    answer = accept(engine, shop, items, id_key=b"k", now=START + (week + 1) * WEEK, limits=limits)
    assert not answer.rejected


def test_looks_are_taken_on_their_days_and_once(engine: Engine, shop: SourceInfo, settings: Settings) -> None:
    worker = Worker(engine, settings, "one")
    _send(engine, shop, 0, {"control": 0.2, "entry": 0.4})
    tick = worker.tick(START + WEEK + 2 * DAY)
    assert tick.events > 600
    with reading(engine) as session:
        stored = stored_reports(session, "entry")
    assert stored.look is None
    assert stored.live is not None
    assert stored.live.decision.provisional
    assert sum(variant.exposed for variant in stored.live.variants) == 600

    _send(engine, shop, 1, {"control": 0.2, "entry": 0.4})
    first = worker.tick(START + 3 * WEEK + DAY)
    assert [(item.experiment, item.look) for item in first.refreshed] == [("entry", 1)]
    again = worker.tick(START + 3 * WEEK + 2 * DAY)
    assert all(item.look is None for item in again.refreshed)
    with reading(engine) as session:
        look = stored_reports(session, "entry").look
    assert look is not None
    assert (look.look.number, look.look.planned, look.look.final) == (1, 2, True)
    assert look.decision.action == "ship"


def test_a_look_is_not_spent_before_anything_of_the_goal_has_come(
    engine: Engine, shop: SourceInfo, settings: Settings
) -> None:
    """Sales that come as files come when somebody brings them; a look that is spent does not come back."""
    worker = Worker(engine, settings, "one")
    for week in (0, 1):
        _send(engine, shop, week, {"control": 0.0, "entry": 0.0})
    silent = worker.tick(START + 3 * WEEK + DAY)
    assert [(item.experiment, item.look) for item in silent.refreshed] == [("entry", None)]
    with reading(engine) as session:
        stored = stored_reports(session, "entry")
    assert stored.looks == ()
    assert stored.live is not None
    assert stored.live.quality.silent
    assert "waits until it does, for two weeks" in stored.live.quality.notes[0]

    _send(engine, shop, 2, {"control": 0.2, "entry": 0.4})
    heard = worker.tick(START + 5 * WEEK)
    assert [(item.experiment, item.look) for item in heard.refreshed] == [("entry", 1)]
    with reading(engine) as session:
        look = stored_reports(session, "entry").look
    assert look is not None
    assert not any("waits until" in note for note in look.quality.notes)


@pytest.mark.parametrize("shop", [900], indirect=True)
def test_the_past_test_of_two_looks_enters_corrected_for_them(
    engine: Engine, shop: SourceInfo, settings: Settings
) -> None:
    worker = Worker(engine, settings, "one")
    for week, share in enumerate((0.25, 0.2)):
        _send(engine, shop, week, {"control": 0.2, "entry": share})
    assert [item.look for item in worker.tick(START + 3 * WEEK + DAY).refreshed] == [1]
    _send(engine, shop, 2, {"control": 0.2, "entry": 0.4})
    assert [item.look for item in worker.tick(START + 5 * WEEK + DAY).refreshed] == [2]
    with writing(engine) as session:
        first, second = stored_reports(session, "entry").looks
        row = next(row for row in second.metrics if row.metric == "all-sales")
        assert next(row for row in first.metrics if row.metric == "all-sales").corrected is None
        assert row.corrected is not None
        assert (row.corrected.status, row.corrected.crossed_at) == ("ok", None)
        launch.stop(session, ADMIN, START + 5 * WEEK + DAY, "entry", reason="Over")
        (test,) = past_tests(session, START + 6 * WEEK).tests
    assert test.gain == row.corrected.point
    assert test.se == pytest.approx((row.corrected.hi - row.corrected.lo) / 2 / 1.959964)
    assert test.raw.gain == row.relative.point


def test_between_ticks_nothing_is_computed_again(engine: Engine, shop: SourceInfo, settings: Settings) -> None:
    worker = Worker(engine, settings, "one")
    _send(engine, shop, 0, {"control": 0.2, "entry": 0.2})
    now = START + WEEK
    worker.tick(now)
    assert worker.tick(now + 1_000_000).refreshed == ()
    assert worker.tick(now + 60_000_000).refreshed == ()


def test_no_report_is_computed_from_half_rebuilt_facts(
    engine: Engine, shop: SourceInfo, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = Worker(engine, settings, "one")
    _send(engine, shop, 0, {"control": 0.2, "entry": 0.4})
    now = START + WEEK + 2 * DAY
    worker.tick(now)

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(project, "run_all", killed)
        with pytest.raises(KeyboardInterrupt):
            project.rebuild(engine, now)
    monkeypatch.setattr(work, "project", partial(project.run, limit=300))
    ticks = [worker.tick(now + minute * MINUTE) for minute in range(1, 4)]
    assert [(tick.events, len(tick.refreshed)) for tick in ticks] == [(300, 0), (300, 0), (180, 1)]
    with reading(engine) as session:
        live = stored_reports(session, "entry").live
    assert live is not None
    assert sum(variant.exposed for variant in live.variants) == 600


def test_who_asks_during_a_rebuild_is_told(engine: Engine, shop: SourceInfo, monkeypatch: pytest.MonkeyPatch) -> None:
    _send(engine, shop, 0, {"control": 0.2, "entry": 0.4})
    now = START + WEEK
    seen: list[str] = []

    def ask(engine_: Engine, at: int) -> project.Projected:
        done = project.run(engine_, at, limit=100)
        with pytest.raises(ConflictError, match="being rebuilt") as refusal:
            refresh(engine_, "entry", at, ZoneInfo("UTC"))
        seen.append(refusal.value.code)
        assert project.is_rebuilding(engine_)
        done.events += project.run(engine_, at).events
        return done

    monkeypatch.setattr(project, "run_all", ask)
    assert project.rebuild(engine, now).events == 780
    assert seen == ["rebuilding"]
    assert not project.is_rebuilding(engine)
    assert refresh(engine, "entry", now, ZoneInfo("UTC")).experiment == "entry"


def test_a_day_that_closed_leaves_a_permanent_snapshot(engine: Engine, shop: SourceInfo, settings: Settings) -> None:
    worker = Worker(engine, settings, "one")
    for day in range(3):
        _send(engine, shop, 0, {"control": 0.2, "entry": 0.2})
        worker.tick(START + WEEK + day * DAY)
        _send(engine, shop, day + 1, {"control": 0.2, "entry": 0.2})
    with reading(engine) as session:
        kinds = list(session.scalars(select(SnapshotRow.kind)))
    assert kinds.count("live") == 1
    assert kinds.count("day") == 2


def test_a_stopped_test_gets_its_final_report_when_its_last_unit_is_mature(
    engine: Engine, shop: SourceInfo, settings: Settings
) -> None:
    worker = Worker(engine, settings, "one")
    _send(engine, shop, 0, {"control": 0.2, "entry": 0.2})
    with writing(engine) as session:
        launch.stop(session, ADMIN, START + WEEK, "entry")
    assert worker.tick(START + WEEK + DAY).refreshed[0].look is None
    final = worker.tick(START + 2 * WEEK + DAY)
    assert final.refreshed[0].look == 1
    with reading(engine) as session:
        stored = stored_reports(session, "entry")
    assert stored.look is not None
    assert stored.look.look.final
    assert stored.look.decision.action in ("no_gain", "inconclusive")
    assert worker.tick(START + 30 * WEEK).refreshed == ()


def test_one_worker_at_a_time_and_a_dead_one_is_replaced(engine: Engine, shop: SourceInfo, settings: Settings) -> None:
    first, second = Worker(engine, settings, "one"), Worker(engine, settings, "two")
    now = START + DAY
    assert not first.tick(now).idle
    assert second.tick(now + 1_000_000).idle
    assert not second.tick(now + LEASE + 1).idle
    assert first.tick(now + LEASE + 2_000_000).idle
    second.close()
    assert not first.tick(now + LEASE + 3_000_000).idle


def test_readiness_names_what_is_missing(engine: Engine, shop: SourceInfo, settings: Settings) -> None:
    now = START + DAY
    states = {item.name: item.ok for item in check(engine, now)}
    assert states == {"database": True, "migrations": True, "worker": False}
    Worker(engine, settings, "one").tick(now)
    assert all(item.ok for item in check(engine, now + 1_000_000))
    assert not all(item.ok for item in check(engine, now + 120_000_000))


@pytest.mark.parametrize("decided", [True, False])
def test_the_verdict_that_was_decided_on_stays_at_run_off(
    engine: Engine, shop: SourceInfo, settings: Settings, decided: bool
) -> None:
    """The first look ships; of the last units, who ran off afterwards, none of the variant buys."""
    worker = Worker(engine, settings, "one")
    for week in (0, 1):
        _send(engine, shop, week, {"control": 0.16, "entry": 0.28}, units=240)
    first = worker.tick(START + 3 * WEEK + DAY)
    assert [item.look for item in first.refreshed] == [1]
    _send(engine, shop, 2, {"control": 0.5, "entry": 0.01}, units=240)
    stopped = START + 3 * WEEK + 2 * DAY
    with writing(engine) as session:
        launch.stop(session, ADMIN, stopped, "entry")
        if decided:
            decide(session, ADMIN, stopped, "entry", Choice.SHIP, rollout=RollOut("entry", 0.5, keep=True))
    last = worker.tick(stopped + WEEK + DAY)
    assert [item.look for item in last.refreshed] == [2]
    with reading(engine) as session:
        look, early = stored_reports(session, "entry").look, headline(session, "entry", 1)
    assert look is not None
    assert early is not None
    assert [variant.mature for variant in look.variants] == [360, 360], "the report goes on to its last unit"
    assert look.rows("entry")[0].verdict != "better"
    assert look.decision.action == early.action
    assert (look.decision.action == "ship") is decided
    assert ("This is the verdict of look 1 of 2" in look.decision.sentence) is decided


def test_a_worker_waits_where_a_newer_version_has_migrated_the_database(
    engine: Engine, shop: SourceInfo, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    def at(revision: str) -> None:
        with writing(engine) as session:
            session.execute(text("update alembic_version set version_num = :revision"), {"revision": revision})

    worker, now, head = Worker(engine, settings, "one"), START + DAY, migrate.head_revision()
    _send(engine, shop, 0, {"control": 0.2, "entry": 0.2})
    at("9999")
    wanted = f"The database is at 9999, made by a newer version; this one knows {head}: run the newer version, or"
    assert [worker.tick(now + second * 1_000_000).idle for second in range(3)] == [True] * 3
    assert caplog.text.count(f"The worker waits: {wanted}") == 1
    checks = {item.name: item for item in check(engine, now)}
    assert all(item.ok for item in checks.values()), "the old version goes on answering until the new one is there"
    assert wanted in checks["migrations"].advice
    with pytest.raises(DomainError, match="made by a newer version"):
        open_engine(Settings(data_dir=settings.data_dir, database_url=engine.url.render_as_string(hide_password=False)))
    at(head)
    assert worker.tick(now + MINUTE).events == 720


def test_two_workers_that_compute_at_once_take_a_look_once(engine: Engine, shop: SourceInfo) -> None:
    """One whose report takes longer than its lease is overtaken in the middle of it."""
    for week in (0, 1):
        _send(engine, shop, week, {"control": 0.2, "entry": 0.4})
    now, overtaken = START + 3 * WEEK + DAY, []
    project.run_all(engine, now)
    refresh(engine, "entry", START + WEEK, ZoneInfo("UTC"))

    def overtake(done: int) -> None:
        if done == 1:
            overtaken.append(refresh(engine, "entry", now, ZoneInfo("UTC")).look)

    assert refresh(engine, "entry", now, ZoneInfo("UTC"), on_step=overtake).look is None
    assert overtaken == [1]
    with reading(engine) as session:
        assert [look.look.number for look in stored_reports(session, "entry").looks] == [1]
