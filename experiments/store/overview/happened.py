"""Sales, contacts and answers of one day, by relation, channel, holdings at that moment and journey."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import CTE, ColumnElement, Double, Select, and_, case, cast, func, literal, or_, select, union_all

from experiments.domain.experiment import UnitKind
from experiments.domain.metric import EventKind
from experiments.store.codes import KIND_CODE
from experiments.store.moments.relations import HoldingsAt, just_before
from experiments.store.moments.request import MomentsRequest
from experiments.store.moments.statement import kept_back
from experiments.store.overview.measures import CONTACT, CSAT, JOURNEY_REACH, RETURN_WINDOW, JourneyMoments
from experiments.store.overview.steps import owners, visited
from experiments.store.tables import OutcomeRow
from experiments.store.types import BigInt

_SALE, _CONTACT, _SURVEY = (KIND_CODE[kind] for kind in (EventKind.SALE, EventKind.CONTACT, EventKind.SURVEY))
_FACTS = ("id", "kind", "at", "order_key", "product_id", "family_id", "tier", "multiple", "quantity", "rank", "channel",
          "revenue", "seconds", "number")  # fmt: skip


def happened(
    day: tuple[int, int],
    journeys: Sequence[JourneyMoments],
    *,
    until: int,
    seq: int,
    csat: int,
    least_rank: int,
) -> Select[Any]:
    """Rows (measure, journey, channel, segment, n, total, squares).

    Args:
        day: (start, end) in µs.
        until: µs; later refunds and outcomes do not exist for this count.
        seq: where page views of this time begin.
        csat: code of the survey's name.
        least_rank: least trust of the source of a sale.
    """
    owner = owners()
    s = _outcomes(day, owner, until, csat, least_rank)
    counted = _numbers(s, until)
    held = HoldingsAt(_moments(s), "o")
    families = held.segments("families")
    measure = case((s.c.kind == _SALE, held.relation(s)), (s.c.kind == _CONTACT, CONTACT), else_=CSAT)
    b = (
        select(
            s.c.id, measure.label("measure"), s.c.channel,
            held.segment(families).label("segment"), counted.c.n, counted.c.x,
        )
        .join(counted, counted.c.id == s.c.id)
        .outerjoin(held.statement, held.statement.c.unit == s.c.id)
        .outerjoin(held.counts, held.counts.c.unit == s.c.id)
        .outerjoin(held.tiers, and_(held.tiers.c.unit == s.c.id, held.tiers.c.family_id == s.c.family_id))
        .outerjoin(families, families.c.unit == s.c.id)
        .where(counted.c.n > 0)
        .cte("b")
    )  # fmt: skip
    of = _memberships(s, b, visited(journeys, owner, day[0] - JOURNEY_REACH, day[1], seq))
    keys = (b.c.measure, of.c.journey, b.c.channel, b.c.segment)
    sums = (func.sum(b.c.n).label("n"), func.sum(b.c.x).label("total"), func.sum(b.c.x * b.c.x).label("squares"))
    return select(*keys, *sums).join(of, of.c.id == b.c.id).group_by(*keys)


def _outcomes(day: tuple[int, int], owner: CTE, until: int, csat: int, least_rank: int) -> CTE:
    facts = [getattr(OutcomeRow, name) for name in _FACTS]
    customer = func.coalesce(OutcomeRow.customer, owner.c.customer)
    counts = or_(
        and_(OutcomeRow.kind == _SALE, OutcomeRow.rank >= least_rank),
        OutcomeRow.kind == _CONTACT,
        and_(OutcomeRow.kind == _SURVEY, OutcomeRow.name_id == csat),
    )
    return (
        select(*facts, customer.label("customer"), func.coalesce(customer, OutcomeRow.visitor).label("person"))
        .outerjoin(owner, owner.c.visitor == OutcomeRow.visitor)
        .where(OutcomeRow.at >= day[0], OutcomeRow.at < day[1], OutcomeRow.at <= until, counts)
        .cte("s")
    )


def _moments(s: CTE) -> CTE:
    """Just before each outcome."""
    before = case((s.c.kind == _SALE, just_before(s)), else_=s.c.at - 1)
    return select(s.c.id.label("unit"), before.label("t0"), s.c.customer).where(s.c.customer.is_not(None)).cte("k")


def _numbers(s: CTE, until: int) -> CTE:
    """(id, n, x): what an outcome counts, and its number; a sale that was taken back counts nothing."""
    request = MomentsRequest(0, UnitKind.CUSTOMER, until, until, (), return_window=RETURN_WINDOW)
    kept = kept_back(request, s)
    assert kept is not None
    left = s.c.quantity - func.coalesce(kept.c.back, 0)
    n = case((s.c.kind != _SALE, 1), (left > 0, 1), else_=0)
    money = cast(s.c.revenue, Double) * left / s.c.quantity
    x: ColumnElement[Any] = case(
        (s.c.kind == _SALE, money), (s.c.kind == _CONTACT, cast(s.c.seconds, Double)), else_=cast(s.c.number, Double)
    )
    return select(s.c.id, n.label("n"), x.label("x")).outerjoin(kept, kept.c.id == s.c.id).cte("counted")


def _memberships(s: CTE, b: CTE, seen: CTE) -> CTE:
    """(id, journey): 0 for everything, and every journey that the person had entered shortly before."""
    everything = select(b.c.id, literal(0, BigInt).label("journey"))
    recent = and_(seen.c.person == s.c.person, seen.c.at <= s.c.at, seen.c.at > s.c.at - JOURNEY_REACH)
    inside = select(s.c.id, seen.c.journey).join(seen, recent).distinct()
    return union_all(everything, inside).cte("of_journey")
