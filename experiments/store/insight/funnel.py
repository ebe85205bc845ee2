"""One statement per journey: who began it, what they held then, and how far they came within the window.

A step counts where it follows the one before: a page after the page before (one view is never two steps), an event
at the same moment or later.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    CTE,
    Select,
    and_,
    case,
    func,
    literal,
    select,
)
from sqlalchemy.orm import Session

from experiments.domain.journey import Journey, Match
from experiments.store.insight.people import (
    channel_of,
    frozen_holdings,
    instant,
    known_visitors,
    masks,
    packed,
    unmarked,
)
from experiments.store.insight.sights import sights
from experiments.store.moments.request import DAY
from experiments.store.moments.run import prepare

WEEK = 7 * DAY
#: Stands for holdings that are not known.
UNKNOWN = -1


@dataclass(frozen=True, slots=True)
class Reached:
    """Units that began with these holdings (a bit per family, -1 = not known), in this channel and week."""

    mask: int
    channel: int
    week: int
    steps: int
    units: int


def reached(session: Session, journey: Journey, since: int, until: int) -> list[Reached]:
    """How far everybody came who began in [since, until); events up to `until` + the window count."""
    prepare(session)
    statement = _statement(session, journey, since, until)
    return [Reached(*map(int, row)) for row in session.execute(statement)]


def _statement(session: Session, journey: Journey, since: int, until: int) -> Select[Any]:
    end = until + journey.window_days * DAY
    k = known_visitors(end)
    seen = sights(session, journey.steps, since, end, k)
    first = _first(seen, until)
    depth: list[CTE] = [first]
    for place, step in enumerate(journey.steps[1:], start=1):
        depth.append(_next(seen, depth[-1], place, end=journey.window_days * DAY, same=step.match is Match.EVENT))
    mask = masks(frozen_holdings(first, end))
    steps = (
        case(
            *((later.c.unit.is_not(None), number) for number, later in reversed(list(enumerate(depth[1:], 2)))), else_=1
        )
        if depth[1:]
        else literal(1)
    )
    week = ((first.c.t0 - since) // WEEK).label("week")
    held = func.coalesce(mask.c.mask, UNKNOWN).label("mask")
    query = select(held, first.c.channel, week, steps.label("steps"), func.count()).select_from(first)
    query = query.outerjoin(mask, mask.c.unit == first.c.unit)
    for later in depth[1:]:
        query = query.outerjoin(later, later.c.unit == first.c.unit)
    return query.group_by(held, first.c.channel, week, steps)


def _first(seen: CTE, until: int) -> CTE:
    """f(unit, t0, channel): when and where everybody began."""
    least = func.min(packed(seen.c.at, seen.c.channel)).label("least")
    query = select(seen.c.unit, least).where(seen.c.step == 0, seen.c.at < until, seen.c.unit.is_not(None))
    g = query.where(unmarked(seen.c.unit)).group_by(seen.c.unit).subquery("g")
    t0 = instant(g.c.least)
    return select(g.c.unit, t0.label("t0"), t0.label("at"), channel_of(g.c.least).label("channel")).cte("begun")


def _next(seen: CTE, before: CTE, place: int, *, end: int, same: bool) -> CTE:
    """The first time everybody reached a step after the one before."""
    later = seen.c.at >= before.c.at if same else seen.c.at > before.c.at
    joined = and_(seen.c.unit == before.c.unit, seen.c.step == place, later, seen.c.at < before.c.t0 + end)
    query = select(before.c.unit, before.c.t0, func.min(seen.c.at).label("at")).join(seen, joined)
    return query.group_by(before.c.unit, before.c.t0).cte(f"step{place}")
