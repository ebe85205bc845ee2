"""Whether the service can do its work."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from shutil import disk_usage
from typing import Any

from sqlalchemy import Engine, select, text
from sqlalchemy.exc import SQLAlchemyError

from experiments.services.steps import TURN, words_of
from experiments.store import faults, migrate
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
        full = _full(engine)
        return (Check("database", not full, full), _migrations(engine), _worker(engine, now))
    except SQLAlchemyError as error:
        return (Check("database", False, f"The database does not answer: {type(error).__name__}."),)


def _migrations(engine: Engine) -> Check:
    """A newer database is fit to answer from: migrations only add. Only the worker waits for its newer version."""
    current, head = migrate.current_revision(engine), migrate.head_revision()
    fit = current == head or migrate.is_newer(current, head)
    return Check("migrations", fit, migrate.standing(current, head))


def _worker(engine: Engine, now: int) -> Check:
    try:
        with reading(engine) as session:
            beat = session.scalar(select(LeaseRow.beat_at).where(LeaseRow.name == WORKER))
            ended = [
                one for one in faults.all_of(session, TURN[1]) if one.step == TURN[0] and now - one.since >= SILENCE
            ]
    except SQLAlchemyError:
        beat, ended = None, []
    alive = beat is not None and abs(now - beat) < SILENCE  # a beat far ahead is from before the clock was put back
    if alive and ended:
        return Check("worker", False, f"The worker finishes no round, for over a minute. {ended[0].error}")
    if alive:
        return Check("worker", alive)
    hindered = _hindered(engine)
    if hindered:
        return Check("worker", alive, f"The worker has not been able to work for a minute. {hindered}")
    return Check("worker", alive, "No worker has shown itself for a minute: run `netlift worker`.")


def _hindered(engine: Engine) -> str:
    """Why a worker that runs could not show itself; asked only where none did, since it takes the place of a writer."""
    try:
        with hurrying(engine, PATIENCE_MS):
            return ""
    except SQLAlchemyError as error:
        return words_of(error)


def _full(engine: Engine) -> str:
    """Said before a write fails: small ones still find room where events do not."""
    free = _free_bytes(engine) if is_sqlite(engine) else None
    if free is None or free >= LEAST_FREE:
        return ""
    return f"The disk of the database is full: {free:,} bytes are left, so events are refused. Make room."


def _free_bytes(engine: Engine) -> int | None:
    file = engine.url.database
    try:
        return None if not file or file == ":memory:" else disk_usage(Path(file).parent).free
    except OSError:
        return None
