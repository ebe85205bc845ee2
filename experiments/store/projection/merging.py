"""Claims about the lines of an order → the lines that count, whatever order they came in."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, and_, bindparam, delete, select

from experiments.domain.metric import EventKind
from experiments.store.codes import KIND_CODE
from experiments.store.projection.matching import Claim, Line, is_alone, lines_of
from experiments.store.tables import OrderClaimRow, OutcomeRow
from experiments.store.upserts import dialect_insert

_KEY = ("order_key", "line")


def merge(claims: Sequence[Claim]) -> list[dict[str, Any]]:
    """The outcomes of all claims about one order, one per line.

    The source of the higher rank wins; at equal rank the earlier claim, then the smaller event id. Who bought, and
    which agent sold, is taken from the best claim that knows it; so is the relation that is stated. `conflicts` counts
    claims whose product, quantity or price differ, and one more where the best source tells of the order but not of
    this line.
    """
    return [_outcome(number, line, claims) for number, line in lines_of(claims).items()]


def _outcome(number: int, line: Line, claims: Sequence[Claim]) -> dict[str, Any]:
    best, *others = line
    row = best._asdict()
    del row["event_id"]
    teller = next((claim for claim in line if claim.stated_relation), None)
    return {
        **row,
        "line": number,
        "kind": KIND_CODE[EventKind.SALE],
        "visitor": _first(best.visitor, (claim.visitor for claim in others)),
        "customer": _first(best.customer, (claim.customer for claim in others)),
        "agent": _first(best.agent, (claim.agent for claim in others)),
        "stated_relation": teller.stated_relation if teller else 0,
        "stated_by": teller.source_id if teller else 0,
        "conflicts": sum(claim.content != best.content for claim in others) + is_alone(line, claims),
    }


def write(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Store new claims and bring the orders they are about up to date."""
    connection.execute(dialect_insert(connection, OrderClaimRow).on_conflict_do_nothing(), rows)
    bring_up_to_date(connection, {row["order_key"] for row in rows})


def bring_up_to_date(connection: Connection, orders: Collection[int]) -> None:
    """Write the lines of these orders as all claims about them say."""
    claims = claims_of(connection, orders)
    lines = [line for told in claims.values() for line in merge(told)]
    _remove(connection, orders, {(line["order_key"], line["line"]) for line in lines})
    if not lines:
        return
    statement = dialect_insert(connection, OutcomeRow)
    changes = {name: statement.excluded[name] for name in lines[0] if name not in _KEY}
    connection.execute(statement.on_conflict_do_update(index_elements=_KEY, set_=changes), lines)


def claims_of(connection: Connection, orders: Collection[int]) -> dict[int, list[Claim]]:
    """Everything that was told about the orders, by order."""
    columns = [getattr(OrderClaimRow, name) for name in Claim._fields]
    query = select(*columns).where(OrderClaimRow.order_key.in_(orders)).order_by(OrderClaimRow.order_key)
    claims = [Claim._make(row) for row in connection.execute(query)]
    return {key: list(told) for key, told in groupby(claims, key=lambda claim: claim.order_key)}


def conflicting(connection: Connection, most: int) -> list[tuple[int, int]]:
    """(order, line) of the newest lines about which sources disagree."""
    query = select(OutcomeRow.order_key, OutcomeRow.line).where(OutcomeRow.conflicts > 0)
    query = query.order_by(OutcomeRow.received_at.desc(), OutcomeRow.order_key, OutcomeRow.line).limit(most)
    return [(order, line) for order, line in connection.execute(query)]


def _remove(connection: Connection, orders: Collection[int], kept: set[tuple[int, int]]) -> None:
    """Lines that turned out to be others: a better source numbers the order differently."""
    query = select(OutcomeRow.order_key, OutcomeRow.line).where(OutcomeRow.order_key.in_(orders))
    gone = [{"key": row[0], "number": row[1]} for row in connection.execute(query) if tuple(row) not in kept]
    if gone:
        of_line = and_(OutcomeRow.order_key == bindparam("key"), OutcomeRow.line == bindparam("number"))
        connection.execute(delete(OutcomeRow).where(of_line), gone)


def _first(mine: int | None, others: Any) -> int | None:
    return mine if mine is not None else next((other for other in others if other is not None), None)
