"""The database: reachable, migrated, and set up as the store needs it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Engine, select, text

from experiments.config import Settings
from experiments.services.doctor.finding import Finding, fail, ok, warn
from experiments.services.doctor.folders import compared
from experiments.store import migrate, partitions
from experiments.store.engines import is_sqlite
from experiments.store.tables import EventRow

OLDEST_POSTGRESQL = 14
LARGE_LOG = 256_000_000


def reachable(engine: Engine, _settings: Settings, _now: int) -> Iterator[Finding]:
    """It answers, and its tables are those of this version."""
    kind = "SQLite" if is_sqlite(engine) else "PostgreSQL"
    try:
        with engine.connect() as connection:
            query = "select sqlite_version()" if kind == "SQLite" else "select current_setting('server_version')"
            version = str(connection.execute(text(query)).scalar_one())
    except Exception as error:  # a driver has many ways to say that nobody is there
        told = f"{kind} does not answer: {type(error).__name__}."
        yield fail("database", told, "Check NETLIFT_DATABASE_URL, and that the server runs and lets this user in.")
        return
    if kind == "PostgreSQL" and int(version.split(".")[0]) < OLDEST_POSTGRESQL:
        yield fail("database", f"PostgreSQL {version} is too old.", f"Use {OLDEST_POSTGRESQL} or newer.")
    else:
        yield ok("database", f"{kind} {version} answers.")
    current, head = migrate.current_revision(engine), migrate.head_revision()
    if current == head:
        yield ok("migrations", f"The database is at {head}, as this version needs.")
    elif migrate.is_newer(current, head):
        yield fail("migrations", migrate.standing(current, head), "Read docs/upgrading.md first.")
    else:
        told = f"The database is at {current or 'no revision'}, this version needs {head}."
        yield fail("migrations", told, "Run `netlift db upgrade`; read docs/upgrading.md first.")


def clock(engine: Engine, _settings: Settings, _now: int) -> Iterator[Finding]:
    """The server's clock; SQLite has none of its own. The newest event may not lie ahead of us."""
    with engine.connect() as connection:
        ours = time.time_ns() // 1_000
        if not is_sqlite(engine):
            query = text("select (extract(epoch from clock_timestamp()) * 1000000)::bigint")
            yield compared("clock of the database", connection.execute(query).scalar_one() - ours)
        order = EventRow.seq if is_sqlite(engine) else EventRow.received_at  # what each has an index on
        newest = connection.execute(select(EventRow.received_at).order_by(order.desc()).limit(1)).scalar_one_or_none()
    if newest is not None and newest > ours + 60_000_000:
        told = f"The newest event was received {(newest - ours) / 6e7:.0f} minutes from now."
        yield fail("clock", told, "This machine's clock was set back, or another web process runs ahead: mend it now.")


def sqlite(engine: Engine, _settings: Settings, _now: int) -> Iterator[Finding]:
    """Write-ahead log, and a commit that waits for the disk."""
    if not is_sqlite(engine):
        return
    with engine.connect() as connection:
        journal = connection.exec_driver_sql("PRAGMA journal_mode").scalar_one()
        synchronous = connection.exec_driver_sql("PRAGMA synchronous").scalar_one()
    if str(journal).lower() != "wal":
        advice = "Keep the file on a local disk: network file systems have no write-ahead log."
        yield fail("SQLite", f"journal_mode is {journal}, must be wal.", advice)
    elif synchronous < 2:
        yield fail("SQLite", f"synchronous is {synchronous}, must be 2 (FULL).", "Nobody but this service may open it.")
    else:
        yield ok("SQLite", "Write-ahead log, and every commit waits for the disk.")
    log = Path(f"{engine.url.database}-wal")
    size = log.stat().st_size if log.exists() else 0
    if size > LARGE_LOG:
        advice = (
            "A reader holds it open: look for a long import or a copy that runs; restarting the service empties it."
        )
        yield warn("SQLite log", f"{log} has {size / 1e6:.0f} MB.", advice)


def postgresql(engine: Engine, settings: Settings, now: int) -> Iterator[Finding]:
    """Partitions made ahead, nothing in the default one, and enough connections for every thread."""
    if is_sqlite(engine):
        return
    with engine.connect() as connection:
        present = {month.name for month in partitions.present(connection)}
        strays = connection.execute(text("select count(*) from event_default")).scalar_one()
        most = int(connection.execute(text("select current_setting('max_connections')")).scalar_one())
    missing = [month.name for month in partitions.months(now, ahead=1) if month.name not in present]
    if missing:
        yield warn("partitions", f"{', '.join(missing)} are missing.", "The worker makes them: is it running?")
    else:
        yield ok("partitions", "This month's and the next one's are there.")
    if strays:
        told = f"{strays:,} events are in the default partition."
        yield warn("default partition", told, "They move when their month is made; the worker does it.")
    wanted = settings.web_workers * settings.web_threads + 10
    if wanted > most:
        told = f"{wanted} may be wanted (workers × threads + 10), the server has {most}."
        yield fail("connections", told, "Lower NETLIFT_WEB_WORKERS or NETLIFT_WEB_THREADS, or raise max_connections.")
    else:
        yield ok("connections", f"{wanted} may be wanted, the server has {most}.")
