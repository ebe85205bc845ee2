"""Claims about one order line → the one line that counts, whatever order they came in."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any, NamedTuple

from sqlalchemy import Connection, select

from experiments.domain.metric import EventKind
from experiments.store.codes import KIND_CODE
from experiments.store.tables import OrderClaimRow, OutcomeRow
from experiments.store.upserts import dialect_insert

_KEY = ("order_key", "line")


class Claim(NamedTuple):
    """What one message says about one line."""

    order_key: int
    line: int
    event_id: bytes
    seq: int
    at: int
    received_at: int
    source_id: int
    rank: int
    visitor: int | None
    customer: int | None
    channel: int
    product_id: int
    family_id: int
    tier: int
    multiple: bool
    quantity: int
    revenue: int
    margin: int

    @property
    def content(self) -> tuple[int, int, int]:
        """What two sources must agree on."""
        return (self.product_id, self.quantity, self.revenue)


def merge(claims: Sequence[Claim]) -> dict[str, Any]:
    """The outcome of all claims about one line.

    The source of the higher rank wins; at equal rank the earlier one, then the smaller event id. Who bought is taken
    from the best claim that knows it. `conflicts` counts claims whose product, quantity or price differ.
    """
    best, *others = sorted(claims, key=lambda claim: (-claim.rank, claim.at, claim.event_id))
    row = best._asdict()
    del row["event_id"]
    return {
        **row,
        "kind": KIND_CODE[EventKind.SALE],
        "visitor": _first(best.visitor, (claim.visitor for claim in others)),
        "customer": _first(best.customer, (claim.customer for claim in others)),
        "conflicts": sum(claim.content != best.content for claim in others),
    }


def write(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Store new claims and bring the lines they are about up to date."""
    connection.execute(dialect_insert(connection, OrderClaimRow).on_conflict_do_nothing(), rows)
    columns = [getattr(OrderClaimRow, name) for name in Claim._fields]
    orders = {row["order_key"] for row in rows}
    query = select(*columns).where(OrderClaimRow.order_key.in_(orders)).order_by(*columns[:2])
    claims = [Claim._make(row) for row in connection.execute(query)]
    lines = [merge(list(told)) for _, told in groupby(claims, key=lambda claim: claim[:2])]
    statement = dialect_insert(connection, OutcomeRow)
    changes = {name: statement.excluded[name] for name in lines[0] if name not in _KEY}
    connection.execute(statement.on_conflict_do_update(index_elements=_KEY, set_=changes), lines)


def _first(mine: int | None, others: Any) -> int | None:
    return mine if mine is not None else next((other for other in others if other is not None), None)
