"""Relation of a sale to the holdings frozen at first exposure.

A cross-sale creates a holding, so relations to the holdings at the order would count the next purchase as an up-sale
and hide cannibalisation; test statistics therefore freeze the holdings at first exposure.
"""

from __future__ import annotations

from sqlalchemy import CTE, ColumnElement, and_, case, cast, func, literal, or_, select, true

from experiments.domain.holding import Relation
from experiments.domain.metric import EventKind
from experiments.store.codes import KIND_CODE, RELATION_CODE
from experiments.store.moments.request import MomentsRequest
from experiments.store.moments.units import customers_at_exposure
from experiments.store.tables import HoldingRow, OrderClaimRow
from experiments.store.types import BigInt


class FrozenHoldings:
    """The CTEs that know what each unit held when it was first exposed, and how to join them to a sale.

    f(unit, customer, as_of): latest full statement that was known before exposure.
    h(unit, product_id, family_id, tier): its lines, and what orders added after it and before exposure.

    Args:
        prefix: of the names of the CTEs, where one statement looks holdings up for two cohorts.
    """

    def __init__(self, request: MomentsRequest, u: CTE, prefix: str = "") -> None:
        self._look_up(customers_at_exposure(request, u, f"{prefix}k"), prefix)

    def key(self, s: CTE) -> ColumnElement[int]:
        """What of a sale in `s` its holdings are found by."""
        return s.c.unit

    @staticmethod
    def _in_time(t0: ColumnElement[int]) -> ColumnElement[bool]:
        """Whether a statement was known in time to count."""
        return or_(HoldingRow.received_at <= t0, HoldingRow.independent)

    def _look_up(self, k: CTE, prefix: str) -> None:
        known = and_(HoldingRow.as_of <= k.c.t0, self._in_time(k.c.t0))
        self.statement = (
            select(k.c.unit, k.c.customer, k.c.t0, func.max(HoldingRow.as_of).label("as_of"))
            .join(HoldingRow, HoldingRow.customer == k.c.customer)
            .where(HoldingRow.product_id == 0, known)
            .group_by(k.c.unit, k.c.customer, k.c.t0)
            .cte(f"{prefix}f")
        )
        self.lines = self._lines(f"{prefix}h")
        self.tiers = (
            select(self.lines.c.unit, self.lines.c.family_id, func.max(self.lines.c.tier).label("tier"))
            .group_by(self.lines.c.unit, self.lines.c.family_id)
            .cte(f"{prefix}ht")
        )
        self.counts = (
            select(self.lines.c.unit, func.count().label("held")).group_by(self.lines.c.unit).cte(f"{prefix}hc")
        )

    def _lines(self, name: str) -> CTE:
        f = self.statement
        known = self._in_time(f.c.t0)
        in_statement = and_(HoldingRow.complete, HoldingRow.as_of == f.c.as_of)
        added = and_(~HoldingRow.complete, HoldingRow.as_of >= f.c.as_of, HoldingRow.as_of <= f.c.t0)
        return (
            select(f.c.unit, HoldingRow.product_id, HoldingRow.family_id, HoldingRow.tier)
            .join(HoldingRow, HoldingRow.customer == f.c.customer)
            .where(HoldingRow.product_id != 0, known, or_(in_statement, added))
            .distinct()
            .cte(name)
        )

    def relation(self, s: CTE) -> ColumnElement[int]:
        """Code of the relation of a sale in `s`; the CASE mirrors `domain.holding.relation_of_sale`."""
        code = RELATION_CODE
        tier, held = s.c.tier, self.tiers.c.tier
        return case(
            (self.statement.c.unit.is_(None), code[Relation.UNKNOWN]),
            (self.counts.c.held.is_(None), code[Relation.NEW]),
            (held.is_(None), code[Relation.CROSS]),
            (and_(s.c.multiple, self._holds_this(s)), code[Relation.ADD]),
            (tier == held, code[Relation.SAME]),
            (tier > held, code[Relation.UP]),
            else_=code[Relation.DOWN],
        )

    def _holds_this(self, s: CTE) -> ColumnElement[bool]:
        line = self.lines.alias("held_line")
        return (
            select(line.c.unit)
            .where(line.c.unit == self.statement.c.unit, line.c.product_id == s.c.product_id)
            .exists()
        )


class FrozenPerSale(FrozenHoldings):
    """The same in a test of agents, who serve many customers: what the customer of each sale held when the agent
    entered the test. `unit` of the CTEs is then the sale.
    """

    def __init__(self, s: CTE) -> None:
        sold = and_(s.c.kind == KIND_CODE[EventKind.SALE], s.c.customer.is_not(None))
        self._look_up(select(s.c.id.label("unit"), s.c.t0, s.c.customer).where(sold).cte("k"), "")

    def key(self, s: CTE) -> ColumnElement[int]:
        """The sale itself."""
        return s.c.id


class HoldingsAt(FrozenHoldings):
    """The same for any moments k(unit, t0, customer), whenever it was told: for overviews, never for a test.

    Statements that arrive late mend it, so yesterday's relation of a sale may change; a test must not let them.
    """

    def __init__(self, k: CTE, prefix: str = "") -> None:
        self._look_up(k, prefix)

    @staticmethod
    def _in_time(t0: ColumnElement[int]) -> ColumnElement[bool]:  # noqa: ARG004
        return true()

    def segments(self, name: str) -> CTE:
        """(unit, families): a bit per family held; who holds nothing, or is not known, is not in it."""
        each = select(self.lines.c.unit, self.lines.c.family_id).where(self.lines.c.family_id > 0).distinct().subquery()
        one = literal(1, BigInt).op("<<", return_type=BigInt)(each.c.family_id)
        return select(each.c.unit, cast(func.sum(one), BigInt).label("families")).group_by(each.c.unit).cte(name)

    def segment(self, families: CTE) -> ColumnElement[int]:
        """Bits of what was held, 0 for nothing, -1 where it is not known."""
        return case((self.statement.c.unit.is_(None), -1), else_=func.coalesce(families.c.families, 0))


def just_before(s: CTE) -> ColumnElement[int]:
    """The instant just before a sale, µs: an order makes a holding at the instant it is told for.

    Sources may tell one order for different instants, a shop for the minute and a back office for noon of the day; the
    earliest of them counts, so that no sale is compared with the holding it has made itself.
    """
    told = select(func.min(OrderClaimRow.at)).where(OrderClaimRow.order_key == s.c.order_key).scalar_subquery()
    return func.coalesce(told, s.c.at) - 1
