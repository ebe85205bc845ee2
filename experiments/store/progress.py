"""How far long work of the worker has come, by its name: a page shows it, and may be left and come back to."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from experiments.store.tables import ProgressRow
from experiments.store.upserts import dialect_insert

ASKED, WORKING, DONE, FAILED = "asked", "counting", "done", "failed"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far it is: state "asked", "counting", "done" or "failed" since an instant (µs)."""

    done: int
    total: int
    state: str
    message: str
    at: int

    @property
    def is_open(self) -> bool:
        """Whether the worker still has something to do."""
        return self.state in (ASKED, WORKING)


def find(session: Session, name: str) -> Progress | None:
    """How far the work of a name is; None where nobody ever asked for it."""
    row = session.get(ProgressRow, name)
    return None if row is None else Progress(row.done, row.total, row.state, row.message, row.at)


def put(session: Session, name: str, state: str, now: int, *, done: int = 0, total: int = 0, message: str = "") -> None:
    """Write down how far it is."""
    row = {"name": name, "done": done, "total": total, "state": state, "message": message, "at": now}
    insert = dialect_insert(session.connection(), ProgressRow)
    changes = {column: insert.excluded[column] for column in row if column != "name"}
    session.connection().execute(insert.on_conflict_do_update(index_elements=["name"], set_=changes), [row])


def unfinished(session: Session, prefix: str) -> list[str]:
    """Names of work that was asked for, or left off by a worker that ended, the oldest first."""
    mine = ProgressRow.name.startswith(prefix, autoescape=True) & ProgressRow.state.in_((ASKED, WORKING))
    return list(session.scalars(select(ProgressRow.name).where(mine).order_by(ProgressRow.at, ProgressRow.name)))
