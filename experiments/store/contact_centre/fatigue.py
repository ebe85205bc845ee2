"""Acceptance and satisfaction by the number of offers that somebody had seen in the 30 days before."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    Double,
    Select,
    and_,
    case,
    cast,
    distinct,
    func,
    literal,
    or_,
    select,
    union_all,
)

from experiments.domain.channel import Channel
from experiments.store.codes import CHANNEL_CODE
from experiments.store.contact_centre.handled import CONTACT, SURVEY, Span, squared
from experiments.store.contact_centre.measures import EVERY, MOST_SEEN, REACH, SEEN_ACCEPTED, SEEN_ANSWERS
from experiments.store.overview.steps import owners
from experiments.store.tables import ContactFactRow, ExposureRow, LinkRow, OutcomeRow

#: Where nobody tells the offer but the exposure itself; an agent's offer is told by the contact, and counted once.
_SELF_SERVICE = [CHANNEL_CODE[channel] for channel in (Channel.WEB, Channel.APP, Channel.TV)]


def fatigue(span: Span, customer_phases: Collection[int], visitor_phases: Collection[int]) -> Select[Any]:
    """Rows (measure, channel, bucket, people, n, x, nn, nx, xx), one customer being one person of a bucket."""
    asked = union_all(_offers(span), _answers(span)).cte("asked")
    shown = (_seen_as_customer(asked, customer_phases), _seen_as_visitor(asked, visitor_phases))
    seen = union_all(_contacts_before(asked), *shown).subquery("seen_before")
    times = select(seen.c.id, func.sum(seen.c.times).label("times")).group_by(seen.c.id).cte("times")
    number = func.coalesce(times.c.times, 0)
    bucket = case((number > MOST_SEEN, MOST_SEEN), else_=number)
    per = (
        select(
            asked.c.measure,
            bucket.label("bucket"),
            asked.c.customer,
            cast(func.count(), Double).label("n"),
            func.sum(asked.c.x).label("x"),
        )
        .outerjoin(times, times.c.id == asked.c.id)
        .group_by(asked.c.measure, bucket, asked.c.customer)
        .cte("per_customer")
    )
    keys = (per.c.measure, literal(EVERY).label("channel"), per.c.bucket)
    return select(*keys, *squared(per.c.n, per.c.x)).group_by(per.c.measure, per.c.bucket)


def _offers(span: Span) -> Select[Any]:
    o = OutcomeRow
    accepted = case((o.number == 1, literal(1.0, Double)), else_=literal(0.0, Double))
    return _asked(span, SEEN_ACCEPTED, accepted).where(o.kind == CONTACT, o.name_id != 0)


def _answers(span: Span) -> Select[Any]:
    o = OutcomeRow
    return _asked(span, SEEN_ANSWERS, cast(o.number, Double)).where(o.kind == SURVEY, o.name_id == span.csat)


def _asked(span: Span, measure: int, x: ColumnElement[Any]) -> Select[Any]:
    o, owner = OutcomeRow, owners(f"owner_{measure}")
    customer = func.coalesce(o.customer, owner.c.customer)
    return (
        select(o.id, customer.label("customer"), o.at, literal(measure).label("measure"), x.label("x"))
        .outerjoin(owner, owner.c.visitor == o.visitor)
        .where(o.at >= span.start, o.at < span.end, o.received_at <= span.until, customer.is_not(None))
    )


def _contacts_before(asked: CTE) -> Select[Any]:
    """Before an offer only those made before it; before an answer also the one of the contact that is asked about."""
    f = ContactFactRow
    earlier = or_(f.at < asked.c.at, and_(f.at == asked.c.at, asked.c.measure == SEEN_ANSWERS))
    within = and_(f.customer == asked.c.customer, f.at > asked.c.at - REACH, earlier)
    return select(asked.c.id, func.count().label("times")).join(f, within).where(f.offer_id != 0).group_by(asked.c.id)


def _seen_as_customer(asked: CTE, phases: Collection[int]) -> Select[Any]:
    e = ExposureRow
    within = and_(e.unit == asked.c.customer, *_shown(asked, phases))
    return select(asked.c.id, func.count(distinct(e.phase_id)).label("times")).join(e, within).group_by(asked.c.id)


def _seen_as_visitor(asked: CTE, phases: Collection[int]) -> Select[Any]:
    e = ExposureRow
    times = func.count(distinct(e.phase_id)).label("times")
    own = and_(LinkRow.customer == asked.c.customer, LinkRow.verified)
    within = and_(e.unit == LinkRow.visitor, *_shown(asked, phases))
    return select(asked.c.id, times).join(LinkRow, own).join(e, within).group_by(asked.c.id)


def _shown(asked: CTE, phases: Collection[int]) -> tuple[ColumnElement[bool], ...]:
    """Treatments that pages showed, as the cap on offers counts them: each test once."""
    e = ExposureRow
    return (
        e.phase_id.in_(sorted(phases) or [-1]),
        e.variant > 0,
        ~e.suppressed,
        e.channel.in_(_SELF_SERVICE),
        e.at < asked.c.at,
        e.at > asked.c.at - REACH,
    )
