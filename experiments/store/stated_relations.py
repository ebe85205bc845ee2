"""Relations that senders state with sales, beside those that the holdings just before each order give."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from sqlalchemy import CTE, ColumnElement, Connection, Select, and_, delete, func, select
from sqlalchemy.orm import Session

from experiments.domain.metric import EventKind, Value
from experiments.domain.stated import UNREAD
from experiments.store.codes import RELATION_CODE, STATED_UNREAD
from experiments.store.moments.relations import HoldingsAt, just_before
from experiments.store.moments.request import DAY, ColumnRequest, MomentsRequest
from experiments.store.moments.units import attributed, cohort
from experiments.store.overview.steps import owners
from experiments.store.tables import OutcomeRow, SourceRow, StatedRelationRow
from experiments.store.upserts import dialect_insert

_WORD = {code: relation.value for relation, code in RELATION_CODE.items()} | {STATED_UNREAD: UNREAD}
_FACTS = ("id", "at", "order_key", "product_id", "family_id", "tier", "multiple", "stated_relation", "stated_by")
#: Longer than any test: whatever a unit buys after its first exposure.
_EVER = 36_500 * DAY


class Told(NamedTuple):
    """Sales of one source and day; `day` is its start in µs."""

    day: int
    source: str
    stated: str
    computed: str
    sales: int


def count(connection: Connection, since: int, until: int, day: Any) -> list[dict[str, Any]]:
    """Rows (day, source_id, stated, computed, sales) of [since, until), by who stated it.

    Args:
        day: makes the start of its day of an instant.
    """
    inside = (OutcomeRow.at >= since, OutcomeRow.at < until)
    if not _any(connection, *inside):
        return []
    s = _sales().where(*inside).cte("s")
    query = _compared(s, day(s.c.at).label("day"), s.c.stated_by.label("source_id"))
    return [dict(row._mapping) for row in connection.execute(query)]


def replace_all(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Store the counts in place of the ones before."""
    connection.execute(delete(StatedRelationRow))
    if rows:
        connection.execute(dialect_insert(connection, StatedRelationRow), list(rows))


def stored(connection: Connection, *, since: int, source: str = "") -> list[Told]:
    """The counts since a day (its start in µs), of one source where given."""
    row = StatedRelationRow
    query = select(row.day, SourceRow.key, row.stated, row.computed, row.sales)
    query = query.join(SourceRow, SourceRow.id == row.source_id).where(row.day >= since)
    if source:
        query = query.where(SourceRow.key == source)
    rows = connection.execute(query.order_by(row.day.desc(), SourceRow.key, row.stated, row.computed))
    return [Told(day, key, _WORD[stated], _WORD[computed], sales) for day, key, stated, computed, sales in rows]


def of_units(session: Session, request: MomentsRequest) -> list[tuple[str, str, int]]:
    """(stated, computed, sales) of what exposed units of a phase bought after their first exposure, mature or not."""
    connection = session.connection()
    if not _any(connection, OutcomeRow.at >= request.since, OutcomeRow.at <= request.cut):
        return []
    every = ColumnRequest("stated", EventKind.SALE, Value.ORDERS, 0, _EVER)
    asked = replace(request, columns=(every,), mature_before=request.cut + 1, return_window=None)
    mine = attributed(asked, cohort(asked))
    s = _sales().join(mine, mine.c.id == OutcomeRow.id).cte("stated_sales")
    rows = connection.execute(_compared(s))
    return [(_WORD[row.stated], _WORD[row.computed], row.sales) for row in rows]


def _any(connection: Connection, *conditions: ColumnElement[bool]) -> bool:
    """Most shops state nothing; then nothing is looked up."""
    query = select(OutcomeRow.id).where(OutcomeRow.stated_relation != 0, *conditions).limit(1)
    return connection.execute(query).first() is not None


def _sales() -> Select[Any]:
    owner = owners("stated_owner")
    facts = [getattr(OutcomeRow, name) for name in _FACTS]
    query = select(*facts, func.coalesce(OutcomeRow.customer, owner.c.customer).label("customer"))
    return query.outerjoin(owner, owner.c.visitor == OutcomeRow.visitor).where(OutcomeRow.stated_relation != 0)


def _compared(s: CTE, *keys: Any) -> Select[Any]:
    """Rows (keys…, stated, computed, sales)."""
    moments = select(s.c.id.label("unit"), just_before(s).label("t0"), s.c.customer)
    held = HoldingsAt(moments.where(s.c.customer.is_not(None)).cte("stated_k"), "stated_")
    by = (*keys, s.c.stated_relation.label("stated"), held.relation(s).label("computed"))
    family = and_(held.tiers.c.unit == s.c.id, held.tiers.c.family_id == s.c.family_id)
    return (
        select(*by, func.count().label("sales"))
        .select_from(s)
        .outerjoin(held.statement, held.statement.c.unit == s.c.id)
        .outerjoin(held.counts, held.counts.c.unit == s.c.id)
        .outerjoin(held.tiers, family)
        .group_by(*by)
    )
