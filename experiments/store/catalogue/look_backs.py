"""Looks back at history: asked for by people, measured by the worker, kept under a name that plans refer to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from experiments.store.tables import LookBackRow
from experiments.store.upserts import dialect_insert

OPEN = ("waiting", "running")


@dataclass(frozen=True, slots=True)
class LookBackRun:
    """One look back as it is stored.

    Args:
        name: of this measurement; `question_id`: of what was asked, the same for each time it is asked.
        state: "waiting", "running", "done" or "failed".
        done: steps done.
        result: what was found, None until then.
        field, reason: why it failed, empty otherwise.
    """

    name: str
    question_id: str
    question: dict[str, Any]
    state: str
    asked_by: str
    asked_at: int
    done: int = 0
    result: dict[str, Any] | None = None
    field: str = ""
    reason: str = ""
    started_at: int | None = None
    finished_at: int | None = None


_COLUMNS = tuple(LookBackRun.__dataclass_fields__)


def add(session: Session, run: LookBackRun) -> None:
    """Begin one; the same name twice is one."""
    values = {name: getattr(run, name) for name in _COLUMNS}
    session.execute(dialect_insert(session.connection(), LookBackRow).values(**values).on_conflict_do_nothing())


def find(session: Session, name: str) -> LookBackRun | None:
    """The one of this name, None where there is none or it was forgotten."""
    return _run(session.get(LookBackRow, name, populate_existing=True))


def newest(session: Session, question_id: str, *, done: bool = False) -> LookBackRun | None:
    """The last time this was asked, with `done` the last time it was answered; None where never."""
    mine = select(LookBackRow).where(LookBackRow.question_id == question_id)
    mine = mine.where(LookBackRow.state == "done") if done else mine
    return _run(session.scalars(mine.order_by(LookBackRow.asked_at.desc()).limit(1)).one_or_none())


def oldest_open(session: Session) -> LookBackRun | None:
    """The one that has waited longest; one that a worker left behind counts as waiting."""
    waiting = select(LookBackRow).where(LookBackRow.state.in_(OPEN)).order_by(LookBackRow.asked_at, LookBackRow.name)
    return _run(session.scalars(waiting.limit(1)).one_or_none())


def waiting(session: Session) -> int:
    """How many the worker has still before it."""
    return int(session.scalar(select(func.count()).where(LookBackRow.state.in_(OPEN))) or 0)


def last_time(session: Session) -> int | None:
    """µs that the last one took; None where none was ever finished."""
    row = LookBackRow
    query = select(row.finished_at - row.started_at).where(row.state == "done").order_by(row.finished_at.desc())
    found: int | None = session.scalar(query.limit(1))
    return found


def change(session: Session, name: str, **values: Any) -> None:
    """Write progress or the result."""
    session.execute(update(LookBackRow).where(LookBackRow.name == name).values(**values))


def forget(session: Session, before: int) -> int:
    """Drop those asked for before an instant; how many."""
    gone: Any = session.execute(delete(LookBackRow).where(LookBackRow.asked_at < before))
    return int(gone.rowcount)


def _run(row: LookBackRow | None) -> LookBackRun | None:
    return None if row is None else LookBackRun(**{name: getattr(row, name) for name in _COLUMNS})
