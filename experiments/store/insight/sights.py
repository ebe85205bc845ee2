"""Everybody's sights: page views and events that belong to one of several steps, in one table expression."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import CTE, BigInteger, Select, and_, column, literal, or_, select, union_all, values
from sqlalchemy.orm import Session

from experiments.domain.journey import Step
from experiments.store.insight.people import unit_of
from experiments.store.insight.steps import events_of, known_paths, paths_of
from experiments.store.tables import OutcomeRow, PageViewRow
from experiments.store.types import BigInt


def sights(session: Session, steps: Sequence[Step], since: int, end: int, k: CTE) -> CTE:
    """s(unit, step, at, channel): every page view and event in [since, end) that belongs to a step, by its position."""
    parts: list[Select[Any]] = []
    if pages := paths_of(steps, known_paths(session)):
        p = table("p", ("path_id", "step"), pages)
        parts.append(_rows(PageViewRow, k, p.c.step, since, end).join(p, p.c.path_id == PageViewRow.path_id))
    if events := events_of(session, steps):
        o = table("o", ("kind", "name_id", "step"), events)
        same = and_(o.c.kind == OutcomeRow.kind, or_(o.c.name_id == 0, o.c.name_id == OutcomeRow.name_id))
        parts.append(_rows(OutcomeRow, k, o.c.step, since, end).join(o, same))
    return union_all(*(parts or [_nobody()])).cte("s")


def table(name: str, columns: tuple[str, ...], rows: list[Any]) -> CTE:
    """Whole numbers as a table inside the statement."""
    typed = (column(each, BigInteger) for each in columns)
    return values(*typed, name=name, literal_binds=True).data(rows).cte(name)


def _rows(row: Any, k: CTE, step: Any, since: int, end: int) -> Select[Any]:
    query = select(unit_of(row, k).label("unit"), step.label("step"), row.at.label("at"), row.channel.label("channel"))
    return query.select_from(row).outerjoin(k, k.c.visitor == row.visitor).where(row.at >= since, row.at < end)


def _nobody() -> Select[Any]:
    none: list[Any] = [literal(0, BigInt).label(name) for name in ("unit", "step", "at", "channel")]
    query: Select[Any] = select(*none)
    return query.where(literal(1) == 0)
