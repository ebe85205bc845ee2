"""Exposed units by what was known of them at first exposure, for the check of the split inside each group."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from sqlalchemy import CTE, Integer, and_, case, cast, func, literal, select
from sqlalchemy.orm import Session

from experiments.store.moments.relations import FrozenHoldings
from experiments.store.moments.request import MomentsRequest
from experiments.store.moments.units import cohort
from experiments.store.tables import ExposureRow
from experiments.store.types import BigInt

#: Masks of families held; a real set has no bit 0, because codes of families count from 1.
MASK_NONE, MASK_UNKNOWN = 0, -1
#: After every instant.
_NEVER = 2**62
#: Units by group, then by variant position.
Split = dict[int, dict[int, int]]


def families_held(frozen: FrozenHoldings, name: str = "mask") -> CTE:
    """mask(unit, mask): a bit per family held; who holds nothing, or is not known, is not in it."""
    tiers = frozen.tiers
    one = literal(1, BigInt).op("<<", return_type=BigInt)(cast(tiers.c.family_id, Integer))
    mask = cast(func.sum(one), BigInt).label("mask")
    return select(tiers.c.unit, mask).group_by(tiers.c.unit).cte(name)


def exposed_by_holdings(session: Session, request: MomentsRequest) -> Split:
    """Clean exposed units, mature or not, by the families they held as far as it was known then."""
    u = _everyone(request)
    frozen = FrozenHoldings(request, u)
    held, statement = families_held(frozen), frozen.statement
    mask = case(
        (statement.c.unit.is_(None), MASK_UNKNOWN), (held.c.mask.is_(None), MASK_NONE), else_=held.c.mask
    ).label("mask")
    query = (
        select(u.c.v, mask)
        .outerjoin(statement, statement.c.unit == u.c.unit)
        .outerjoin(held, held.c.unit == u.c.unit)
        .subquery("each")
    )
    rows = session.execute(select(query.c.mask, query.c.v, func.count()).group_by(query.c.mask, query.c.v))
    return _grouped((int(mask), int(v), int(n)) for mask, v, n in rows)


def exposed_by_channel(session: Session, request: MomentsRequest) -> Split:
    """The same by the code of the channel of their first exposure."""
    u = _everyone(request)
    first = and_(ExposureRow.unit == u.c.unit, ExposureRow.at == u.c.t0, ExposureRow.phase_id == request.phase_id)
    channel = func.min(ExposureRow.channel).label("channel")
    each = select(u.c.unit, u.c.v, channel).join(ExposureRow, first).group_by(u.c.unit, u.c.v).subquery("each")
    rows = session.execute(select(each.c.channel, each.c.v, func.count()).group_by(each.c.channel, each.c.v))
    return _grouped((int(code), int(v), int(n)) for code, v, n in rows)


def _everyone(request: MomentsRequest) -> CTE:
    """Exposed units whether their windows have closed or not: the split is decided before."""
    return cohort(replace(request, mature_before=_NEVER, linked_only=False))


def _grouped(rows: Iterable[tuple[int, int, int]]) -> Split:
    found: Split = {}
    for group, variant, units in rows:
        found.setdefault(group, {})[variant] = units
    return found
