"""A report is asked for, computed by the worker step by step, and stays asked for when a worker ends in the middle."""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine

from experiments.config import Settings
from experiments.decision.inputs import AnalysisInput
from experiments.decision.report import Report
from experiments.domain.access import UserRole
from experiments.domain.errors import ConflictError, ForbiddenError, NotFoundError
from experiments.services import refresh as refresh_module
from experiments.services import refreshing
from experiments.services.actor import Actor
from experiments.services.clock import HOUR, to_iso
from experiments.services.refresh import STEPS, refresh
from experiments.services.stored_reports import stored_reports
from experiments.services.work import Worker
from experiments.store.engines import reading, writing
from tests.shop_world import ADMIN, METRICS, START, WEEK, Shop, viewed

UTC = ZoneInfo("UTC")
NOW = START + 5 * HOUR


@pytest.fixture
def shop(engine: Engine) -> Shop:
    shop = Shop(engine)
    shop.send("web", [viewed("control", START + HOUR, anonymousId=f"v{n}") for n in range(9)], START + 2 * HOUR)
    shop.report(NOW - HOUR)
    return shop


def state(engine: Engine) -> dict[str, object]:
    with reading(engine) as session:
        return refreshing.describe(refreshing.progress(session, "entry"))


def ask(engine: Engine, actor: Actor = ADMIN, key: str = "entry") -> None:
    with writing(engine) as session:
        refreshing.ask(session, actor, NOW, key)


def test_the_worker_computes_what_was_asked_for(shop: Shop) -> None:
    engine = shop.engine
    assert state(engine)["state"] == "never_asked"
    assert refreshing.serve(engine, NOW, UTC) == 0
    ask(engine)
    ask(engine)
    assert (state(engine)["state"], state(engine)["total"]) == ("asked", len(STEPS))
    assert refreshing.serve(engine, NOW, UTC) == 1
    assert (state(engine)["state"], state(engine)["done"]) == ("done", len(STEPS))
    with reading(engine) as session:
        live = stored_reports(session, "entry", 1).live
    assert live is not None
    assert live.computed_at == to_iso(NOW)


def test_its_steps_can_be_seen_while_it_works(shop: Shop) -> None:
    seen: list[int] = []
    refresh(shop.engine, "entry", NOW, UTC, on_step=seen.append)
    assert seen == [1, 2, 3]
    assert len(STEPS) == len(seen) + 1


def test_what_a_killed_worker_left_is_taken_up(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    ask(shop.engine)

    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(refreshing, "refresh", killed)
        with pytest.raises(KeyboardInterrupt):
            refreshing.serve(shop.engine, NOW, UTC)
    assert (state(shop.engine)["state"], state(shop.engine)["step"]) == ("counting", STEPS[0])
    assert refreshing.serve(shop.engine, NOW + 1, UTC) == 1
    assert state(shop.engine)["state"] == "done"


def test_what_one_report_trips_over_holds_up_no_other(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    shop.launch("other", "visitor", (0.5, 0.5), METRICS)
    built = refresh_module.build_report

    def build(given: AnalysisInput) -> Report:
        if given.experiment.key == "entry":
            raise ZeroDivisionError
        return built(given)

    worker = Worker(shop.engine, Settings(data_dir=tmp_path, refresh_seconds=15), "one")
    with monkeypatch.context() as broken:
        broken.setattr(refresh_module, "build_report", build)
        assert [one.experiment for one in worker.tick(NOW).refreshed] == ["other"]
        assert state(shop.engine)["state"] == "failed"
        assert "report of entry failed" in caplog.text
        ask(shop.engine)
        worker.tick(NOW + 1)
        assert state(shop.engine)["state"] == "failed"
    shop.send("web", [viewed("control", START + HOUR, anonymousId="late")], NOW)
    done = worker.tick(NOW + HOUR).refreshed
    assert {one.experiment for one in done} == {"entry", "other"}
    assert state(shop.engine)["state"] == "done"
    worker.close()


def test_who_may_ask_and_for_what(shop: Shop) -> None:
    with pytest.raises(ForbiddenError):
        ask(shop.engine, Actor("Bea", UserRole.VIEWER))
    with pytest.raises(NotFoundError):
        ask(shop.engine, key="nothing")
    shop.stop(START + 2 * WEEK)
    shop.report(START + 20 * WEEK)
    refresh(shop.engine, "entry", START + 20 * WEEK, UTC)
    with pytest.raises(ConflictError, match="is final"):
        ask(shop.engine)
    assert state(shop.engine)["state"] == "never_asked"
