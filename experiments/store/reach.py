"""Who read a variant and which pages they saw: bounded reads of the newest page views and exposures."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, select

from experiments.domain.metric import EventKind
from experiments.store.codes import KIND_CODE
from experiments.store.tables import ExperimentRow, ExposureRow, NameRow, OutcomeRow, PageViewRow, PhaseRow

#: Newest rows that are looked at.
PAGES = 10_000
SALES = 20_000


def page_views(connection: Connection, since: int) -> list[tuple[int | None, int | None, int]]:
    """(visitor, customer, path) of the newest page views since an instant."""
    query = select(PageViewRow.received_at, PageViewRow.visitor, PageViewRow.customer, PageViewRow.path_id)
    query = query.order_by(PageViewRow.seq.desc()).limit(PAGES)
    return [(row.visitor, row.customer, row.path_id) for row in connection.execute(query) if row.received_at >= since]


def paths(connection: Connection, ids: set[int]) -> dict[int, str]:
    """The words of paths."""
    found: dict[int, str] = {}
    wanted = sorted(ids)
    for start in range(0, len(wanted), 500):
        query = select(NameRow.id, NameRow.text).where(NameRow.id.in_(wanted[start : start + 500]))
        found |= {row.id: row.text for row in connection.execute(query)}
    return found


def exposed_units(connection: Connection, phase_id: int, since: int) -> set[int]:
    """Units with an exposure of a phase since an instant, of its newest exposures."""
    query = select(ExposureRow.unit).where(ExposureRow.phase_id == phase_id, ExposureRow.at >= since)
    return set(connection.scalars(query.order_by(ExposureRow.at.desc()).limit(PAGES)))


def first_exposure(connection: Connection, phase_id: int) -> int | None:
    """When the first unit of a phase was exposed, µs; None where nobody was."""
    query = select(ExposureRow.at).where(ExposureRow.phase_id == phase_id).order_by(ExposureRow.at).limit(1)
    return connection.scalar(query)


def last_exposure(connection: Connection, phase_id: int) -> int | None:
    """When the newest unit of a phase was exposed, µs; None where nobody was."""
    query = select(ExposureRow.at).where(ExposureRow.phase_id == phase_id).order_by(ExposureRow.at.desc()).limit(1)
    return connection.scalar(query)


def selling_sources(connection: Connection) -> set[int]:
    """Sources of the newest sales."""
    newest = select(OutcomeRow.source_id, OutcomeRow.kind).order_by(OutcomeRow.id.desc()).limit(SALES).subquery().c
    return set(connection.scalars(select(newest.source_id).where(newest.kind == KIND_CODE[EventKind.SALE]).distinct()))


def newest_phases(connection: Connection, keys: Sequence[str]) -> dict[str, int]:
    """Id of the newest phase of each experiment."""
    query = select(ExperimentRow.key, PhaseRow.id).join(PhaseRow, PhaseRow.experiment_id == ExperimentRow.id)
    query = query.where(ExperimentRow.key.in_(list(keys))).order_by(PhaseRow.number)
    return {row.key: row.id for row in connection.execute(query)}
