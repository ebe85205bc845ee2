"""Runs of imports: `running` while rows are written, `done` when they count, `failed` when they never will.

At most one run of an experiment is done. Rows of any other run are invisible to every analysis, so that writing and
removing them may take many short transactions and a crash between two of them does no harm. The run itself stays when
its rows are gone: it is the history of imports, and its number must never be given to another run.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import CursorResult, delete, select, update
from sqlalchemy.orm import Session

from experiments.domain.errors import ConflictError
from experiments.store.imported.units import StoredColumn
from experiments.store.tables import (
    ExperimentRow,
    ImportColumnRow,
    ImportRow,
    ImportUnitRow,
    ImportValueRow,
)

#: Units removed in one transaction.
REMOVED_AT_ONCE = 2_000


@dataclass(frozen=True, slots=True)
class ImportRun:
    """One run.

    Args:
        kind: what was imported, for example `units`.
        file: name of the file, without its folder.
        digest: SHA-256 of the file in hex.
        spec: what the run was asked to do, as plain values.
        rows, rejected: units kept and rows refused.
        report: what the run found, as plain values.
    """

    id: int
    kind: str
    file: str
    digest: str
    spec: dict[str, Any]
    state: str
    rows: int
    rejected: int
    report: dict[str, Any]
    started_at: int
    finished_at: int | None


def begin_run(
    session: Session,
    *,
    kind: str,
    file: str,
    digest: str,
    spec: dict[str, Any],
    columns: Iterable[StoredColumn],
    now: int,
) -> int:
    """Add a running run with its columns; returns its id."""
    row = ImportRow(kind=kind, file=file, digest=digest, spec=spec, state="running", report={}, started_at=now)
    session.add(row)
    session.flush()
    session.add_all(
        ImportColumnRow(import_id=row.id, position=column.position, key=column.key, role=column.role)
        for column in columns
    )
    session.flush()
    return row.id


def current_run(session: Session, experiment: str) -> ImportRun | None:
    """The run whose rows count for an experiment."""
    query = (
        select(ImportRow)
        .join(ExperimentRow, ExperimentRow.id == ImportRow.experiment_id)
        .where(ExperimentRow.key == experiment, ImportRow.state == "done")
        .order_by(ImportRow.id.desc())
        .limit(1)
    )
    row = session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    return None if row is None else _run(row)


def leftover_runs(session: Session, kind: str, experiment: str) -> list[int]:
    """Runs of a crashed, refused or replaced import of this experiment that still have columns or rows."""
    has_columns = select(ImportColumnRow.import_id).where(ImportColumnRow.import_id == ImportRow.id).exists()
    query = select(ImportRow.id, ImportRow.spec).where(ImportRow.kind == kind, ImportRow.state != "done", has_columns)
    return [run for run, spec in session.execute(query) if spec["experiment"]["key"] == experiment]


def fail_run(session: Session, run_id: int) -> None:
    """Mark a run that will never be done; its writer, should it still live, is refused from now on."""
    session.execute(
        update(ImportRow).where(ImportRow.id == run_id, ImportRow.state == "running").values(state="failed")
    )


def claim(session: Session, run_id: int, rows: int) -> None:
    """Hold the running run until the transaction ends, and write down how many units it has.

    Raises:
        ConflictError: `superseded`, another import of the experiment has begun since.
    """
    statement = update(ImportRow).where(ImportRow.id == run_id, ImportRow.state == "running").values(rows=rows)
    result: CursorResult[Any] = session.execute(statement)  # type: ignore[assignment]
    if result.rowcount != 1:
        raise ConflictError("Another import of this experiment has begun meanwhile.", "file", code="superseded")


def finish_run(
    session: Session, run_id: int, experiment_id: int, *, rows: int, rejected: int, report: dict[str, Any], now: int
) -> None:
    """Make the run the one that counts, and the one before it a failed one, in the caller's transaction.

    Raises:
        ConflictError: `superseded`.
    """
    claim(session, run_id, rows)
    mine = ImportRow.experiment_id == experiment_id
    replaced = {"state": "failed", "report": {"replaced_by": run_id}}
    session.execute(update(ImportRow).where(mine, ImportRow.state == "done").values(replaced))
    session.execute(
        update(ImportRow)
        .where(ImportRow.id == run_id)
        .values(experiment_id=experiment_id, state="done", rejected=rejected, report=report, finished_at=now)
    )


def remove_some(session: Session, run_id: int) -> bool:
    """Remove a part of a failed run's rows, and at the end its columns; True while something is left.

    A run in any other state is left alone.
    """
    if session.scalar(select(ImportRow.state).where(ImportRow.id == run_id)) != "failed":
        return False
    edge = session.scalar(
        select(ImportUnitRow.unit)
        .where(ImportUnitRow.import_id == run_id)
        .order_by(ImportUnitRow.unit)
        .offset(REMOVED_AT_ONCE)
        .limit(1)
    )
    for table in (ImportValueRow, ImportUnitRow):
        statement = delete(table).where(table.import_id == run_id)
        session.execute(statement if edge is None else statement.where(table.unit < edge))
    if edge is not None:
        return True
    session.execute(delete(ImportColumnRow).where(ImportColumnRow.import_id == run_id))
    return False


def _run(row: ImportRow) -> ImportRun:
    return ImportRun(
        id=row.id,
        kind=row.kind,
        file=row.file,
        digest=row.digest,
        spec=row.spec,
        state=row.state,
        rows=row.rows,
        rejected=row.rejected,
        report=row.report,
        started_at=row.started_at,
        finished_at=row.finished_at,
    )
