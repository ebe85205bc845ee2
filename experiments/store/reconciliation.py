"""What each source delivered of each day, and how much of it belongs to a unit of a running test."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import CTE, ColumnElement, Connection, and_, case, delete, func, or_, select, union

from experiments.domain.experiment import Status, UnitKind
from experiments.domain.metric import EventKind
from experiments.domain.stated import StatedRelations
from experiments.store.codes import KIND_CODE
from experiments.store.moments.request import DAY
from experiments.store.tables import (
    ExperimentRow,
    ExposureRow,
    LinkRow,
    OutcomeRow,
    PhaseRow,
    QuarantineRow,
    ReconciliationRow,
    RefundRow,
    SourceRow,
)
from experiments.store.upserts import dialect_insert

COUNTS = ("sales", "sales_matched", "refunds", "contacts", "others", "matched", "refused", "waiting")
NO_RELATIONS = StatedRelations()
_ENROLLING = (Status.RUNNING, Status.PAUSED)


@dataclass(frozen=True, slots=True)
class DayRow:
    """One source on one day; `day` is its start in µs, `counted_at` when the worker counted.

    `relations` are those the source states with sales of the day, whoever tells the sale in the end.
    """

    day: int
    source: str
    sales: int
    sales_matched: int
    refunds: int
    contacts: int
    others: int
    matched: int
    refused: int
    waiting: int
    counted_at: int
    relations: StatedRelations = NO_RELATIONS


def count(
    connection: Connection, days: Sequence[tuple[int, int]], relations: Sequence[Mapping[str, Any]] = ()
) -> list[dict[str, Any]]:
    """Counts of each day.

    Args:
        days: (start, end) in µs, in order and without a gap.
        relations: days and sources that have a row in any case, because they stated relations of sales.
    """
    rows: dict[tuple[int, int], dict[str, Any]] = {}

    def add(day: int, source_id: int, counts: dict[str, int]) -> None:
        row = rows.setdefault((day, source_id), {"day": day, "source_id": source_id, **dict.fromkeys(COUNTS, 0)})
        for name, number in counts.items():
            row[name] += number

    for told in relations:
        add(told["day"], told["source_id"], {})  # who states a relation need not be who tells the order in the end
    for found in connection.execute(_outcomes(days)):
        add(found.day, found.source_id, _counts_of(found.kind, found.number, found.matched))
    for found in connection.execute(_grouped(RefundRow.at, RefundRow.source_id, days)):
        add(found.day, found.source_id, {"refunds": found.number})
    open_ones = and_(QuarantineRow.replayed_at.is_(None), QuarantineRow.discarded_at.is_(None))
    refused = _grouped(QuarantineRow.first_seen, QuarantineRow.source_id, days)
    for found in connection.execute(refused.add_columns(func.sum(case((open_ones, 1), else_=0)).label("waiting"))):
        add(found.day, found.source_id, {"refused": found.number, "waiting": int(found.waiting)})
    return list(rows.values())


def replace(connection: Connection, rows: Sequence[dict[str, Any]], now: int) -> None:
    """Store the counts in place of the ones before."""
    connection.execute(delete(ReconciliationRow))
    if rows:
        counted = [{**row, "counted_at": now} for row in rows]
        connection.execute(dialect_insert(connection, ReconciliationRow), counted)


def stored(connection: Connection, *, since: int, source: str = "") -> list[DayRow]:
    """The counts, newest day first."""
    names = [name for name in DayRow.__slots__ if name not in ("source", "relations")]
    query = select(*(getattr(ReconciliationRow, name) for name in names), SourceRow.key)
    query = query.join(SourceRow, SourceRow.id == ReconciliationRow.source_id).where(ReconciliationRow.day >= since)
    if source:
        query = query.where(SourceRow.key == source)
    query = query.order_by(ReconciliationRow.day.desc(), SourceRow.key)
    return [DayRow(**dict(zip([*names, "source"], row, strict=True))) for row in connection.execute(query)]


def _counts_of(kind: int, number: int, matched: int) -> dict[str, int]:
    name = {KIND_CODE[EventKind.SALE]: "sales", KIND_CODE[EventKind.CONTACT]: "contacts"}.get(kind, "others")
    counts = {name: number, "matched": matched}
    return counts | {"sales_matched": matched} if name == "sales" else counts


def _outcomes(days: Sequence[tuple[int, int]]) -> Any:
    visitors, customers = _units()
    known = or_(OutcomeRow.visitor.in_(select(visitors.c.unit)), OutcomeRow.customer.in_(select(customers.c.unit)))
    matched = func.sum(case((known, 1), else_=0)).label("matched")
    return _grouped(OutcomeRow.at, OutcomeRow.source_id, days, OutcomeRow.kind).add_columns(matched)


def _grouped(at: Any, source_id: Any, days: Sequence[tuple[int, int]], *more: Any) -> Any:
    """Rows (day, source_id, …, number)."""
    day = day_of(at, days).label("day")
    keys = (day, source_id.label("source_id"), *more)
    query = select(*keys, func.count().label("number")).where(at >= days[0][0], at < days[-1][1])
    return query.group_by(*keys)


def day_of(at: Any, days: Sequence[tuple[int, int]]) -> ColumnElement[int]:
    """Start of the day of an instant; a run of days of 24 hours is one branch, because clocks change twice a year."""
    runs: list[tuple[int, int]] = []
    for start, end in days:
        if runs and end - start == DAY and (runs[-1][1] - runs[-1][0]) % DAY == 0:
            runs[-1] = (runs[-1][0], end)
        else:
            runs.append((start, end))
    branches = [(at < end, start + (at - start) // DAY * DAY) for start, end in runs if (end - start) % DAY == 0]
    whole = [(at < end, start) for start, end in runs if (end - start) % DAY]
    ordered = sorted((*branches, *whole), key=lambda branch: branch[0].right.value)
    return case(*ordered, else_=days[-1][0])


def _units() -> tuple[CTE, CTE]:
    """Visitors and customers that are, or are known to be, an exposed unit of a running test."""

    def exposed(unit: UnitKind) -> Any:
        return (
            select(ExposureRow.unit.label("unit"))
            .join(PhaseRow, PhaseRow.id == ExposureRow.phase_id)
            .join(ExperimentRow, ExperimentRow.id == PhaseRow.experiment_id)
            .where(ExperimentRow.unit == unit.value, ExperimentRow.status.in_([status.value for status in _ENROLLING]))
        )

    visitors, customers = exposed(UnitKind.VISITOR).subquery(), exposed(UnitKind.CUSTOMER).subquery()
    of_customers = select(LinkRow.visitor).where(LinkRow.verified, LinkRow.customer.in_(select(customers.c.unit)))
    of_visitors = select(LinkRow.customer).where(LinkRow.verified, LinkRow.visitor.in_(select(visitors.c.unit)))
    every_visitor = union(select(visitors.c.unit.label("unit")), of_customers).cte("every_visitor")
    every_customer = union(select(customers.c.unit.label("unit")), of_visitors).cte("every_customer")
    return every_visitor, every_customer
