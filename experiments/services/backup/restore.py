"""Bring a backup back: into an empty place, or with `force` beside what is there, which is moved and not removed."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, select
from sqlalchemy.exc import SQLAlchemyError

from experiments.config import Settings
from experiments.domain.errors import ConflictError, DomainError
from experiments.services.backup.manifest import Manifest, read_manifest
from experiments.services.backup.take import DUMP_FILE, SQLITE_FILE, count_rows
from experiments.services.backup.tools import call, find_tool
from experiments.services.health import SILENCE, WORKER
from experiments.services.project import rebuild
from experiments.store import events, migrate
from experiments.store.engines import is_sqlite, make_engine, reading, writing
from experiments.store.projection import cursor
from experiments.store.tables import LeaseRow
from experiments.store.unit_tables import FOLDER

Step = Callable[[str], None]
#: Functions of this schema that belong to no extension.
OWN_FUNCTIONS = """
    select routine.oid::regprocedure::text from pg_proc routine
    where routine.pronamespace = current_schema()::regnamespace and routine.prokind = 'f'
    and not exists (select from pg_depend depends where depends.objid = routine.oid and depends.deptype = 'e')
"""


def restore(
    settings: Settings, folder: Path, now: int, *, force: bool = False, say: Step = lambda _text: None
) -> Manifest:
    """Restore database, keys and unit tables; every row count is compared with the manifest.

    Args:
        force: there may be a database; a SQLite file and other keys are moved aside, PostgreSQL's tables are replaced.

    Raises:
        DomainError: no or a damaged backup, one of another kind of database, or another id key in the settings.
        ConflictError: there is a database already, or a worker is alive.
    """
    manifest = read_manifest(folder)
    engine = make_engine(settings.url)
    try:
        _check_kind(engine, manifest)
        _check_free(engine, now, force)
        _check_keys(settings, folder, force)
        say("Restoring the database.")
        if manifest.kind == "sqlite":
            _place_sqlite(engine, folder, now)
        else:
            _fill_postgresql(engine, settings, folder, force)
        _compare(engine, manifest)
        _place_keys(settings, folder, now)
        _place_units(settings.data_dir, folder)
        _make_current(engine, now, say)
    finally:
        engine.dispose()
    return manifest


def _check_kind(engine: Engine, manifest: Manifest) -> None:
    here = "sqlite" if is_sqlite(engine) else "postgresql"
    if here != manifest.kind:
        message = f"The backup is of {manifest.kind}, NETLIFT_DATABASE_URL names {here}."
        raise DomainError("other_kind", message, "database_url")
    if manifest.revision > migrate.head_revision():
        message = f"The backup is at revision {manifest.revision}, this version knows {migrate.head_revision()}."
        raise DomainError("too_new", f"{message} Restore it with version {manifest.version} or newer.", "folder")


def _check_free(engine: Engine, now: int, force: bool) -> None:
    present = not is_sqlite(engine) or Path(str(engine.url.database)).exists()
    if not present or migrate.current_revision(engine) is None:
        return
    if not force:
        raise ConflictError("There is a database already; --force puts the backup in its place.", "database_url")
    if _beat(engine) > now - SILENCE:
        raise ConflictError("A worker is alive: stop the service before restoring.", "database_url", code="alive")


def _beat(engine: Engine) -> int:
    try:
        with reading(engine) as session:
            return session.scalar(select(LeaseRow.beat_at).where(LeaseRow.name == WORKER)) or 0
    except SQLAlchemyError:
        return 0  # an older or a broken database, which is what is being replaced


def _check_keys(settings: Settings, folder: Path, force: bool) -> None:
    """A database without the key of its ids would take every returning visitor for a new one."""
    for name, variable, given in _keys(settings):
        backed_up = (folder / name).read_text().strip()
        if given and given != backed_up and name == "id.key":
            raise DomainError("other_key", f"{variable} is not the key of this backup.", "id_key")
        path = settings.data_dir / name
        if not given and path.exists() and path.read_text().strip() != backed_up and not force:
            raise ConflictError(f"{path} is another key; --force moves it aside.", "data_dir", code="other_key")


def _keys(settings: Settings) -> tuple[tuple[str, str, str], ...]:
    return (
        ("id.key", "NETLIFT_ID_KEY", settings.given_id_key),
        ("secret.key", "NETLIFT_SECRET_KEY", settings.given_secret_key),
    )


def _place_sqlite(engine: Engine, folder: Path, now: int) -> None:
    """The copy is complete on the disk before it takes the name of the database."""
    target = Path(str(engine.url.database))
    engine.dispose()
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f".{target.name}.restoring")
    shutil.copyfile(folder / SQLITE_FILE, draft)
    with draft.open("rb+") as handle:
        os.fsync(handle.fileno())
    for ending in ("", "-wal", "-shm"):
        old = target.with_name(target.name + ending)
        if old.exists():
            old.rename(target.with_name(f"{target.name}.before-{now}{ending}"))
    draft.replace(target)


def _fill_postgresql(engine: Engine, settings: Settings, folder: Path, force: bool) -> None:
    with engine.connect() as connection:
        server = int(connection.exec_driver_sql("select current_setting('server_version_num')").scalar_one()) // 10_000
    tool = find_tool("pg_restore", settings, server)
    if force:
        with engine.begin() as connection:
            _clear(connection)
    engine.dispose()
    arguments = ["--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction", str(folder / DUMP_FILE)]
    call(tool, settings.url, arguments)


def _clear(connection: Connection) -> None:
    """Drop what a backup brings along: tables, and the functions of triggers, which outlive their tables."""
    tables = ", ".join(f'"{name}"' for name in inspect(connection).get_table_names())
    if tables:
        connection.exec_driver_sql(f"drop table if exists {tables} cascade")
    own = connection.exec_driver_sql(OWN_FUNCTIONS).scalars().all()
    if own:
        connection.exec_driver_sql(f"drop function if exists {', '.join(own)} cascade")


def _compare(engine: Engine, manifest: Manifest) -> None:
    """Compared at the backup's own revision: tables that a later version added are in neither."""
    with engine.connect() as connection:
        found = count_rows(connection, set(inspect(connection).get_table_names()) & set(manifest.rows))
    wrong = [name for name, rows in manifest.rows.items() if found.get(name) != rows]
    if wrong:
        name = wrong[0]
        message = f"{name} has {found.get(name)} rows after restoring, the backup had {manifest.rows[name]}."
        raise DomainError("damaged", message, "folder")


def _place_keys(settings: Settings, folder: Path, now: int) -> None:
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    for name, _, given in _keys(settings):
        path, value = settings.data_dir / name, (folder / name).read_text().strip()
        if given or (path.exists() and path.read_text().strip() == value):
            continue
        if path.exists():
            path.rename(path.with_name(f"{name}.before-{now}"))
        with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as handle:
            handle.write(value)


def _place_units(data: Path, folder: Path) -> None:
    for path in sorted((folder / FOLDER).glob("*.parquet")):
        (data / FOLDER).mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, data / FOLDER / path.name)


def _make_current(engine: Engine, now: int, say: Step) -> None:
    """Migrate an older backup, and project anew where another server numbers its transactions differently."""
    if migrate.current_revision(engine) != migrate.head_revision():
        say("Migrating to this version.")
        migrate.upgrade(engine)
    with writing(engine) as session:
        connection = session.connection()
        settled = events.is_settled(connection, cursor.position(connection)) and events.all_settled(connection)
    if not settled:
        say("Projecting the events anew: the transactions of this server have other numbers.")
        rebuild(engine, now)
