"""Stored reports: one live per experiment and phase, permanent ones otherwise."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from experiments.store.catalogue.experiments import id_of
from experiments.store.catalogue.rows import add_new
from experiments.store.tables import ExperimentRow, SnapshotRow

Kind = Literal["live", "day", "look", "decision", "share"]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A report as it was computed.

    Args:
        number: number of the look, None for other kinds.
        at: µs UTC.
        report: what `Report.to_dict` wrote.
    """

    id: int
    phase: int
    kind: Kind
    number: int | None
    at: int
    report: dict[str, Any]


def save_live(session: Session, experiment: str, phase: int, report: dict[str, Any], at: int) -> int:
    """Overwrite the live report of a phase; returns its id."""
    experiment_id = id_of(session, experiment)
    query = select(SnapshotRow).where(
        SnapshotRow.experiment_id == experiment_id, SnapshotRow.phase == phase, SnapshotRow.kind == "live"
    )
    row = session.scalars(query.with_for_update()).one_or_none()
    if row is None:
        row = SnapshotRow(experiment_id=experiment_id, phase=phase, kind="live", report=report, at=at)
        add_new(session, row, "snapshot", experiment)
    else:
        row.report, row.at = report, at
        session.flush()
    return row.id


def add(
    session: Session,
    experiment: str,
    phase: int,
    kind: Kind,
    report: dict[str, Any],
    at: int,
    number: int | None = None,
) -> int:
    """Add a permanent report; returns its id."""
    row = SnapshotRow(
        experiment_id=id_of(session, experiment), phase=phase, kind=kind, number=number, report=report, at=at
    )
    session.add(row)
    session.flush()
    return row.id


def latest(session: Session, experiment: str, *, kind: Kind | None = None, phase: int | None = None) -> Snapshot | None:
    """The newest report of an experiment, of one kind or phase where given."""
    query = _query(experiment, kind, phase).order_by(SnapshotRow.at.desc(), SnapshotRow.id.desc())
    row = session.scalars(query.limit(1)).one_or_none()
    return None if row is None else _snapshot(row)


def all_of(
    session: Session, experiment: str, *, kind: Kind | None = None, phase: int | None = None
) -> tuple[Snapshot, ...]:
    """Reports of an experiment, oldest first."""
    query = _query(experiment, kind, phase).order_by(SnapshotRow.at, SnapshotRow.id)
    return tuple(_snapshot(row) for row in session.scalars(query))


def find(session: Session, snapshot_id: int) -> Snapshot | None:
    """The report with this id."""
    row = session.get(SnapshotRow, snapshot_id)
    return None if row is None else _snapshot(row)


@dataclass(frozen=True, slots=True)
class SnapshotHead:
    """A stored report without its content; fields as in `Snapshot`."""

    id: int
    phase: int
    kind: Kind
    number: int | None
    at: int


def heads(session: Session, experiment: str, *, kinds: Iterable[Kind] = ()) -> tuple[SnapshotHead, ...]:
    """What is stored of an experiment, of some kinds where given, newest first, without reading any report."""
    row = SnapshotRow
    query = select(row.id, row.phase, row.kind, row.number, row.at).join(ExperimentRow)
    query = query.where(ExperimentRow.key == experiment).order_by(row.at.desc(), row.id.desc())
    if wanted := tuple(kinds):
        query = query.where(row.kind.in_(wanted))
    found: Any = session.execute(query)
    return tuple(SnapshotHead(*each) for each in found)


def find_of(session: Session, experiment: str, snapshot_id: int) -> Snapshot | None:
    """The report of an experiment with this id."""
    row = session.scalars(_query(experiment, None, None).where(SnapshotRow.id == snapshot_id)).one_or_none()
    return None if row is None else _snapshot(row)


def _query(experiment: str, kind: Kind | None, phase: int | None) -> Select[SnapshotRow]:
    query = select(SnapshotRow).join(ExperimentRow).where(ExperimentRow.key == experiment)
    if kind is not None:
        query = query.where(SnapshotRow.kind == kind)
    return query if phase is None else query.where(SnapshotRow.phase == phase)


def _snapshot(row: SnapshotRow) -> Snapshot:
    kind: Any = row.kind
    return Snapshot(row.id, row.phase, kind, row.number, row.at, row.report)
