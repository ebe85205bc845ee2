"""What was counted, kept by name; and how far the counting has come."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from experiments.store.progress import Progress, put
from experiments.store.progress import find as find_progress
from experiments.store.tables import InsightRow
from experiments.store.upserts import dialect_insert

#: Name of the counting among long work.
WORK = "insight"


@dataclass(frozen=True, slots=True)
class Stored:
    """A document and when it was computed (µs)."""

    document: Any
    computed_at: int


def save(session: Session, name: str, document: Any, now: int) -> None:
    """Keep a document in the place of the one before."""
    insert = dialect_insert(session.connection(), InsightRow)
    changes = {"document": insert.excluded.document, "computed_at": insert.excluded.computed_at}
    statement = insert.on_conflict_do_update(index_elements=["name"], set_=changes)
    session.connection().execute(statement, [{"name": name, "document": document, "computed_at": now}])


def find(session: Session, name: str) -> Stored | None:
    """The document of a name."""
    row = session.get(InsightRow, name)
    return None if row is None else Stored(row.document, row.computed_at)


def oldest(session: Session) -> int | None:
    """When the oldest document was computed, µs; None where there is none."""
    return session.scalar(select(func.min(InsightRow.computed_at)))


def forget(session: Session, name: str) -> None:
    """Drop a document."""
    row = session.get(InsightRow, name)
    if row is not None:
        session.delete(row)


def progress(session: Session) -> Progress | None:
    """How far the counting is; None where nobody ever asked."""
    return find_progress(session, WORK)


def set_progress(session: Session, state: str, now: int, done: int = 0, total: int = 0, message: str = "") -> None:
    """Write down how far it is."""
    put(session, WORK, state, now, done=done, total=total, message=message)
