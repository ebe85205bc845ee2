"""Experiments with their phases, metrics and plan."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from sqlalchemy import Connection, select
from sqlalchemy.orm import Session

from experiments.domain.errors import ConflictError, NotFoundError, UnreadableError
from experiments.domain.experiment import Experiment, Status, UnitKind
from experiments.domain.metric import MetricUse
from experiments.domain.phase import Phase
from experiments.domain.plain import from_plain, to_plain
from experiments.domain.plan import Plan
from experiments.domain.rollout import RollOut
from experiments.store.catalogue import phases
from experiments.store.catalogue.rows import add_new, by_key, required
from experiments.store.tables import ExperimentRow


def add(session: Session, experiment: Experiment) -> int:
    """Add an experiment whose key must be free; returns its id.

    Raises:
        ConflictError: `exists`.
    """
    row = ExperimentRow(**_values(experiment), key=experiment.key, revision=experiment.revision)
    add_new(session, row, "experiment", experiment.key)
    phases.save_all(session, row.id, experiment.phases)
    return row.id


def save(session: Session, experiment: Experiment) -> Experiment:
    """Write a changed experiment; returns it with its new revision.

    Raises:
        NotFoundError: it does not exist.
        ConflictError: `stale`, somebody else changed it since it was loaded.
    """
    query = select(ExperimentRow).where(ExperimentRow.key == experiment.key).with_for_update()
    found = session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    row = required(found, "experiment", experiment.key)
    if row.revision != experiment.revision:
        raise stale(experiment.key, experiment.revision)
    for name, value in _values(experiment).items():
        setattr(row, name, value)
    row.revision += 1
    session.flush()
    phases.save_all(session, row.id, experiment.phases)
    return replace(experiment, revision=experiment.revision + 1)


def find(session: Session, key: str) -> Experiment | None:
    """The experiment with this key; raises UnreadableError."""
    row = by_key(session, ExperimentRow, ExperimentRow.key, key)
    return None if row is None else _read(row, phases.load(session, [row.id]).get(row.id, []))


def all_experiments(session: Session, statuses: Iterable[Status] | None = None) -> tuple[Experiment, ...]:
    """Experiments in the given states, newest first; None = every state.

    Raises:
        UnreadableError: one of them is damaged. Where it may be left out, ask `readable`.
    """
    found, damaged = readable(session, statuses)
    if damaged:
        raise damaged[0]
    return found


def readable(
    session: Session, statuses: Iterable[Status] | None = None
) -> tuple[tuple[Experiment, ...], tuple[UnreadableError, ...]]:
    """The same without those that are damaged, and the damaged ones apart."""
    query = select(ExperimentRow).order_by(ExperimentRow.created_at.desc(), ExperimentRow.key)
    if statuses is not None:
        query = query.where(ExperimentRow.status.in_([status.value for status in statuses]))
    rows = session.scalars(query).all()
    stored = phases.load(session, [row.id for row in rows])
    found: list[Experiment] = []
    damaged: list[UnreadableError] = []
    for row in rows:
        try:
            found.append(_read(row, stored.get(row.id, [])))
        except UnreadableError as error:
            damaged.append(error)
    return tuple(found), tuple(damaged)


def keys(session: Session, statuses: Iterable[Status]) -> tuple[str, ...]:
    """Keys of experiments in the given states, newest first; nothing else of them is read, so none can fail here."""
    wanted = [status.value for status in statuses]
    query = select(ExperimentRow.key).where(ExperimentRow.status.in_(wanted))
    return tuple(session.scalars(query.order_by(ExperimentRow.created_at.desc(), ExperimentRow.key)))


def id_of(session: Session, key: str) -> int:
    """The number of an experiment; raises NotFoundError."""
    found = session.scalars(select(ExperimentRow.id).where(ExperimentRow.key == key)).one_or_none()
    if found is None:
        raise NotFoundError("experiment", key)
    return found


def ids(session: Session | Connection) -> dict[str, int]:
    """The number of every experiment, by key."""
    return {row.key: row.id for row in session.execute(select(ExperimentRow.key, ExperimentRow.id))}


def stale(key: str, revision: int) -> ConflictError:
    """What is raised where two editors meet."""
    return ConflictError(
        f"revision == {revision}, is not the newest: {key} was changed in between. Load it again.",
        "revision",
        code="stale",
    )


def _values(experiment: Experiment) -> dict[str, object]:
    return {
        "name": experiment.name,
        "hypothesis": experiment.hypothesis,
        "unit": experiment.unit.value,
        "status": experiment.status.value,
        "owner": experiment.owner,
        "imported": experiment.imported,
        "metrics": to_plain(experiment.metrics),
        "plan": to_plain(experiment.plan),
        "rollout": to_plain(experiment.rollout),
        "created_at": experiment.created_at,
        "launched_at": experiment.launched_at,
        "stopped_at": experiment.stopped_at,
    }


def _read(row: ExperimentRow, stored: Sequence[phases.Stored]) -> Experiment:
    try:
        return _experiment(row, phases.read(stored))
    except Exception as error:  # damaged values raise whatever their types raise
        raise UnreadableError(row.key, row.name, type(error).__name__) from error


def _experiment(row: ExperimentRow, found: tuple[Phase, ...]) -> Experiment:
    return Experiment(
        key=row.key,
        name=row.name,
        hypothesis=row.hypothesis,
        unit=UnitKind(row.unit),
        metrics=tuple(from_plain(MetricUse, use) for use in row.metrics),
        phases=found,
        plan=from_plain(Plan, row.plan),
        status=Status(row.status),
        rollout=None if row.rollout is None else from_plain(RollOut, row.rollout),
        owner=row.owner,
        imported=row.imported,
        created_at=row.created_at,
        launched_at=row.launched_at,
        stopped_at=row.stopped_at,
        revision=row.revision,
    )
