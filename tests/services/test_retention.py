"""Old data go by partition or range; what a test or a holdback needs stays, and the round says what held it back."""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, func, select, text

from experiments.config import Settings
from experiments.domain.rollout import RollOut
from experiments.services import decide
from experiments.services.clock import DAY
from experiments.services.launch import archive
from experiments.services.project import rebuild, run_all
from experiments.services.refresh import refresh
from experiments.services.retention import look, remove_daily, remove_old
from experiments.store import eligibility, partitions
from experiments.store.engines import is_sqlite, reading, writing
from experiments.store.tables import (
    EventKeyRow,
    EventRow,
    ExposureRow,
    HoldingRow,
    LinkRow,
    OutcomeRow,
    PageViewRow,
    PhaseRow,
)
from tests.shop_world import ADMIN, HOUR, START, WEEK, Shop, identify, order, page, viewed

#: Long after the test: four months of nothing but page views.
NOW = START + 200 * DAY


def settings(folder: Path, days: int = 60) -> Settings:
    return Settings(data_dir=folder, retention_days=days, late_days=90, time_zone="UTC")


def make_shop(engine: Engine) -> Shop:
    """A test of two weeks, page views before and after it, holdings told twice."""
    partitions.ensure(engine, START - 30 * DAY)
    shop = Shop(engine)
    shop.send("web", [page("/tv", START - 30 * DAY, anonymousId="early")], START - 30 * DAY + HOUR)
    held = [identify(START - 20 * DAY, holdings=["mobile-1"], userId="c1", message="old")]
    held += [identify(START - 10 * DAY, holdings=["mobile-1", "tv-1"], userId="c1", message="new")]
    shop.send("shop", held, START - 10 * DAY + HOUR)
    crowd = [viewed(("control", "entry")[n % 2], START + DAY + n, anonymousId=f"v{n}") for n in range(40)]
    crowd += [order(f"o{n}", "tv-1", START + 2 * DAY + n, anonymousId=f"v{n}") for n in range(0, 40, 3)]
    crowd.append(identify(START + DAY, userId="c1", anonymousId="v1"))
    shop.send("shop", crowd, START + 3 * DAY)
    for month in range(1, 7):
        at = START + month * 30 * DAY
        partitions.ensure(engine, at)
        shop.send("web", [page("/tv", at, anonymousId=f"late{month}")], at + HOUR)
    run_all(engine, NOW)
    return shop


def rows(engine: Engine) -> dict[str, int]:
    tables = (EventRow, EventKeyRow, ExposureRow, OutcomeRow, PageViewRow, HoldingRow, LinkRow)
    with reading(engine) as session:
        return {row.__tablename__: session.scalar(select(func.count()).select_from(row)) or 0 for row in tables}


def test_a_running_test_holds_back_what_it_needs(engine: Engine, tmp_path: Path) -> None:
    shop = make_shop(engine)
    before = rows(engine)
    done = remove_old(engine, settings(tmp_path), NOW)
    assert [item.experiment for item in done.held] == ["entry"]
    assert done.held[0].since == START - DAY
    assert done.held[0].why == "running, its final report is not frozen yet"
    after = rows(engine)
    assert after["exposure"] == before["exposure"]
    assert after["outcome"] == before["outcome"]
    assert after["page_view"] == before["page_view"] - 1
    assert sum(variant.exposed for variant in shop.report(NOW).variants) == 40


def test_a_frozen_test_holds_back_nothing(engine: Engine, tmp_path: Path) -> None:
    shop = make_shop(engine)
    shop.stop(START + 2 * WEEK)
    refresh(engine, "entry", START + 5 * WEEK, ZoneInfo("UTC"), tmp_path)
    before = rows(engine)
    done = remove_old(engine, settings(tmp_path), NOW)
    assert done.held == ()
    after = rows(engine)
    assert (after["exposure"], after["outcome"]) == (0, 0)
    assert 1 <= after["event"] <= 3
    assert after["identity_link"] == 1, "who is whom is a state"
    assert after["holding"] == before["holding"] - 2, "the statement that a later one replaced"
    assert after["event_key"] == 3 if is_sqlite(engine) else after["event_key"] >= 3, "messages may come again"
    with reading(engine) as session:
        oldest = session.scalar(select(func.min(EventRow.received_at)))
    assert oldest is not None
    assert oldest >= (done.edge or 0)


