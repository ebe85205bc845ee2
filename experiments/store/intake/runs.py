"""One row per file that came in, and the rows of it that were refused."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import CursorResult, delete, func, select, update
from sqlalchemy.orm import Session

from experiments.domain.errors import NotFoundError
from experiments.store.tables import FileImportErrorRow, FileImportRow

#: Refused rows kept per import; all are counted.
MOST_ERRORS = 10_000


@dataclass(frozen=True, slots=True)
class FileImport:
    """One import; see `FileImportRow`."""

    id: int
    holds: str
    source_key: str
    origin: str
    file: str
    stored: str
    digest: str
    spec: dict[str, Any]
    state: str
    dry: bool
    done: int
    position: int
    size: int
    report: dict[str, Any]
    error: str
    who: str
    created_at: int
    finished_at: int | None


@dataclass(frozen=True, slots=True)
class RowProblem:
    """A row that was refused."""

    row: int
    field: str
    value: str
    reason: str


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """How far an import has come."""

    done: int
    position: int
    size: int
    report: dict[str, Any]
    problems: Sequence[RowProblem] = field(default=())


def add(session: Session, **values: Any) -> int:
    """Add an import; returns its id."""
    row = FileImportRow(**values)
    session.add(row)
    session.flush()
    return row.id


def find(session: Session, import_id: int) -> FileImport:
    """The import; raises NotFoundError."""
    row = session.get(FileImportRow, import_id, populate_existing=True)
    if row is None:
        raise NotFoundError("import", import_id)
    return _import(row)


def newest(session: Session, *, limit: int = 50, after: int | None = None, **equal: str) -> list[FileImport]:
    """Imports, newest first.

    Args:
        after: only those with a smaller id.
        equal: columns that must have a value, such as state="done".
    """
    query = select(FileImportRow).filter_by(**equal).order_by(FileImportRow.id.desc()).limit(limit)
    if after is not None:
        query = query.where(FileImportRow.id < after)
    return [_import(row) for row in session.scalars(query)]


def oldest_in(session: Session, states: Iterable[str], origins: Iterable[str]) -> FileImport | None:
    """The import that waits longest."""
    query = select(FileImportRow).where(FileImportRow.state.in_(list(states)), FileImportRow.origin.in_(list(origins)))
    row = session.scalars(query.order_by(FileImportRow.id).limit(1)).first()
    return None if row is None else _import(row)


def change(session: Session, import_id: int, *, only_in: Iterable[str] = (), **values: Any) -> bool:
    """Set columns; with `only_in` only where the state is one of these. Whether a row was changed."""
    statement = update(FileImportRow).where(FileImportRow.id == import_id)
    states = list(only_in)
    if states:
        statement = statement.where(FileImportRow.state.in_(states))
    result: CursorResult[Any] = session.execute(statement.values(**values))  # type: ignore[assignment]
    return result.rowcount == 1


def checkpoint(session: Session, import_id: int, reached: Checkpoint, *, states: Iterable[str]) -> bool:
    """Write down how far it has come and add refused rows; False where somebody has ended it meanwhile."""
    values = {"done": reached.done, "position": reached.position, "size": reached.size, "report": reached.report}
    if not change(session, import_id, only_in=states, **values):
        return False
    if reached.problems:
        kept = session.scalar(select(func.count()).where(FileImportErrorRow.import_id == import_id)) or 0
        for place, problem in enumerate(reached.problems[: max(0, MOST_ERRORS - kept)], start=kept):
            session.add(
                FileImportErrorRow(
                    import_id=import_id,
                    place=place,
                    row=problem.row,
                    field=problem.field,
                    value=problem.value,
                    reason=problem.reason,
                )
            )
        session.flush()
    return True


def problems(session: Session, import_id: int, limit: int = MOST_ERRORS) -> list[RowProblem]:
    """Refused rows, first ones first."""
    columns = (FileImportErrorRow.row, FileImportErrorRow.field, FileImportErrorRow.value, FileImportErrorRow.reason)
    query = select(*columns).where(FileImportErrorRow.import_id == import_id).order_by(FileImportErrorRow.place)
    return [RowProblem(*row) for row in session.execute(query.limit(limit))]


def forget_problems(session: Session, import_id: int) -> None:
    """Remove the refused rows of an import, before it is gone through again."""
    session.execute(delete(FileImportErrorRow).where(FileImportErrorRow.import_id == import_id))


def _import(row: FileImportRow) -> FileImport:
    return FileImport(**{name: getattr(row, name) for name in FileImport.__slots__})
