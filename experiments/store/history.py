"""Who would have entered a test that nobody ran: the units of an audience, from when each was first seen.

Units are seen in page views, or in page views, outcomes and exposures together; agents in what they
handled. The first sight inside the period
stands for the first exposure, so that everything behind `units.exposed_units` works as for a real test.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from math import sqrt
from typing import Any

from sqlalchemy import ColumnElement, Double, Select, case, cast, func, literal, select, text, union_all
from sqlalchemy.orm import Session

from experiments.domain.experiment import UnitKind
from experiments.domain.metric import EventKind
from experiments.store.codes import KIND_CODE
from experiments.store.engines import is_sqlite
from experiments.store.moments.relations import FrozenHoldings
from experiments.store.moments.request import MomentsRequest
from experiments.store.tables import ExperimentRow, ExposureRow, OutcomeRow, PageViewRow, PhaseRow, SourceRow

#: Steps of SQLite's machine between two looks at the clock.
_STEPS_BETWEEN_LOOKS = 10_000


@dataclass(frozen=True, slots=True)
class Sight:
    """Which events count as seeing a unit, and of which units.

    Args:
        start, until: µs, [start, until).
        paths: codes of page paths; None = any page view, outcome or exposure.
        holds: codes of families that must all be held at first sight.
        lacks: codes of families of which none may be held then.
        holds_any: codes of families of which one must be held then; whoever's holdings are unknown fits none of them.
    """

    unit: UnitKind
    start: int
    until: int
    paths: tuple[int, ...] | None = None
    holds: tuple[int, ...] = ()
    lacks: tuple[int, ...] = ()
    holds_any: tuple[int, ...] = ()


def entrants(request: MomentsRequest, sight: Sight) -> Select[int, int, int, int]:
    """Rows (unit, t0, low, high): every unit of the audience with its first sight in the period, all in variant 0."""
    seen = union_all(*sightings(sight, sight.start, sight.until)).subquery("seen")
    first = select(seen.c.unit, func.min(seen.c.at).label("t0")).group_by(seen.c.unit).cte("first_seen")
    one = literal(0)
    query = select(first.c.unit, first.c.t0, one.label("low"), one.label("high"))
    if not (sight.holds or sight.lacks or sight.holds_any):
        return query
    frozen = FrozenHoldings(request, first, prefix="seen_")
    known = query.join(frozen.statement, frozen.statement.c.unit == first.c.unit)
    held = [first.c.unit.in_(_holders(frozen, family)) for family in sight.holds]
    held += [first.c.unit.in_(_holders(frozen, *sight.holds_any))] if sight.holds_any else []
    return known.where(*held, *(first.c.unit.not_in(_holders(frozen, family)) for family in sight.lacks))


@dataclass(frozen=True, slots=True)
class Span:
    """µs of the first and the last sight ever before the end of the period, and of the first one inside it."""

    first: int | None
    last: int | None
    inside: int | None


def span_of(session: Session, sight: Sight) -> Span:
    """When units were seen at all, holdings aside; None where never."""
    seen = union_all(*sightings(sight, None, sight.until)).subquery("seen")
    inside = func.min(case((seen.c.at >= sight.start, seen.c.at)))
    return Span(*session.execute(select(func.min(seen.c.at), func.max(seen.c.at), inside)).one())


def first_event(session: Session) -> int | None:
    """µs of the first page view, outcome or exposure of anybody; None where there is none."""
    rows: tuple[Any, ...] = (PageViewRow, OutcomeRow, ExposureRow)
    firsts = union_all(*(select(func.min(row.at).label("at")) for row in rows)).subquery("firsts")
    found: int | None = session.scalar(select(func.min(firsts.c.at)))
    return found


def seconds_spread(session: Session, sight: Sight) -> float | None:
    """Standard deviation of the handle seconds of one contact, of those that agents handled in the period."""
    seconds = cast(OutcomeRow.seconds, Double)
    query = select(func.count(), func.avg(seconds), func.avg(seconds * seconds)).where(
        OutcomeRow.kind == KIND_CODE[EventKind.CONTACT],
        OutcomeRow.agent.is_not(None),
        OutcomeRow.at >= sight.start,
        OutcomeRow.at < sight.until,
    )
    n, mean, square = session.execute(query).one()
    return sqrt(max(float(square) - float(mean) ** 2, 0.0) * n / (n - 1)) if n > 1 else None


@contextmanager
def bounded(session: Session, seconds: float) -> Iterator[None]:
    """Have the database give up on statements after so long: PostgreSQL on each, SQLite on all of them together.

    Raises:
        OperationalError: it gave up.
    """
    if not is_sqlite(session):
        session.execute(text(f"SET LOCAL statement_timeout = {max(1, int(seconds * 1000))}"))
        yield
        return
    driver: Any = session.connection().connection.driver_connection
    until = time.monotonic() + seconds
    driver.set_progress_handler(lambda: time.monotonic() > until, _STEPS_BETWEEN_LOOKS)
    try:
        yield
    finally:
        driver.set_progress_handler(None, 0)


def delivered_until(session: Session, sources: frozenset[str] | None, now: int) -> int:
    """The earliest watermark of the named sources (None = of all); a source without one delivers as things happen."""
    marks = select(func.min(SourceRow.watermark))
    found = session.scalar(marks if sources is None else marks.where(SourceRow.key.in_(sources)))
    return now if found is None else min(now, found)


def sightings(sight: Sight, start: int | None, until: int) -> list[Select[Any]]:
    """Selects (unit, at) of the events that count."""

    def within(row: Any) -> list[ColumnElement[bool]]:
        return [row.at < until] if start is None else [row.at >= start, row.at < until]

    if sight.unit is UnitKind.AGENT:
        agent: Any = OutcomeRow.agent
        return [select(agent.label("unit"), OutcomeRow.at.label("at")).where(agent.is_not(None), *within(OutcomeRow))]
    pages = _ids(PageViewRow, sight.unit).where(*within(PageViewRow))
    if sight.paths is not None:
        return [pages.where(PageViewRow.path_id.in_(sight.paths))]
    exposures = (
        select(ExposureRow.unit.label("unit"), ExposureRow.at.label("at"))
        .join(PhaseRow, PhaseRow.id == ExposureRow.phase_id)
        .join(ExperimentRow, ExperimentRow.id == PhaseRow.experiment_id)
        .where(ExperimentRow.unit == sight.unit.value, *within(ExposureRow))
    )
    return [pages, _ids(OutcomeRow, sight.unit).where(*within(OutcomeRow)), exposures]


def _ids(row: Any, unit: UnitKind) -> Select[Any]:
    mine = row.visitor if unit is UnitKind.VISITOR else row.customer
    return select(mine.label("unit"), row.at.label("at")).where(mine.is_not(None))


def _holders(frozen: FrozenHoldings, *families: int) -> Select[Any]:
    return select(frozen.lines.c.unit).where(frozen.lines.c.family_id.in_(families))
