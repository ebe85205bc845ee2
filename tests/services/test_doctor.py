"""The doctor finds what is wrong, says what to do, and changes nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from sqlalchemy import Engine

from experiments.config import Settings
from experiments.services.clock import DAY, now_us
from experiments.services.doctor import Finding, State, examine
from experiments.services.work import Worker
from experiments.store import backups, migrate, partitions
from experiments.store.engines import is_sqlite, make_engine, writing
from tests.shop_world import Shop, page

STRONG = "kT3vR9xQ2mW7pL5nB8cY1zD6fG4hJ0sA"


def settings(folder: Path, **changes: object) -> Settings:
    folder.chmod(0o750)
    given = {"data_dir": folder, "id_key": STRONG, "secret_key": STRONG, **changes}
    return Settings(_env_file=None, **given)  # type: ignore[call-arg, arg-type]


def by_name(engine: Engine, chosen: Settings, now: int | None = None) -> Mapping[str, Finding]:
    return {item.name: item for item in examine(engine, chosen, now or now_us())}


def test_a_healthy_installation_has_nothing_to_mend(engine: Engine, tmp_path: Path) -> None:
    chosen, now = settings(tmp_path), now_us()
    partitions.ensure(engine, now)
    worker = Worker(engine, chosen, "tests")
    worker.tick(now)
    with writing(engine) as session:
        backups.note(session.connection(), now)
    found = by_name(engine, chosen)
    assert {name: item.told for name, item in found.items() if item.state is not State.OK} == {}
    own = {"SQLite"} if is_sqlite(engine) else {"partitions", "connections", "clock of the database"}
    assert own <= found.keys()
    assert {"worker", "migrations", "disk space", "id key", "projection", "retention", "unit tables"} <= found.keys()


def test_what_is_missing_is_told_with_what_to_do(engine: Engine, tmp_path: Path) -> None:
    found = by_name(engine, settings(tmp_path))
    assert found["worker"].state is State.FAIL
    assert "netlift worker" in found["worker"].advice
    assert found["backup"].state is State.WARN
    assert all(item.advice for item in found.values() if item.state is not State.OK)
    if not is_sqlite(engine):
        assert found["partitions"].state is State.WARN


def test_a_database_that_is_not_there(tmp_path: Path) -> None:
    engine = make_engine("postgresql+psycopg://nobody@127.0.0.1:1/nothing")
    found = by_name(engine, settings(tmp_path))
    assert found["database"].state is State.FAIL
    assert "NETLIFT_DATABASE_URL" in found["database"].advice
    assert "worker" not in found, "what needs the database is not guessed"


def test_an_old_revision(sqlite_engine: Engine, tmp_path: Path) -> None:
    migrate.downgrade(sqlite_engine, "0001")
    found = by_name(sqlite_engine, settings(tmp_path))
    assert found["migrations"].state is State.FAIL
    assert "netlift db upgrade" in found["migrations"].advice


@pytest.mark.parametrize(
    ("key", "state"), [("short", State.FAIL), ("a" * 64, State.FAIL), ("", State.WARN), (STRONG, State.OK)]
)
def test_keys(sqlite_engine: Engine, tmp_path: Path, key: str, state: State) -> None:
    found = by_name(sqlite_engine, settings(tmp_path, id_key=key))
    assert found["id key"].state is state
    assert not (tmp_path / "id.key").exists(), "looking makes no key"
    assert key not in found["id key"].told or not key


def test_a_key_that_others_can_read(sqlite_engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "id.key"
    path.write_text(STRONG)
    path.chmod(0o644)
    found = by_name(sqlite_engine, settings(tmp_path, id_key=""))["id key"]
    assert (found.state, found.advice) == (State.FAIL, f"chmod 600 {path}")


@pytest.mark.parametrize(
    ("changes", "name"),
    [({"web_threads": 64}, "threads"), ({"host": "0.0.0.0"}, "proxy"), ({"behind_proxy": True}, "cookies")],
)
def test_settings_that_do_not_fit(sqlite_engine: Engine, tmp_path: Path, changes: dict[str, object], name: str) -> None:
    assert by_name(sqlite_engine, settings(tmp_path, **changes))[name].state is State.WARN


def test_more_connections_than_the_server_has(postgres_url: str, tmp_path: Path) -> None:
    engine = make_engine(postgres_url)
    found = by_name(engine, settings(tmp_path, web_workers=64, web_threads=16))
    engine.dispose()
    assert found["connections"].state is State.FAIL


def test_clocks_lag_and_quarantine(sqlite_engine: Engine, tmp_path: Path) -> None:
    now = now_us()
    shop = Shop(sqlite_engine, start=now - 30 * DAY)
    shop.send("web", [page("/tv", now - DAY, anonymousId="v1")], now - DAY)
    shop.try_send("web", [{"type": "track", "anonymousId": "v1", "messageId": "bad"}], now)
    found = by_name(sqlite_engine, settings(tmp_path), now)
    assert found["projection"].state is State.FAIL
    assert found["quarantine"].state is State.WARN
    assert "no_event" in found["quarantine"].told
    assert found["clock of the file system"].state is State.OK
    wrong = by_name(sqlite_engine, settings(tmp_path), now - 600_000_000)
    assert wrong["clock of the file system"].state is State.FAIL
    shop.send("web", [page("/tv", now, anonymousId="v2")], now + DAY)
    assert by_name(sqlite_engine, settings(tmp_path), now)["clock"].state is State.FAIL


def test_retention_that_is_held_back(sqlite_engine: Engine, tmp_path: Path) -> None:
    Shop(sqlite_engine, start=now_us() - 200 * DAY)
    found = by_name(sqlite_engine, settings(tmp_path, retention_days=60))
    assert found["retention"].state is State.WARN
    assert "entry" in found["retention"].told


def test_a_folder_that_cannot_be_written(sqlite_engine: Engine, tmp_path: Path) -> None:
    found = by_name(sqlite_engine, settings(tmp_path).model_copy(update={"data_dir": tmp_path / "nowhere"}))
    assert found["data folder"].state is State.FAIL
    sealed = settings(tmp_path).model_copy(update={"data_dir": Path("/proc/self")})
    assert by_name(sqlite_engine, sealed)["data folder"].state is State.FAIL


def test_a_data_folder_open_to_all(sqlite_engine: Engine, tmp_path: Path) -> None:
    chosen = settings(tmp_path)
    tmp_path.chmod(0o777)
    assert by_name(sqlite_engine, chosen)["data folder"].state is State.WARN


def test_the_command_says_it_all_and_fails_where_something_fails(sqlite_url: str, tmp_path: Path) -> None:
    environment = {**os.environ, "NETLIFT_DATA_DIR": str(tmp_path), "NETLIFT_DATABASE_URL": sqlite_url}
    command = [sys.executable, "-m", "web.cli", "doctor"]
    done = subprocess.run([*command, "--json"], env=environment, capture_output=True, text=True, timeout=60)
    told = json.loads(done.stdout)
    assert (done.returncode, told["ok"]) == (1, False)
    states = {item["name"]: item["state"] for item in told["findings"]}
    assert states["worker"] == "fail"
    assert states["database"] == "ok"
    for_people = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    assert "fail worker: No worker has ever shown itself." in for_people.stdout
    assert "     → Run `netlift worker`" in for_people.stdout
