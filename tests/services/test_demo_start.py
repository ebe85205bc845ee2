"""Where the demo is seeded and where it refuses, and that it comes out the same again."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, func, select

from experiments.config import Settings
from experiments.domain.errors import ConflictError, DomainError
from experiments.domain.source import Source, SourceKind
from experiments.services import catalogue
from experiments.services.actor import SYSTEM
from experiments.services.analyse import latest_report
from experiments.services.demo.calendar import FOUNDED_AGO
from experiments.services.demo.company import found_company
from experiments.services.demo.credentials import Credentials, load
from experiments.services.demo.desk_designs import ALL
from experiments.services.demo.ensure import find_demo, make_demo
from experiments.services.demo.seed import LEAST_DAYS, Seeded, seed
from experiments.services.setup import prepare
from experiments.store.engines import make_engine, reading, writing
from experiments.store.tables import EventRow
from web.cli import cli
from web.cli.failures import run

NOW = 1_795_012_345_678_901
SCALE = 0.005


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path)


@dataclass(frozen=True)
class Told:
    """What came in and what was said about it, without anything that must differ between databases."""

    seeded: Seeded
    events: list[tuple[int, ...]]
    verdicts: dict[str, Any]


def told(engine: Engine, settings: Settings, now: int) -> Told:
    seeded = seed(engine, settings, now, scale=SCALE)
    columns = (EventRow.occurred_at, EventRow.received_at, EventRow.type, EventRow.source_id)
    with reading(engine) as session:
        events = [tuple(row) for row in session.execute(select(*columns).order_by(*columns))]
        found = {design.key: latest_report(session, design.key, kind="live") for design in ALL}
    reports = {key: report.to_dict() for key, report in found.items() if report is not None}
    return Told(seeded, events, {key: (told["variants"], told["decision"]) for key, told in reports.items()})


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Told:
    settings = Settings(data_dir=tmp_path_factory.mktemp("first"))
    engine = make_engine(settings.url)
    found = told(engine, settings, NOW)
    engine.dispose()
    assert found.seeded.events > 500
    assert set(found.verdicts) == {design.key for design in ALL}
    return found


def test_it_comes_out_the_same_again_with_other_ids_at_another_hour(first: Told, settings: Settings) -> None:
    engine = make_engine(settings.url)
    again = told(engine, settings, NOW + 7_200_000_000)
    engine.dispose()
    assert again == first


def test_it_comes_out_the_same_on_postgresql(first: Told, postgres_url: str, settings: Settings) -> None:
    engine = make_engine(postgres_url)
    again = told(engine, settings, NOW)
    engine.dispose()
    assert again == first


def test_more_days_are_everyday_traffic_before_the_tests(sqlite_engine: Engine, settings: Settings) -> None:
    seeded = seed(sqlite_engine, settings, NOW, days=FOUNDED_AGO + 10, scale=SCALE)
    with reading(sqlite_engine) as session:
        first = session.scalar(select(func.min(EventRow.occurred_at)))
    assert seeded.events > 500
    assert first is not None
    assert NOW - first > (FOUNDED_AGO + 9) * 86_400_000_000


def test_an_interrupted_seeding_leaves_nothing_behind(settings: Settings) -> None:
    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make_demo(settings, NOW, days=LEAST_DAYS, on_progress=stop)
    assert not [path for path in settings.data_dir.iterdir() if path.name.startswith(("netlift.db", "demo.json"))]
    assert find_demo(settings, NOW) is None


def test_an_empty_database_is_one_to_be_seeded(settings: Settings) -> None:
    engine = make_engine(settings.url)
    prepare(engine, settings, NOW)
    engine.dispose()
    assert find_demo(settings, NOW) is None


def test_another_installation_is_left_alone(settings: Settings) -> None:
    engine = make_engine(settings.url)
    prepare(engine, settings, NOW)
    with writing(engine) as session:
        catalogue.save_source(session, SYSTEM, NOW, Source("shop", "Shop", SourceKind.SERVER))
    engine.dispose()
    with pytest.raises(ConflictError, match="holds another installation") as refusal:
        find_demo(settings, NOW)
    assert refusal.value.code == "not_empty"


def test_half_a_demo_is_not_taken_for_a_whole_one(settings: Settings) -> None:
    """Where the database is no new SQLite file, an interrupted seeding can be seen."""
    engine = make_engine(settings.url)
    prepare(engine, settings, NOW)
    with writing(engine) as session:
        found_company(session, SYSTEM, NOW)
    engine.dispose()
    with pytest.raises(ConflictError, match="was interrupted") as refusal:
        find_demo(settings, NOW)
    assert refusal.value.code == "half_seeded"


def test_a_spoiled_file_of_credentials_is_named(tmp_path: Path) -> None:
    assert load(tmp_path) is None
    (tmp_path / "demo.json").write_text('{"email": "demo@netlift.example"}')
    with pytest.raises(DomainError, match=r"demo\.json is not what the demo wrote"):
        load(tmp_path)


def test_credentials_are_read_back_as_they_were_written(tmp_path: Path) -> None:
    known = Credentials("demo@netlift.example", "a password", "pk_live_1", "sk_live_2")
    known.save(tmp_path)
    assert load(tmp_path) == known
    assert [path.name for path in tmp_path.iterdir()] == ["demo.json"]


def test_a_port_that_is_taken_is_said_before_anything_is_seeded(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NETLIFT_DATA_DIR", str(tmp_path))
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        assert run(cli, ["demo", "--port", str(taken.getsockname()[1])]) == 1
    assert "Choose another --port." in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_days_that_do_not_hold_the_tests_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(cli, ["demo", "--no-serve", "--days", "30"]) == 2
    assert "30 is not in the range 60<=x<=120" in capsys.readouterr().err
