"""Metrics that many want and not every installation needs: each is added with one click, its definition in sight."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy.orm import Session

from experiments.domain.access import Right
from experiments.domain.channel import DIGITAL_BY_DEFAULT, Channel
from experiments.domain.errors import ConflictError, NotFoundError
from experiments.domain.holding import Relation
from experiments.domain.metric import Column, Direction, EventFilter, EventKind, Metric, MetricKind, Value
from experiments.services.actor import Actor
from experiments.services.default_metrics import RETURN_DAYS, default_metrics
from experiments.services.metrics import all_metrics, save_metric

#: Name of the custom event that a shop sends when a customer brought somebody along.
REFERRAL_EVENT = "Referral"
#: Name of the custom event that an agent or a chat sends when somebody wants to be called about an offer.
LEAD_EVENT = "Lead"


def ready_metrics(digital: Collection[str] = DIGITAL_BY_DEFAULT) -> tuple[Metric, ...]:
    """All of them, version 1: those below and the built-in ones."""
    return (
        Metric(
            key="repeat-purchase",
            name="Repeat purchase",
            kind=MetricKind.RATE,
            column=Column(EventFilter(EventKind.SALE), Value.ORDERS, at_least=2),
            window_days=90,
            return_days=RETURN_DAYS,
            description="Share of units with two orders or more; the lines of one order are one.",
        ),
        Metric(
            key="referral",
            name="Referral",
            kind=MetricKind.RATE,
            column=Column(EventFilter(EventKind.CUSTOM, name=REFERRAL_EVENT)),
            description=f"Share of units that brought somebody along; the shop sends the event {REFERRAL_EVENT}.",
        ),
        Metric(
            key="order-lines",
            name="Lines per order",
            kind=MetricKind.RATIO,
            column=Column(EventFilter(EventKind.SALE)),
            denominator=Column(EventFilter(EventKind.SALE), Value.ORDERS),
            return_days=RETURN_DAYS,
            description="Lines over orders, both as far as kept: how full a basket is, not how many there are.",
        ),
        Metric(
            key="net-promoter-score",
            name="Net Promoter Score",
            kind=MetricKind.RATIO,
            column=Column(EventFilter(EventKind.SURVEY, name="nps"), Value.NET_SCORE),
            denominator=Column(EventFilter(EventKind.SURVEY, name="nps")),
            description="Share of promoters (9 and 10) less share of detractors (0 to 6) among the answers.",
        ),
        *_contact_centre(),
        *_of_agents(),
        *default_metrics(digital),
    )


def _contact_centre() -> tuple[Metric, ...]:
    """What a contact centre steers by. Per-contact means are descriptive: who makes contact follows from the offer."""
    chat = (Channel.CHAT,)
    leads, contacts = EventFilter(EventKind.CUSTOM, name=LEAD_EVENT), EventFilter(EventKind.CONTACT)
    return (
        Metric(
            key="hit-rate",
            name="Hit rate",
            kind=MetricKind.RATE,
            column=Column(EventFilter(EventKind.SALE)),
            return_days=RETURN_DAYS,
            description="Buyers among the exposed units of the audience, in any channel.",
        ),
        Metric(
            key="handle-time-per-contact",
            name="Handle time per contact",
            kind=MetricKind.RATIO,
            column=Column(contacts, Value.SECONDS),
            denominator=Column(contacts),
            direction=Direction.LOWER,
            description="Seconds per handled contact. Descriptive: an offer changes who makes contact; decide by the "
            "handle time and the contacts per unit.",
        ),
        Metric(
            key="leads",
            name="Leads",
            kind=MetricKind.RATE,
            column=Column(leads),
            description=f"Share of units that became a lead in any channel; send the event {LEAD_EVENT}.",
        ),
        Metric(
            key="leads-per-chat",
            name="Leads per chat session",
            kind=MetricKind.RATIO,
            column=Column(EventFilter(EventKind.CUSTOM, name=LEAD_EVENT, channels=chat)),
            denominator=Column(EventFilter(EventKind.CONTACT, channels=chat)),
            description=f"Events {LEAD_EVENT} in chat per handled chat. Descriptive: offers change who chats; decide "
            "by the leads per unit.",
        ),
    )


def _of_agents() -> tuple[Metric, ...]:
    """What tests that draw agents are decided by: an agent's own ratio, since one agent has many contacts.

    Which contacts reach whom must not depend on the variant; then the contacts of both sides are of the same people.
    """
    contacts, answers = EventFilter(EventKind.CONTACT), EventFilter(EventKind.SURVEY, name="csat")
    return (
        _sales_per_contact("sales-per-contact", "Sales per contact", (), "Orders"),
        _sales_per_contact(
            "cross-sell-per-contact", "Cross-sell per contact", (Relation.CROSS,), "Orders from a family not held"
        ),
        _sales_per_contact(
            "up-sell-per-contact", "Up-sell per contact", (Relation.UP,), "Orders of a higher tier", protected=True
        ),
        Metric(
            key="answers-per-contact",
            name="CSAT answers per contact",
            kind=MetricKind.RATIO,
            column=Column(answers),
            denominator=Column(contacts),
            description="CSAT answers over contacts; CSAT compares only where this share is high and alike.",
        ),
    )


def _sales_per_contact(
    key: str, name: str, relations: tuple[Relation, ...], what: str, *, protected: bool = False
) -> Metric:
    return Metric(
        key=key,
        name=name,
        kind=MetricKind.RATIO,
        column=Column(EventFilter(EventKind.SALE, relations=relations), Value.ORDERS),
        denominator=Column(EventFilter(EventKind.CONTACT)),
        return_days=RETURN_DAYS,
        protected=protected,
        description=f"{what} per handled contact, the agent's hit rate; for tests that draw agents.",
    )


def missing_metrics(session: Session, digital: Collection[str] = DIGITAL_BY_DEFAULT) -> tuple[Metric, ...]:
    """Those that are not in the catalogue."""
    known = {metric.key for metric in all_metrics(session)}
    return tuple(metric for metric in ready_metrics(digital) if metric.key not in known)


def add_ready(
    session: Session, actor: Actor, now: int, key: str, digital: Collection[str] = DIGITAL_BY_DEFAULT
) -> Metric:
    """Add one of them.

    Raises:
        NotFoundError: there is no ready metric of this key.
        ConflictError: a metric of this key exists, ready or defined by somebody.
    """
    actor.require(Right.EDIT)
    metric = next((metric for metric in ready_metrics(digital) if metric.key == key), None)
    if metric is None:
        raise NotFoundError("ready metric", key)
    if key not in {metric.key for metric in missing_metrics(session, digital)}:
        raise ConflictError(f"metric.key == {key!r}, exists already.", "key", code="exists")
    return save_metric(session, actor, now, metric, reason="Ready metric")
