"""Remove what was received before an instant: raw events by partition or range, facts with them.

What a customer holds and which visitor is whom are states and stay, without the statements that a later one replaced.
The instant is kept, because facts older than it can no longer be rebuilt from events.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Engine, and_, delete, exists, func, select, text
from sqlalchemy.orm import aliased

from experiments.domain.experiment import Status
from experiments.store import events, partitions
from experiments.store.engines import is_sqlite, reading, writing
from experiments.store.projection import cursor
from experiments.store.projection.edges import RETENTION
from experiments.store.tables import (
    ContactFactRow,
    CursorRow,
    EligibilityRow,
    EvaluationCountRow,
    EventKeyRow,
    EventRow,
    ExperimentRow,
    ExposureRow,
    HoldingRow,
    OrderClaimRow,
    OutcomeRow,
    PageViewRow,
    PhaseRow,
    QuarantineRow,
    RefundRow,
)
from experiments.store.upserts import dialect_insert

#: Rows removed in one transaction, so that the 202 path gets its turn on SQLite.
AT_ONCE = 2_000
_FACTS: tuple[tuple[Any, Any], ...] = (
    (ExposureRow, ExposureRow.received_at),
    (OutcomeRow, OutcomeRow.received_at),
    (RefundRow, RefundRow.received_at),
    (PageViewRow, PageViewRow.received_at),
    (ContactFactRow, ContactFactRow.received_at),
    (QuarantineRow, QuarantineRow.last_seen),
)


def lags(connection: Connection) -> bool:
    """Whether events wait that have not become facts yet; none of them may be removed."""
    return bool(events.unread(connection, cursor.position(connection), 1))


def whole(engine: Engine, edge: int) -> int:
    """The edge as this database can cut: PostgreSQL removes whole months only."""
    return edge if is_sqlite(engine) else partitions.months(edge, ahead=0)[0].start


def remove(engine: Engine, edge: int, keys_before: int, now: int) -> dict[str, int]:
    """Remove what was received before `edge`; rows removed by table, of PostgreSQL's events the partitions.

    Args:
        keys_before: keys of messages received before it go too; those of messages that could still come again stay.
    """
    _keep_edge(engine, edge, now)
    removed = {row.__tablename__: _remove(engine, row, time < edge) for row, time in _FACTS}
    removed["order_claim"] = _remove(engine, OrderClaimRow, OrderClaimRow.received_at < edge)
    removed["eligibility"] = _remove(engine, EligibilityRow, _of_the_archive(EligibilityRow.at < edge))
    removed["evaluation_count"] = _remove(engine, EvaluationCountRow, _counted_in_the_archive(edge))
    removed["holding"] = _remove(engine, HoldingRow, _replaced(edge))
    removed["event_key"] = _remove(engine, EventKeyRow, EventKeyRow.received_at < keys_before)
    removed["event"] = _remove_range(engine, edge) if is_sqlite(engine) else _drop_partitions(engine, edge)
    return {name: count for name, count in removed.items() if count}


def moved_at(connection: Connection) -> int | None:
    """When something was last removed."""
    return connection.execute(select(CursorRow.moved_at).where(CursorRow.name == RETENTION)).scalar_one_or_none()


def _keep_edge(engine: Engine, edge: int, now: int) -> None:
    with writing(engine) as session:
        connection = session.connection()
        statement = dialect_insert(connection, CursorRow)
        changes = {"position": statement.excluded.position, "moved_at": statement.excluded.moved_at}
        statement = statement.on_conflict_do_update(index_elements=["name"], set_=changes)
        connection.execute(statement, {"name": RETENTION, "position": edge, "moved_at": now})


def _remove(engine: Engine, row: Any, where: Any) -> int:
    """Delete in short transactions, by key."""
    done = 0
    key = list(row.__table__.primary_key.columns)
    while True:
        with writing(engine) as session:
            connection = session.connection()
            part = select(*key).where(where).limit(AT_ONCE).subquery("part")
            mine = and_(*(column == part.c[column.name] for column in key))
            count = connection.execute(delete(row).where(exists(select(1).where(mine)))).rowcount
        done += count
        if count < AT_ONCE:
            return done


def _archived() -> Any:
    """Tests that answer nobody any more: who may enter them must not be remembered longer than the rest."""
    return select(ExperimentRow.id).where(ExperimentRow.status == Status.ARCHIVED.value)


def _of_the_archive(old: Any) -> Any:
    phases = select(PhaseRow.id).where(PhaseRow.experiment_id.in_(_archived()))
    return and_(old, EligibilityRow.phase_id.in_(phases))


def _counted_in_the_archive(edge: int) -> Any:
    return and_(EvaluationCountRow.day < edge, EvaluationCountRow.experiment_id.in_(_archived()))


def _replaced(edge: int) -> Any:
    """Lines of a statement that a later full one, known before the edge, has replaced."""
    later = aliased(HoldingRow)
    full = and_(later.product_id == 0, later.complete, later.as_of <= edge, later.received_at <= edge)
    newer = and_(later.customer == HoldingRow.customer, later.as_of > HoldingRow.as_of)
    return and_(HoldingRow.received_at < edge, exists(select(1).select_from(later).where(full, newer)))


def _remove_range(engine: Engine, edge: int) -> int:
    """Events have rising numbers, so the range needs no index on the instant; requests that overlapped stay."""
    with reading(engine) as session:
        connection = session.connection()
        until = events.first_seq_at(connection, edge)
        low = connection.execute(select(func.min(EventRow.seq))).scalar_one() or until
    done = 0
    for start in range(low, until, AT_ONCE):
        with writing(engine) as session:
            part = and_(EventRow.seq >= start, EventRow.seq < min(start + AT_ONCE, until), EventRow.received_at < edge)
            done += session.connection().execute(delete(EventRow).where(part)).rowcount
    return done


def _drop_partitions(engine: Engine, edge: int) -> int:
    """Dropping a table costs the same however much is in it. The names come from the catalogue and are made by us."""
    with engine.begin() as connection:
        connection.execute(text(f"set local lock_timeout = '{partitions.LOCK_TIMEOUT}'"))
        old = [month for month in partitions.present(connection) if month.end <= edge]
        for month in old:
            connection.execute(text(f"drop table {month.name}"))
        connection.execute(text("delete from event_default where received_at < :edge"), {"edge": edge})
    return len(old)
