"""A/A checks: asked for by people, done by the worker."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from experiments.store.catalogue.experiments import id_of
from experiments.store.tables import AaCheckRow, ExperimentRow


@dataclass(frozen=True, slots=True)
class AaRun:
    """The check of one test.

    Args:
        state: "waiting", "running", "done" or "failed".
        design: what it was computed for; another design makes it out of date.
        done, total: splits made and wanted.
        result: see `services.aa_check`; None until it is finished.
    """

    experiment: str
    state: str
    design: str
    done: int
    total: int
    result: Any
    asked_by: str
    asked_at: int
    finished_at: int | None = None


def find(session: Session, experiment: str) -> AaRun | None:
    """The check of a test, None where nobody asked for one."""
    row = session.get(AaCheckRow, id_of(session, experiment), populate_existing=True)
    return None if row is None else _run(experiment, row)


def ask(session: Session, run: AaRun) -> None:
    """Begin anew."""
    number = id_of(session, run.experiment)
    row = session.get(AaCheckRow, number) or AaCheckRow(experiment_id=number)
    row.state, row.design, row.done, row.total = run.state, run.design, run.done, run.total
    row.result, row.asked_by, row.asked_at, row.finished_at = None, run.asked_by, run.asked_at, None
    session.add(row)
    session.flush()


def oldest_open(session: Session) -> AaRun | None:
    """The check that has waited longest; one that a worker left behind counts as waiting."""
    query = (
        select(AaCheckRow, ExperimentRow.key)
        .join(ExperimentRow, ExperimentRow.id == AaCheckRow.experiment_id)
        .where(AaCheckRow.state.in_(("waiting", "running")))
        .order_by(AaCheckRow.asked_at)
        .limit(1)
    )
    found = session.execute(query).one_or_none()
    return None if found is None else _run(found[1], found[0])


def change(session: Session, run: AaRun, **values: Any) -> bool:
    """Write progress or the result; False where somebody asked anew meanwhile."""
    row = session.get(AaCheckRow, id_of(session, run.experiment), populate_existing=True)
    if row is None or row.asked_at != run.asked_at or row.design != run.design:
        return False
    for name, value in values.items():
        setattr(row, name, value)
    session.flush()
    return True


def _run(experiment: str, row: AaCheckRow) -> AaRun:
    return AaRun(
        experiment, row.state, row.design, row.done, row.total, row.result, row.asked_by, row.asked_at, row.finished_at
    )
