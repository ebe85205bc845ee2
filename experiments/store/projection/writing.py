"""Facts → tables, in the caller's transaction; written twice they are there once."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, delete

from experiments.store import quarantine
from experiments.store.codes import MARK_CODE
from experiments.store.projection import holdings, links, marks, merging, names, qualifications
from experiments.store.projection.edges import retained_from
from experiments.store.projection.facts import Facts
from experiments.store.projection.gather import REASONS
from experiments.store.tables import (
    ContactFactRow,
    ExposureRow,
    HoldingRow,
    LinkRow,
    OrderClaimRow,
    OutcomeRow,
    PageViewRow,
    QualificationRow,
    RefundRow,
    TallyRow,
    UnitMarkRow,
)
from experiments.store.tables.base import Base
from experiments.store.upserts import dialect_insert

#: Everything the projection writes; codes of names stay what they are.
FACT_TABLES: tuple[type[Base], ...] = (
    ExposureRow,
    OutcomeRow,
    OrderClaimRow,
    RefundRow,
    PageViewRow,
    HoldingRow,
    LinkRow,
    ContactFactRow,
    QualificationRow,
    TallyRow,
)


def write(connection: Connection, facts: Facts, now: int) -> None:
    """Write every table's rows and set aside what has a flaw."""
    _insert_new(connection, ExposureRow, facts.of(ExposureRow))
    _insert_new(connection, RefundRow, facts.of(RefundRow))
    _insert_new(connection, OutcomeRow, _coded(connection, facts.of(OutcomeRow), "name", "name_id"))
    _insert_new(connection, PageViewRow, _coded(connection, facts.of(PageViewRow), "path", "path_id"))
    _insert_new(connection, ContactFactRow, _coded(connection, facts.of(ContactFactRow), "offer", "offer_id"))
    if rows := facts.of(QualificationRow):
        qualifications.write(connection, _coded(connection, rows, "offer", "offer_id"))
    writers = ((OrderClaimRow, merging.write), (HoldingRow, holdings.write), (LinkRow, links.write))
    for table, writer in (*writers, (UnitMarkRow, marks.write)):
        if rows := facts.of(table):
            writer(connection, rows)
    quarantine.add(connection, facts.set_aside, now, again=False)


def count_ignored(connection: Connection, facts: Facts, now: int) -> None:
    """Add to the tally what was left out on purpose; once per event, so a replay must not call it."""
    rows = [
        {"source_id": source_id, "reason": reason, "count": count, "last_at": now}
        for (source_id, reason), count in sorted(facts.ignored.items())
    ]
    if not rows:
        return
    statement = dialect_insert(connection, TallyRow)
    changes = {"count": TallyRow.count + statement.excluded["count"], "last_at": statement.excluded.last_at}
    connection.execute(statement.on_conflict_do_update(index_elements=["source_id", "reason"], set_=changes), rows)


def clear(connection: Connection) -> None:
    """Delete all facts that can be made again from events, and what was set aside on the way to them."""
    edge = retained_from(connection)
    for table in FACT_TABLES:
        again = [table.received_at >= edge] if edge and hasattr(table, "received_at") else []
        connection.execute(delete(table).where(*again))
    connection.execute(delete(UnitMarkRow).where(UnitMarkRow.reason != MARK_CODE["busy"]))
    quarantine.forget(connection, REASONS)


def _insert_new(connection: Connection, table: type[Base], rows: list[dict[str, Any]]) -> None:
    if rows:
        connection.execute(dialect_insert(connection, table).on_conflict_do_nothing(), rows)


def _coded(connection: Connection, rows: list[dict[str, Any]], word: str, column: str) -> list[dict[str, Any]]:
    """Rows with the code in place of the word."""
    codes = names.codes(connection, {row[word] for row in rows})
    return [{**{key: row[key] for key in row if key != word}, column: codes[row[word]]} for row in rows]
