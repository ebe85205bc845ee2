"""People at the first step of each journey on one day by holdings, and those of them who came to its last step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import CTE, ColumnElement, Double, Select, and_, case, cast, func, literal, select, union_all
from sqlalchemy.sql.selectable import CompoundSelect

from experiments.store.moments.relations import HoldingsAt
from experiments.store.overview.measures import COMPLETED, ENTERED, JourneyMoments
from experiments.store.overview.steps import FIRST, LAST, owners, visited
from experiments.store.types import BigInt


def travelled(day: tuple[int, int], journeys: Sequence[JourneyMoments], *, until: int, seq: int) -> CompoundSelect[Any]:
    """Rows (measure, journey, channel, segment, n, total, squares); the channel is that of the first step.

    A person counts once per journey; completed means at the last step later on that day. Holdings are those before the
    first step of any journey.
    """
    seen = visited(journeys, owners(), day[0], min(day[1], until + 1), seq, (FIRST, LAST))
    begun = _per_journey(seen, FIRST, func.min(seen.c.at)).cte("begun")
    ended = _per_journey(seen, LAST, func.max(seen.c.at)).cte("ended")
    first = and_(seen.c.person == begun.c.person, seen.c.journey == begun.c.journey, seen.c.at == begun.c.at)
    where = (
        select(begun.c.person, begun.c.journey, func.min(seen.c.channel).label("channel"))
        .join(seen, and_(first, seen.c.step == FIRST))
        .group_by(begun.c.person, begun.c.journey)
        .cte("entry")
    )
    k = (
        select(begun.c.person.label("unit"), (func.min(begun.c.at) - 1).label("t0"), begun.c.person.label("customer"))
        .group_by(begun.c.person)
        .cte("k")
    )
    held = HoldingsAt(k, "j")
    families = held.segments("held")
    through = and_(ended.c.person == begun.c.person, ended.c.journey == begun.c.journey)
    went = (
        select(
            begun.c.journey,
            where.c.channel,
            held.segment(families).label("segment"),
            case((ended.c.at >= begun.c.at, 1), else_=0).label("done"),
        )
        .join(where, and_(where.c.person == begun.c.person, where.c.journey == begun.c.journey))
        .outerjoin(held.statement, held.statement.c.unit == begun.c.person)
        .outerjoin(families, families.c.unit == begun.c.person)
        .outerjoin(ended, through)
        .cte("went")
    )
    return union_all(_row(went, ENTERED, func.count()), _row(went, COMPLETED, func.sum(went.c.done)))


def _per_journey(seen: CTE, step: int, at: ColumnElement[int]) -> Select[Any]:
    key = (seen.c.person, seen.c.journey)
    return select(*key, at.label("at")).where(seen.c.step == step).group_by(*key)


def _row(went: CTE, measure: int, n: ColumnElement[Any]) -> Select[Any]:
    zero = literal(0.0, Double)
    return select(
        literal(measure).label("measure"),
        went.c.journey,
        went.c.channel,
        went.c.segment,
        cast(n, BigInt).label("n"),
        zero.label("total"),
        zero.label("squares"),
    ).group_by(went.c.journey, went.c.channel, went.c.segment)
