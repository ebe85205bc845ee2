"""The cohort with the group of each unit: variant, families held, and channel of the first exposure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import CTE, ColumnElement, Select, and_, case, cast, func, select

from experiments.domain.experiment import UnitKind
from experiments.store.moments.relations import FrozenHoldings
from experiments.store.moments.split import MASK_NONE, MASK_UNKNOWN, families_held
from experiments.store.moments.units import cohort, customers_at_exposure
from experiments.store.net.request import NetRequest
from experiments.store.tables import ExposureRow
from experiments.store.types import BigInt

#: Places of the holding sets: the six largest, then these three.
LARGEST = 6
OTHER, NONE, UNKNOWN = LARGEST, LARGEST + 1, LARGEST + 2
SETS = LARGEST + 3
#: Codes of channels, 0 = nobody said.
CHANNELS = 16


class Grouped:
    """CTEs of one cohort, shared by all parts of a statement.

    u(unit, t0, v): mature units, of visitors only those known to be a customer at exposure.
    frozen: what they held then. shown(unit, channel): where they were first exposed. mask(unit, mask): families held.
    """

    def __init__(self, request: NetRequest) -> None:
        self.request = request
        self.u = _comparable(request)
        self.frozen = FrozenHoldings(request.events, self.u)
        self.shown = _shown(request, self.u)
        self.mask = families_held(self.frozen)

    def counts(self) -> Select[Any]:
        """Rows (v, mask, shown, units)."""
        query, mask, shown = self._joined()
        each = query.with_only_columns(self.u.c.v, mask.label("mask"), shown.label("shown")).subquery("each")
        columns = (each.c.v, each.c.mask, each.c.shown)
        return select(*columns, func.count()).group_by(*columns)

    def units(self, sets: Sequence[int]) -> CTE:
        """gu(unit, t0, v, g): each unit with its group.

        Args:
            sets: masks of the largest holding sets.
        """
        query, mask, shown = self._joined()
        places = [(mask == known, place) for place, known in enumerate(sets)]
        places += [(mask == MASK_NONE, NONE), (mask == MASK_UNKNOWN, UNKNOWN)]
        group = (cast(self.u.c.v, BigInt) * SETS + case(*places, else_=OTHER)) * CHANNELS + shown
        return query.with_only_columns(self.u.c.unit, self.u.c.t0, self.u.c.v, group.label("g")).cte("gu")

    def _joined(self) -> tuple[Select[Any], ColumnElement[int], ColumnElement[int]]:
        statement = self.frozen.statement
        query: Select[Any] = (
            select(self.u.c.unit)
            .outerjoin(statement, statement.c.unit == self.u.c.unit)
            .outerjoin(self.mask, self.mask.c.unit == self.u.c.unit)
            .outerjoin(self.shown, self.shown.c.unit == self.u.c.unit)
        )
        mask = case(
            (statement.c.unit.is_(None), MASK_UNKNOWN), (self.mask.c.mask.is_(None), MASK_NONE), else_=self.mask.c.mask
        )
        return query, mask, func.coalesce(self.shown.c.channel, 0)


def read_group(group: int) -> tuple[int, int, int]:
    """(variant, place of the holding set, channel shown in) of a group's number."""
    rest, shown = divmod(group, CHANNELS)
    variant, place = divmod(rest, SETS)
    return variant, place, shown


def _comparable(request: NetRequest) -> CTE:
    """Mature units; sales of other channels reach a visitor only through a customer known at exposure."""
    everyone = cohort(request.events)
    if request.unit is UnitKind.CUSTOMER:
        return everyone
    known = customers_at_exposure(request.events, everyone, "known_customer")
    return select(everyone.c.unit, everyone.c.t0, everyone.c.v).join(known, known.c.unit == everyone.c.unit).cte("lu")


def _shown(request: NetRequest, u: CTE) -> CTE:
    first = and_(ExposureRow.unit == u.c.unit, ExposureRow.at == u.c.t0, ExposureRow.phase_id == request.phase_id)
    return (
        select(u.c.unit, func.min(ExposureRow.channel).label("channel"))
        .join(ExposureRow, first)
        .group_by(u.c.unit)
        .cte("shown")
    )
