"""Whether the service can do its work."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Engine, select, text
from sqlalchemy.exc import SQLAlchemyError

from experiments.store import migrate
from experiments.store.engines import reading
from experiments.store.tables import LeaseRow

WORKER = "worker"
#: A worker that has not shown itself for so long (µs) is taken for dead.
SILENCE = 60_000_000


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
    return Check("worker", alive, "" if alive else "No worker has shown itself for a minute: run `netlift worker`.")