def test_what_is_left_can_be_rebuilt_and_the_rest_stays(engine: Engine, tmp_path: Path) -> None:
    shop = make_shop(engine)
    shop.stop(START + 2 * WEEK)
    refresh(engine, "entry", START + 5 * WEEK, ZoneInfo("UTC"), tmp_path)
    remove_old(engine, settings(tmp_path), NOW)
    before = rows(engine)
    rebuild(engine, NOW)
    assert rows(engine) == before
    assert before["holding"] > 0


def test_a_holdback_holds_back_too(sqlite_engine: Engine, tmp_path: Path) -> None:
    engine = sqlite_engine
    shop = make_shop(engine)
    shop.stop(START + 2 * WEEK)
    refresh(engine, "entry", START + 5 * WEEK, ZoneInfo("UTC"), tmp_path)
    with writing(engine) as session:
        shipped = RollOut("entry", share=1.0, holdback=0.05)
        decide.decide(session, ADMIN, START + 40 * DAY, "entry", decide.Choice.SHIP, rollout=shipped, reason="Yes.")
    found = look(engine, settings(tmp_path), NOW)
    assert [(item.why, item.since) for item in found.held] == [("its winner has a holdback", START + 39 * DAY)]
    assert found.edge == START + 39 * DAY


def test_events_that_are_no_facts_yet_are_not_removed(engine: Engine, tmp_path: Path) -> None:
    shop = make_shop(engine)
    shop.send("web", [page("/tv", NOW - HOUR, anonymousId="new")], NOW)
    before = rows(engine)
    done = remove_old(engine, settings(tmp_path), NOW)
    assert "wait to be projected" in done.waiting
    assert rows(engine) == before


def test_the_default_keeps_everything_and_a_day_has_one_round(sqlite_engine: Engine, tmp_path: Path) -> None:
    make_shop(sqlite_engine)
    before = rows(sqlite_engine)
    assert remove_daily(sqlite_engine, settings(tmp_path, days=0), NOW) is None
    assert rows(sqlite_engine) == before
    assert remove_daily(sqlite_engine, settings(tmp_path), NOW) is not None
    assert remove_daily(sqlite_engine, settings(tmp_path), NOW + HOUR) is None


def test_old_partitions_are_dropped(postgres_url: str, tmp_path: Path) -> None:
    from experiments.store.engines import make_engine

    engine = make_engine(postgres_url)
    shop = make_shop(engine)
    shop.stop(START + 2 * WEEK)
    refresh(engine, "entry", START + 5 * WEEK, ZoneInfo("UTC"), tmp_path)
    with engine.connect() as connection:
        before = partitions.present(connection)
    done = remove_old(engine, settings(tmp_path), NOW)
    with engine.connect() as connection:
        after = partitions.present(connection)
        left = connection.execute(text("select count(*) from event_default")).scalar_one()
    assert len(before) - len(after) == done.removed["event"] >= 4
    assert all(month.end > (done.edge or 0) for month in after)
    assert left == 0
    engine.dispose()


def test_who_may_enter_is_forgotten_with_a_test_in_the_archive(engine: Engine, tmp_path: Path) -> None:
    shop = make_shop(engine)
    shop.stop(START + 2 * WEEK)
    refresh(engine, "entry", START + 5 * WEEK, ZoneInfo("UTC"), tmp_path)
    with writing(engine) as session:
        connection = session.connection()
        phase = session.scalar(select(PhaseRow)) or pytest.fail("no phase")
        eligibility.freeze(connection, [eligibility.Frozen(phase.id, unit, unit % 2 == 0) for unit in range(4)], START)
        told = [eligibility.Count(phase.experiment_id, 1, "AUDIENCE")]
        eligibility.count(connection, told, eligibility.FROZEN, START)
        eligibility.count(connection, told, eligibility.FROZEN, NOW)
    assert not {"eligibility", "evaluation_count"} & remove_old(engine, settings(tmp_path), NOW).removed.keys()
    with writing(engine) as session:
        decide.decide(session, ADMIN, START + 40 * DAY, "entry", decide.Choice.KEEP_CONTROL, reason="No.")
        archive(session, ADMIN, START + 41 * DAY, "entry")
    removed = remove_old(engine, settings(tmp_path), NOW).removed
    assert (removed["eligibility"], removed["evaluation_count"]) == (4, 1)


@pytest.mark.parametrize("days", [-1, 36_501])
def test_the_setting_has_bounds(tmp_path: Path, days: int) -> None:
    with pytest.raises(ValueError, match="retention_days"):
        settings(tmp_path, days)
