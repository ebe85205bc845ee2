"""Contacts, answers, offers and leads of one period, summed per person and then by channel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import CTE, ColumnElement, Double, Select, and_, case, cast, func, literal, or_, select, union_all

from experiments.domain.metric import EventKind
from experiments.store.codes import KIND_CODE
from experiments.store.contact_centre.measures import ANSWERS, CONTACTS, EVERY, LEADS, OFFERS, RESPONSE
from experiments.store.overview.steps import owners
from experiments.store.tables import OutcomeRow

CONTACT, SURVEY, CUSTOM = (KIND_CODE[kind] for kind in (EventKind.CONTACT, EventKind.SURVEY, EventKind.CUSTOM))
_PARTS = ("contacts", "seconds", "answers", "score", "offers", "accepted", "leads")
#: Measure → what is counted, and what is added up over it.
_PAIRS = {
    CONTACTS: ("contacts", "seconds"),
    ANSWERS: ("answers", "score"),
    RESPONSE: ("contacts", "replies"),
    OFFERS: ("offers", "accepted"),
    LEADS: ("contacts", "leads"),
}


@dataclass(frozen=True, slots=True)
class Span:
    """A period and the codes that mean something in it.

    Args:
        start, end: µs, the end not included.
        until: µs; what was received or happened later does not exist for this count.
        csat, lead: codes of the survey and of the event.
    """

    start: int
    end: int
    until: int
    csat: int
    lead: int


def handled(span: Span) -> Select[Any]:
    """Rows (measure, channel, bucket, people, n, x, nn, nx, xx)."""
    per = _with_replies(_per_person(span))
    sums = [func.sum(per.c[part]).label(part) for part in (*_PARTS, "replies")]
    whole = select(per.c.person, literal(EVERY).label("channel"), *sums).group_by(per.c.person)
    both = union_all(select(per), whole).cte("both")
    parts = [_sums(measure, both, both.c[n], both.c[x]) for measure, (n, x) in _PAIRS.items()]
    rows = union_all(*parts).subquery()
    return select(rows)


def _with_replies(per: CTE) -> CTE:
    """Answers that tell a channel in which anybody was in contact: an answer after a web order answers no contact."""
    desks = select(per.c.channel).where(per.c.contacts > 0).distinct()
    replies = case((per.c.channel.in_(desks), per.c.answers), else_=literal(0.0, Double))
    return select(per, replies.label("replies")).cte("per_person")


def squared(n: ColumnElement[Any], x: ColumnElement[Any]) -> tuple[ColumnElement[Any], ...]:
    """(people, n, x, nn, nx, xx) over rows that are one person each."""
    return (
        func.count().label("people"),
        func.sum(n).label("n"),
        func.sum(x).label("x"),
        func.sum(n * n).label("nn"),
        func.sum(n * x).label("nx"),
        func.sum(x * x).label("xx"),
    )


def _sums(measure: int, both: CTE, n: ColumnElement[Any], x: ColumnElement[Any]) -> Select[Any]:
    keys = (literal(measure).label("measure"), both.c.channel, literal(0).label("bucket"))
    return select(*keys, *squared(n, x)).where(or_(n > 0, x > 0)).group_by(both.c.channel)


def _per_person(span: Span) -> CTE:
    owner, o = owners(), OutcomeRow
    customer = func.coalesce(o.customer, owner.c.customer)
    made = and_(o.kind == CONTACT, o.name_id != 0)
    numbers: dict[str, tuple[ColumnElement[bool], Any]] = {
        "contacts": (o.kind == CONTACT, 1.0),
        "seconds": (o.kind == CONTACT, o.seconds),
        "answers": (o.kind == SURVEY, 1.0),
        "score": (o.kind == SURVEY, o.number),
        "offers": (made, 1.0),
        "accepted": (and_(made, o.number == 1), 1.0),
        "leads": (o.kind == CUSTOM, 1.0),
    }
    sums = [
        func.sum(case((when, cast(value, Double)), else_=literal(0.0, Double))).label(part)
        for part, (when, value) in numbers.items()
    ]
    # Nobody knows whether two contacts without any id are of one person: each stands for itself.
    person = func.coalesce(customer, o.visitor, o.id)
    return (
        select(person.label("person"), o.channel.label("channel"), *sums)
        .outerjoin(owner, owner.c.visitor == o.visitor)
        .where(o.at >= span.start, o.at < span.end, o.received_at <= span.until)
        .where(
            or_(
                o.kind == CONTACT,
                and_(o.kind == SURVEY, o.name_id == span.csat),
                and_(o.kind == CUSTOM, o.name_id == span.lead),
            )
        )
        .group_by(person, o.channel)
        .cte("per")
    )
