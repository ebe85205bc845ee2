"""Replays: a launch that moves back, customers known as of before it, and no look in the middle of the telling."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine

from experiments.config import Settings
from experiments.domain.audience import Audience
from experiments.domain.environment import Environment
from experiments.domain.errors import ConflictError, DomainError, ForbiddenError
from experiments.domain.product import Family, Product
from experiments.domain.source import Source, SourceKind
from experiments.services import audit, catalogue, experiments, launch
from experiments.services.actor import SYSTEM
from experiments.services.clock import DAY, to_iso
from experiments.services.definitions import read_definition
from experiments.services.demo.backdate import SOURCE, acquaint, backdate, complete
from experiments.services.demo.company import CRM, OFFLINE
from experiments.services.ingest import Limits, SourceInfo, accept
from experiments.services.metrics import all_metrics, ensure_default_metrics, save_metric
from experiments.services.project import run_all
from experiments.services.refresh import refresh
from experiments.services.stored_reports import stored_reports
from experiments.store.engines import reading, writing
from tests.scenes import ADMIN, EDITOR

NOW = 1_795_000_000_000_000
LAUNCHED = NOW - 56 * DAY
KEY = "my-test"
DEFINITION = {
    "key": KEY,
    "name": "My test",
    "hypothesis": "It sells more.",
    "unit": "customer",
    "variants": [{"key": "control"}, {"key": "entry"}],
    "metrics": [
        {"metric": "cross-sell", "role": "goal", "effect": 0.2},
        {"metric": "up-sell", "role": "guardrail", "margin": {"relative": 0.2}},
    ],
    "plan": {"weeks": 4, "units_per_variant": 20, "maturation_days": 21},
}


@pytest.fixture
def settings(tmp_path: object) -> Settings:
    return Settings(data_dir=tmp_path)


def launched(engine: Engine, **changes: Any) -> SourceInfo:
    """A test that was just launched, and a back office that sells."""
    with writing(engine) as session:
        ensure_default_metrics(session, NOW)
        for metric in all_metrics(session):
            save_metric(session, ADMIN, NOW, replace(metric, window_days=14, return_days=7))
        for family in ("mobile", "tv"):
            catalogue.save_family(session, ADMIN, NOW, Family(family, family))
            catalogue.save_product(session, ADMIN, NOW, Product(f"{family}-s", family, family, 1, 1_000, 400, 12))
        code = catalogue.save_source(session, ADMIN, NOW, Source("office", "Office", SourceKind.SERVER))
        experiments.create(session, ADMIN, NOW, read_definition({**DEFINITION, **changes}))
        launch.launch(session, ADMIN, NOW - 1, KEY)
    return SourceInfo(code, "office", SourceKind.SERVER, Environment.PRODUCTION)


def begin(engine: Engine, at: int = LAUNCHED) -> None:
    with writing(engine) as session:
        backdate(session, ADMIN, NOW, KEY, at)


def statement(number: int) -> dict[str, Any]:
    ids = {"anonymousId": f"browser-{number}", "userId": f"customer-{number}"}
    traits = {"holdings": ["mobile-s"]}
    return {"type": "identify", **ids, "traits": traits, "timestamp": to_iso(LAUNCHED - DAY)}


def serve(engine: Engine, office: SourceInfo, settings: Settings, unit: str, buyers: int, visits: int = 60) -> None:
    """Visits of the first week after the launch; the first ones buy TV a day later, by phone."""
    items = []
    for number in range(visits):
        ids = {"anonymousId": f"browser-{number}", "userId": f"customer-{number}"}
        at = LAUNCHED + number * 1_000_000
        viewed = {"experiment_id": KEY, "variation_id": ("control", "entry")[number % 2], "phase": 1, "unit": unit}
        event = {"type": "track", "event": "Experiment Viewed", "properties": viewed, "timestamp": to_iso(at)}
        items.append({**ids, **event})
        if number < buyers:
            sold = {"order_id": f"o{number}", "channel": "phone", "products": [{"product_id": "tv-s", "price": 10}]}
            order = {"type": "track", "event": "Order Completed", "properties": sold, "timestamp": to_iso(at + DAY)}
            items.append({"userId": ids["userId"], **order})
    answer = accept(engine, office, items, id_key=settings.id_secret(), now=NOW, limits=Limits.of(settings))
    assert not answer.rejected
    run_all(engine, NOW)


def test_the_launch_moves_back_and_the_audit_log_says_so(engine: Engine) -> None:
    launched(engine)
    begin(engine)
    with reading(engine) as session:
        moved = experiments.by_key(session, KEY)
        deed = audit.history(session, noun="experiment", key=KEY)[0]
        watermark = catalogue.source_by_key(session, SOURCE.key).watermark
    assert (moved.launched_at, moved.phase.started_at) == (LAUNCHED, LAUNCHED)
    assert (deed.action, deed.who, deed.reason) == ("backdate", ADMIN.name, "simulated")
    assert watermark == LAUNCHED


def test_it_may_be_done_again_until_somebody_is_exposed(engine: Engine, settings: Settings) -> None:
    office = launched(engine)
    begin(engine)
    begin(engine, LAUNCHED + DAY)
    serve(engine, office, settings, "customer", 0, visits=1)
    with pytest.raises(ConflictError, match="my-test has exposures already") as refusal:
        begin(engine)
    assert refusal.value.code == "exposed"


def test_a_stopped_test_is_refused(sqlite_engine: Engine) -> None:
    launched(sqlite_engine)
    with writing(sqlite_engine) as session:
        launch.stop(session, ADMIN, NOW, KEY)
    with pytest.raises(ConflictError, match="is stopped in phase 1, must be running in phase 1"):
        begin(sqlite_engine)


def test_a_later_phase_is_refused(sqlite_engine: Engine) -> None:
    launched(sqlite_engine)
    with writing(sqlite_engine) as session:
        rules = read_definition({**DEFINITION, "audience": {"rules": [{"attribute": "a", "op": "exists"}]}}).audience
        launch.new_phase(session, ADMIN, NOW, KEY, audience=Audience("Some", rules.rules))
    with pytest.raises(ConflictError, match="running in phase 2"):
        begin(sqlite_engine)


def test_an_instant_ahead_is_refused(sqlite_engine: Engine) -> None:
    launched(sqlite_engine)
    with pytest.raises(ConflictError, match="must be before"):
        begin(sqlite_engine, NOW)


def test_who_may_not_launch_may_not_backdate(sqlite_engine: Engine) -> None:
    launched(sqlite_engine)
    with pytest.raises(ForbiddenError), writing(sqlite_engine) as session:
        backdate(session, EDITOR, NOW, KEY, LAUNCHED)


@pytest.mark.parametrize("unit", ["customer", "visitor"])
def test_customers_are_known_before_they_come_so_their_sales_are_cross_sales(
    engine: Engine, settings: Settings, unit: str
) -> None:
    office = launched(engine, unit=unit)
    begin(engine)
    acquaint(engine, settings, [statement(number) for number in range(60)], LAUNCHED - DAY)
    serve(engine, office, settings, unit, buyers=30)
    with writing(engine) as session:
        complete(session, ADMIN, NOW)
    refresh(engine, KEY, NOW, ZoneInfo("UTC"))
    with reading(engine) as session:
        report = stored_reports(session, KEY).look
    assert report is not None
    cross = report.rows("entry")[0]
    assert (cross.metric, cross.control_value, cross.variant_value) == ("cross-sell", 0.5, 0.5)


def test_no_look_is_taken_before_everything_has_been_told(engine: Engine, settings: Settings) -> None:
    office = launched(engine)
    begin(engine)
    acquaint(engine, settings, [statement(number) for number in range(60)], LAUNCHED - DAY)
    serve(engine, office, settings, "customer", buyers=10)
    refresh(engine, KEY, NOW, ZoneInfo("UTC"))
    with reading(engine) as session:
        during = stored_reports(session, KEY)
    assert during.looks == ()
    assert during.live is not None
    assert [variant.exposed for variant in during.live.variants] == [30, 30]
    assert [variant.mature for variant in during.live.variants] == [0, 0]
    with writing(engine) as session:
        complete(session, ADMIN, NOW)
    refresh(engine, KEY, NOW, ZoneInfo("UTC"))
    with reading(engine) as session:
        after = stored_reports(session, KEY)
    assert [(look.look.number, look.look.final) for look in after.looks] == [(1, True)]


def test_what_does_not_fit_the_service_is_refused(sqlite_engine: Engine, settings: Settings) -> None:
    launched(sqlite_engine)
    begin(sqlite_engine)
    too_old = {**statement(1), "timestamp": to_iso(LAUNCHED - 200 * DAY)}
    with pytest.raises(DomainError, match="timestamp of a customer was refused"):
        acquaint(sqlite_engine, settings, [too_old], LAUNCHED - DAY)


def test_the_nightly_import_of_the_demo_is_up_to_date_after_a_replay(sqlite_engine: Engine) -> None:
    """Another installation's imports are none of a replay's business."""
    launched(sqlite_engine)
    begin(sqlite_engine)
    old = Source(OFFLINE, "Phone", SourceKind.IMPORT, watermark=LAUNCHED)
    with writing(sqlite_engine) as session:
        catalogue.save_source(session, SYSTEM, NOW, old)
        complete(session, ADMIN, NOW)
        assert catalogue.source_by_key(session, OFFLINE) == old
        catalogue.save_source(session, SYSTEM, NOW, Source(CRM, "CRM", SourceKind.IMPORT))
        complete(session, ADMIN, NOW)
        assert catalogue.source_by_key(session, OFFLINE).watermark == NOW
        assert catalogue.source_by_key(session, SOURCE.key).watermark is None
