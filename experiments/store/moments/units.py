"""Who is in the cohort, and to which unit an outcome belongs (definitions: unit, exposure, facts)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import CTE, ColumnElement, Select, and_, func, literal, or_, select, union_all
from sqlalchemy.orm import aliased

from experiments.domain.experiment import UnitKind
from experiments.domain.metric import EventKind
from experiments.store.codes import KIND_CODE
from experiments.store.moments.request import MomentsRequest
from experiments.store.moments.traffic import without_marked
from experiments.store.tables import ExposureRow, LinkRow, OutcomeRow, PageViewRow


def exposed_units(request: MomentsRequest) -> Select[int, int, int, int]:
    """Every exposed unit that counts, with its first exposure and the lowest and highest variant it was logged in."""
    if request.entrants is not None:
        return request.entrants
    every = every_exposed(request)
    return without_marked(every, request.unit, request.cut) if request.without_marked else every


def every_exposed(request: MomentsRequest) -> Select[int, int, int, int]:
    """The same, whoever it is."""
    return (
        select(
            ExposureRow.unit.label("unit"),
            func.min(ExposureRow.at).label("t0"),
            func.min(ExposureRow.variant).label("low"),
            func.max(ExposureRow.variant).label("high"),
        )
        .where(
            ExposureRow.phase_id == request.phase_id,
            ExposureRow.variant >= 0,
            ExposureRow.at >= request.since,
            ExposureRow.at <= (request.cut if request.until is None else min(request.cut, request.until)),
        )
        .group_by(ExposureRow.unit)
    )


def cohort(request: MomentsRequest) -> CTE:
    """u(unit, t0, v): mature units; the same unit in two variants is a fault and excluded (and counted apart)."""
    x = exposed_units(request).subquery("x")
    mature = select(x.c.unit, x.c.t0, x.c.low.label("v")).where(x.c.low == x.c.high, x.c.t0 < request.mature_before)
    if request.linked_only and request.unit is UnitKind.VISITOR:
        known = select(LinkRow.visitor).where(
            LinkRow.visitor == x.c.unit, LinkRow.verified, LinkRow.at <= x.c.t0, LinkRow.received_at <= x.c.t0
        )
        mature = mature.where(known.exists())
    return mature.cte("u")


def owners(request: MomentsRequest, u: CTE, name: str = "w", *, known_then: bool = False) -> CTE:
    """w(id, unit): which unit of the cohort an id of the other kind belongs to.

    Visitor tests: customer → the customer's earliest-exposed visitor. Customer tests: visitor → the first customer
    known on it, in the test or not. Only verified links count. Links never merge or drop units. Tests of agents have
    no such ids.

    Args:
        known_then: only links that were known at the unit's first exposure; those learned later may be an effect of
            the variant, and what was bought before must not depend on it.
    """
    other: Any
    mine: Any
    order: tuple[Any, ...]
    if request.unit is UnitKind.VISITOR:
        other, mine, order = LinkRow.customer, LinkRow.visitor, (u.c.t0, u.c.unit)
    else:
        other, mine, order = LinkRow.visitor, LinkRow.customer, (LinkRow.at, u.c.unit)
    heard = _heard(request, LinkRow, u, known_then=known_then)
    if request.unit is UnitKind.CUSTOMER:
        # Somebody known there before keeps the device, whether or not they are in the test or mature by now.
        before: Any = aliased(LinkRow)
        sooner = or_(before.at < LinkRow.at, and_(before.at == LinkRow.at, before.customer < LinkRow.customer))
        earlier = select(before.visitor).where(
            before.visitor == LinkRow.visitor, sooner, *_heard(request, before, u, known_then=known_then)
        )
        heard.append(~earlier.exists())
    place = func.row_number().over(partition_by=other, order_by=order).label("place")
    links = select(other.label("id"), u.c.unit, place).join(u, u.c.unit == mine).where(*heard)
    ranked = links.subquery(f"ranked_{name}")
    return select(ranked.c.id, ranked.c.unit).where(ranked.c.place == 1).cte(name)


def _heard(request: MomentsRequest, link: Any, u: CTE, *, known_then: bool) -> list[ColumnElement[bool]]:
    """Whether a link counts: told by somebody who may, and heard in time."""
    heard = [link.verified, link.received_at <= request.cut]
    return [*heard, link.at <= u.c.t0, link.received_at <= u.c.t0] if known_then else heard


def customers_at_exposure(request: MomentsRequest, u: CTE, name: str = "k") -> CTE:
    """k(unit, t0, customer): the customer a unit was known to be at its first exposure, where it was known."""
    if request.unit is UnitKind.CUSTOMER:
        return select(u.c.unit, u.c.t0, u.c.unit.label("customer")).cte(name)
    place = func.row_number().over(partition_by=u.c.unit, order_by=(LinkRow.at.desc(), LinkRow.customer)).label("place")
    ranked = (
        select(u.c.unit, u.c.t0, LinkRow.customer, place)
        .join(LinkRow, LinkRow.visitor == u.c.unit)
        .where(LinkRow.verified, LinkRow.at <= u.c.t0, LinkRow.received_at <= u.c.t0)
        .subquery("known")
    )
    return select(ranked.c.unit, ranked.c.t0, ranked.c.customer).where(ranked.c.place == 1).cte(name)


def attributed(request: MomentsRequest, u: CTE) -> CTE:
    """s(unit, v, t0, facts…): each outcome in any column's window with the one unit it counts for.

    The id of the randomised kind that the outcome carries decides; where there is none, the unit that owns the other
    id does, and where a customer buys on a device that was never exposed, their earliest exposed one. What names a
    customer is never another one's. Before exposure only what was known then counts. Page views join as outcomes of
    the kind `page` whose name is the path. In a test of agents an outcome counts for the agent who handled it, whoever
    the customer is; nobody handles a page view.
    """
    exposed = every_exposed(request) if request.entrants is None else request.entrants
    seen = exposed.cte("seen")
    first = min(column.start for column in request.columns)
    last = max(column.end for column in request.columns)
    of_agents = request.unit is UnitKind.AGENT
    tables: list[Any] = [OutcomeRow] if request.needs_facts or of_agents else []
    tables += [PageViewRow] if request.needs_pages and not of_agents else []
    # One of each for both tables: two of one name are no statement.
    w, then = owners(request, u), owners(request, u, "w_then", known_then=True)
    parts: list[Select[Any]] = []
    for row in tables:
        if last > 0:
            window = [row.at >= u.c.t0 + max(first, 0), row.at < u.c.t0 + last]
            parts += _both_ways(request, u, w, seen, row, window)
        if first < 0:
            window = [row.at >= u.c.t0 + first, row.at < u.c.t0 + min(last, 0), known_at(request, row, u.c.t0)]
            parts += _both_ways(request, u, then, seen, row, window)
    return union_all(*parts).cte("s")


def known_at(request: MomentsRequest, row: Any, t0: ColumnElement[int]) -> ColumnElement[bool]:
    """Whether a fact was known at exposure: received by then, or of a source that is complete whatever a test does."""
    return or_(row.received_at <= t0, row.source_id.in_(request.complete_sources))


def _both_ways(
    request: MomentsRequest, u: CTE, w: CTE, seen: CTE, row: Any, window: list[ColumnElement[bool]]
) -> list[Select[Any]]:
    if request.unit is UnitKind.AGENT:
        return [_direct(request, u, row, row.agent, window)]
    visitor_first = request.unit is UnitKind.VISITOR
    mine, other = (row.visitor, row.customer) if visitor_first else (row.customer, row.visitor)
    through = select(*_columns(request, u, row)).join(w, w.c.unit == u.c.unit).join(row, other == w.c.id)
    if visitor_first:
        through = through.outerjoin(seen, seen.c.unit == mine).where(seen.c.unit.is_(None))
    else:
        through = through.where(mine.is_(None))
    return [_direct(request, u, row, mine, window), through.where(*_wanted(request, row, window))]


def _direct(request: MomentsRequest, u: CTE, row: Any, mine: Any, window: list[ColumnElement[bool]]) -> Select[Any]:
    """Facts that carry the unit's own id."""
    return select(*_columns(request, u, row)).join(row, mine == u.c.unit).where(*_wanted(request, row, window))


def _columns(request: MomentsRequest, u: CTE, row: Any) -> list[ColumnElement[Any]]:
    return [u.c.unit, u.c.v, u.c.t0, *(_fact(row, name) for name in request.facts)]


def _wanted(request: MomentsRequest, row: Any, window: list[ColumnElement[bool]]) -> list[ColumnElement[bool]]:
    return [*window, row.at <= request.cut, *_kinds(request, row)]


def _fact(row: Any, name: str) -> ColumnElement[Any]:
    if row is OutcomeRow:
        return getattr(OutcomeRow, name).label(name)  # type: ignore[no-any-return]
    given = {"kind": literal(KIND_CODE[EventKind.PAGE]), "at": PageViewRow.at, "name_id": PageViewRow.path_id}
    given |= {"source_id": PageViewRow.source_id, "quantity": literal(1), "id": literal(0)}
    return given.get(name, literal(0)).label(name)


def _kinds(request: MomentsRequest, row: Any) -> list[ColumnElement[bool]]:
    kinds = sorted({KIND_CODE[column.kind] for column in request.columns})
    return [OutcomeRow.kind.in_(kinds)] if row is OutcomeRow else []
