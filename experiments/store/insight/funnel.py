"""One statement per journey: who began it, what they held then, and how far they came within the window.

A step counts where it follows the one before: a page after the page before (one view is never two steps), an event
at the same moment or later.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    CTE,
    BigInteger,
    Select,
    and_,
    case,
    column,
    func,
    literal,
    or_,
    select,
    union_all,
    values,
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
    unit_of,
    unmarked,
)
from experiments.store.insight.steps import events_of, known_paths, paths_of
from experiments.store.moments.request import DAY
from experiments.store.tables import OutcomeRow, PageViewRow
from experiments.store.types import BigInt

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
    statement = _statement(session, journey, since, until)
    return [Reached(*map(int, row)) for row in session.execute(statement)]


def _statement(session: Session, journey: Journey, since: int, until: int) -> Select[Any]:
    end = until + journey.window_days * DAY
    k = known_visitors(end)
    seen = _seen(session, journey, since, end, k)
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


def _seen(session: Session, journey: Journey, since: int, end: int, k: CTE) -> CTE:
    """s(unit, step, at, channel): every page view and event that belongs to a step."""
    parts: list[Select[Any]] = []
    if pages := paths_of(journey.steps, known_paths(session)):
        p = _table("p", ("path_id", "step"), pages)
        parts.append(_rows(PageViewRow, k, p.c.step, since, end).join(p, p.c.path_id == PageViewRow.path_id))
    if events := events_of(session, journey.steps):
        o = _table("o", ("kind", "name_id", "step"), events)
        same = and_(o.c.kind == OutcomeRow.kind, or_(o.c.name_id == 0, o.c.name_id == OutcomeRow.name_id))
        parts.append(_rows(OutcomeRow, k, o.c.step, since, end).join(o, same))
    nobody = select(*(literal(0, BigInt).label(name) for name in ("unit", "step", "at", "channel"))).where(
        literal(1) == 0
    )
    return union_all(*parts).cte("s") if parts else nobody.cte("s")


def _rows(row: Any, k: CTE, step: Any, since: int, end: int) -> Select[Any]:
    query = select(unit_of(row, k).label("unit"), step.label("step"), row.at.label("at"), row.channel.label("channel"))
    return query.select_from(row).outerjoin(k, k.c.visitor == row.visitor).where(row.at >= since, row.at < end)


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


def _table(name: str, columns: tuple[str, ...], rows: list[Any]) -> CTE:
    """Numbers as a table inside the statement."""
    typed = (column(each, BigInteger) for each in columns)
    return values(*typed, name=name, literal_binds=True).data(rows).cte(name)
