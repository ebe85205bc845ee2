"""Whether the service can do its work."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from shutil import disk_usage
from typing import Any

from sqlalchemy import Engine, select, text
from sqlalchemy.exc import SQLAlchemyError

from experiments.services.steps import words_of
from experiments.store import migrate
from experiments.store.engines import hurrying, is_sqlite, reading
from experiments.store.tables import LeaseRow

WORKER = "worker"
#: A worker that has not shown itself for so long (µs) is taken for dead.
SILENCE = 60_000_000
#: With less room (bytes) SQLite's log cannot take a transaction of usual size.
LEAST_FREE = 1_000_000
PATIENCE_MS = 200


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that must hold; `advice` says what to do where it does not."""

    name: str
    ok: bool
    advice: str = ""

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready form."""
        return asdict(self)


def check(engine: Engine, now: int) -> tuple[Check, ...]:
    """Database, migrations, worker; later checks are left out where the database does not answer."""
    try:
        with engine.connect() as connection:
            connection.execute(text("select 1"))
        return (Check("database", True), _migrations(engine), _worker(engine, now))
    except SQLAlchemyError as error:
        return (Check("database", False, f"The database does not answer: {type(error).__name__}."),)


def _migrations(engine: Engine) -> Check:
    current, head = migrate.current_revision(engine), migrate.head_revision()
    advice = (
        "" if current == head else f"The database is at {current}, this version needs {head}: run `netlift db upgrade`."
    )
    return Check("migrations", current == head, advice)


def _worker(engine: Engine, now: int) -> Check:
    try:
        with reading(engine) as session:
            beat = session.scalar(select(LeaseRow.beat_at).where(LeaseRow.name == WORKER))
    except SQLAlchemyError:
        beat = None
    alive = beat is not None and abs(now - beat) < SILENCE  # a beat far ahead is from before the clock was put back
    if alive:
        return Check("worker", alive)
    hindered = _hindered(engine)
    if hindered:
        return Check("worker", alive, f"The worker has not been able to work for a minute. {hindered}")
    return Check("worker", alive, "No worker has shown itself for a minute: run `netlift worker`.")


def _hindered(engine: Engine) -> str:
    """Why a worker that runs could not show itself; asked only where none did, since it takes the place of a writer."""
    if is_sqlite(engine) and (free := _free_bytes(engine)) is not None and free < LEAST_FREE:
        return f"The disk of the database is full: {free:,} bytes are left."
    try:
        with hurrying(engine, PATIENCE_MS):
            return ""
    except SQLAlchemyError as error:
        return words_of(error)


def _free_bytes(engine: Engine) -> int | None:
    file = engine.url.database
    try:
        return None if not file or file == ":memory:" else disk_usage(Path(file).parent).free
    except OSError:
        return None
