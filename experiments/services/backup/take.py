"""A backup of a running service: one consistent instant of the database, its keys, its frozen unit tables."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Collection
from pathlib import Path

from sqlalchemy import Connection, Engine, func, select, text

from experiments import __version__
from experiments.config import Settings
from experiments.domain.errors import DomainError
from experiments.services.backup.manifest import Kind, Manifest
from experiments.services.backup.tools import call, find_tool
from experiments.services.clock import to_iso
from experiments.store import backups, migrate
from experiments.store.engines import is_sqlite, make_engine, writing
from experiments.store.tables import Base, UnitTableRow
from experiments.store.unit_tables import FOLDER, checksum

SQLITE_FILE = "netlift.db"
DUMP_FILE = "netlift.dump"
#: Tries to copy the unit tables that the database names; one that is rewritten meanwhile has another name.
TRIES = 3
Step = Callable[[str], None]


def backup(engine: Engine, settings: Settings, folder: Path, now: int, *, say: Step = lambda _text: None) -> Manifest:
    """Write a backup into an empty or new folder; people and workers go on meanwhile.

    Raises:
        DomainError: the folder is not empty; a tool of PostgreSQL is missing or fails.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise DomainError("not_empty", f"{folder} is not empty, must be a new or an empty folder.", "folder")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    kind: Kind = "sqlite" if is_sqlite(engine) else "postgresql"
    for attempt in range(1, TRIES + 1):
        say(f"Copying the database ({kind}).")
        rows, units = _copy_sqlite(engine, folder) if kind == "sqlite" else _dump(engine, settings, folder)
        if _copy_units(settings.data_dir, folder, units):
            break
        if attempt == TRIES:
            raise DomainError(
                "damaged", f"{settings.data_dir / FOLDER} lacks a file that the database names.", "data_dir"
            )
    _write_keys(settings, folder)
    files = {str(path.relative_to(folder)): checksum(path) for path in sorted(folder.rglob("*")) if path.is_file()}
    manifest = Manifest(to_iso(now), __version__, kind, migrate.current_revision(engine) or "", files, rows)
    manifest.write(folder)
    with writing(engine) as session:
        backups.note(session.connection(), now)
    return manifest


def count_rows(connection: Connection, names: Collection[str] | None = None) -> dict[str, int]:
    """Rows of every table, or of those with the given names."""
    return {
        table.name: int(connection.execute(select(func.count()).select_from(table)).scalar_one())
        for table in Base.metadata.sorted_tables
        if names is None or table.name in names
    }


def _copy_sqlite(engine: Engine, folder: Path) -> tuple[dict[str, int], list[str]]:
    """`VACUUM INTO` reads one snapshot and holds up no writer; the counts are those of the copy itself."""
    target = folder / SQLITE_FILE
    target.unlink(missing_ok=True)
    raw = engine.raw_connection()
    try:
        raw.cursor().execute("VACUUM INTO ?", (str(target),))
    finally:
        raw.close()
    target.chmod(0o600)
    copy = make_engine(f"sqlite:///{target}")
    try:
        with copy.connect() as connection:
            found = count_rows(connection), list(connection.scalars(select(UnitTableRow.file)))
    finally:
        copy.dispose()
    for leftover in folder.glob(f"{SQLITE_FILE}-*"):
        leftover.unlink()
    return found


def _dump(engine: Engine, settings: Settings, folder: Path) -> tuple[dict[str, int], list[str]]:
    """The counts are taken in the very snapshot that is dumped."""
    with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        server = int(connection.execute(text("select current_setting('server_version_num')")).scalar_one()) // 10_000
        tool = find_tool("pg_dump", settings, server)
        snapshot = connection.execute(text("select pg_export_snapshot()")).scalar_one()
        rows = count_rows(connection)
        units = list(connection.scalars(select(UnitTableRow.file)))
        target = folder / DUMP_FILE
        call(tool, settings.url, ["--format=custom", f"--snapshot={snapshot}", "--file", str(target)])
        target.chmod(0o600)
        connection.rollback()
    return rows, units


def _copy_units(data: Path, folder: Path, names: list[str]) -> bool:
    place = folder / FOLDER
    shutil.rmtree(place, ignore_errors=True)
    if not names:
        return True
    place.mkdir(mode=0o700)
    for name in names:
        try:
            shutil.copyfile(data / FOLDER / name, place / name)
        except FileNotFoundError:
            return False
    return True


def _write_keys(settings: Settings, folder: Path) -> None:
    """Whoever has the id key can link ids again, so the files are for nobody else's eyes."""
    for name, value in (("id.key", settings.id_secret().decode()), ("secret.key", settings.session_secret())):
        with os.fdopen(os.open(folder / name, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "w") as handle:
            handle.write(value)
