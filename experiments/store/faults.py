"""What the worker fails at: one row per step and item, from the first failure until it succeeds."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from experiments.store.tables import WorkerFaultRow
from experiments.store.upserts import dialect_insert


@dataclass(frozen=True, slots=True)
class Fault:
    """A step that fails.

    Args:
        step: its name, such as "report".
        item: the one of many that fails, such as the key of a test; empty where the whole step does.
        since, last_at, next_try_at: µs UTC.
        tries: how often it has failed since then.
        error: the last error in plain words.
    """

    step: str
    item: str
    since: int
    last_at: int
    next_try_at: int
    tries: int
    error: str


def put(session: Session, fault: Fault) -> None:
    """Write a fault down, in the place of what was known of the same step and item."""
    row = asdict(fault)
    insert = dialect_insert(session.connection(), WorkerFaultRow)
    changes = {name: insert.excluded[name] for name in row if name not in ("step", "item")}
    session.connection().execute(insert.on_conflict_do_update(index_elements=["step", "item"], set_=changes), [row])


def clear(session: Session, step: str, item: str) -> None:
    """It went well."""
    session.execute(delete(WorkerFaultRow).where(WorkerFaultRow.step == step, WorkerFaultRow.item == item))


def all_of(session: Session, item: str | None = None) -> tuple[Fault, ...]:
    """Everything that fails, or one item wherever it does, the oldest first."""
    query = select(WorkerFaultRow).order_by(WorkerFaultRow.since, WorkerFaultRow.step, WorkerFaultRow.item)
    if item is not None:
        query = query.where(WorkerFaultRow.item == item)
    names = Fault.__slots__
    return tuple(Fault(**{name: getattr(row, name) for name in names}) for row in session.scalars(query))
