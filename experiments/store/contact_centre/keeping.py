"""Count a period, put the counts in place of the old ones, read them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, func, select

from experiments.domain.experiment import UnitKind
from experiments.store.contact_centre.fatigue import fatigue
from experiments.store.contact_centre.handled import Span, handled
from experiments.store.contact_centre.reached import reached
from experiments.store.tables import (
    ContactCentreCountRow,
    ContactCentreRow,
    EvaluationCountRow,
    ExperimentRow,
    PhaseRow,
)
from experiments.store.upserts import dialect_insert

NAMES = ("measure", "channel", "bucket", "people", "n", "x", "nn", "nx", "xx")
NOW, BEFORE = 0, 1


@dataclass(frozen=True, slots=True)
class Counted:
    """Which days were counted and when, µs."""

    starts: int
    ends: int
    counted_at: int


def count(connection: Connection, span: Span, least_rank: int) -> list[dict[str, Any]]:
    """Rows of one period."""
    customers, visitors = (_phases(connection, kind) for kind in (UnitKind.CUSTOMER, UnitKind.VISITOR))
    rows = [*connection.execute(handled(span)), *connection.execute(fatigue(span, customers, visitors))]
    rows += connection.execute(reached(span, customers, least_rank))
    return [dict(zip(NAMES, row, strict=True)) for row in rows]


def replace(connection: Connection, days: int, part: int, span: Span, rows: Sequence[dict[str, Any]]) -> None:
    """Store the counts of a period in place of those before."""
    for table in (ContactCentreRow, ContactCentreCountRow):
        connection.execute(delete(table).where(table.days == days, table.part == part))
    key = {"days": days, "part": part}
    if rows:
        connection.execute(dialect_insert(connection, ContactCentreRow), [{**row, **key} for row in rows])
    counted = {**key, "starts": span.start, "ends": span.end, "counted_at": span.until}
    connection.execute(dialect_insert(connection, ContactCentreCountRow), [counted])


def stored(connection: Connection, days: int) -> Sequence[Any]:
    """All rows of both periods of a length."""
    row = ContactCentreRow
    columns = [getattr(row, name) for name in ("part", *NAMES)]
    return connection.execute(select(*columns).where(row.days == days)).all()


def counted(connection: Connection, days: int) -> dict[int, Counted]:
    """By part."""
    row = ContactCentreCountRow
    query = select(row.part, row.starts, row.ends, row.counted_at).where(row.days == days)
    return {part: Counted(*told) for part, *told in connection.execute(query)}


def kept_out(connection: Connection, teller: str, since: int, until: int) -> list[tuple[str, str, str, int]]:
    """(experiment, its name, reason, units) of the policy over days (UTC) that begin in [since, until)."""
    row = EvaluationCountRow
    keys = (ExperimentRow.key, ExperimentRow.name, row.reason)
    query = (
        select(*keys, func.sum(row.count))
        .join(ExperimentRow, ExperimentRow.id == row.experiment_id)
        .where(row.teller == teller, row.day >= since, row.day < until)
        .group_by(*keys)
    )
    return [(key, name, reason, int(times)) for key, name, reason, times in connection.execute(query)]


def _phases(connection: Connection, unit: UnitKind) -> Collection[int]:
    """Every phase that ever began of tests that draw such units."""
    query = (
        select(PhaseRow.id)
        .join(ExperimentRow, ExperimentRow.id == PhaseRow.experiment_id)
        .where(ExperimentRow.unit == unit.value, PhaseRow.started_at.is_not(None))
    )
    return list(connection.scalars(query))
