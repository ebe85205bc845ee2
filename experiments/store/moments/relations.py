"""Relation of a sale to the holdings frozen at first exposure.

A cross-sale creates a holding, so relations to the holdings at the order would count the next purchase as an up-sale
and hide cannibalisation; test statistics therefore freeze the holdings at first exposure.
"""

from __future__ import annotations

from sqlalchemy import CTE, ColumnElement, and_, case, func, or_, select

from experiments.domain.holding import Relation
from experiments.store.codes import RELATION_CODE
from experiments.store.moments.request import MomentsRequest
from experiments.store.moments.units import customers_at_exposure
from experiments.store.tables import HoldingRow


class FrozenHoldings:
    """The CTEs that know what each unit held when it was first exposed, and how to join them to a sale.

    f(unit, customer, as_of): latest full statement that was known before exposure.
    h(unit, product_id, family_id, tier): its lines, and what orders added after it and before exposure.

    Args:
        prefix: of the names of the CTEs, where one statement looks holdings up for two cohorts.
    """

    def __init__(self, request: MomentsRequest, u: CTE, prefix: str = "") -> None:
        k = customers_at_exposure(request, u, f"{prefix}k")
        known = and_(HoldingRow.as_of <= k.c.t0, or_(HoldingRow.received_at <= k.c.t0, HoldingRow.independent))
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
        known = or_(HoldingRow.received_at <= f.c.t0, HoldingRow.independent)
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
