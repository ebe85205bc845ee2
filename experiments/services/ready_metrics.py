"""Metrics that many want and not every installation needs: each is added with one click, its definition in sight."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy.orm import Session

from experiments.domain.channel import DIGITAL_BY_DEFAULT
from experiments.domain.errors import ConflictError, NotFoundError
from experiments.domain.holding import Relation
from experiments.domain.metric import Column, EventFilter, EventKind, Metric, MetricKind
from experiments.services.actor import Actor
from experiments.services.default_metrics import RETURN_DAYS, default_metrics
from experiments.services.metrics import all_metrics, save_metric

#: Name of the custom event that a shop sends when a customer brought somebody along.
REFERRAL_EVENT = "Referral"


def ready_metrics(digital: Collection[str] = DIGITAL_BY_DEFAULT) -> tuple[Metric, ...]:
    """All of them, version 1: those below and the built-in ones."""
    return (
        Metric(
            key="repeat-purchase",
            name="Repeat purchase",
            kind=MetricKind.RATE,
            column=Column(EventFilter(EventKind.SALE, relations=(Relation.SAME, Relation.ADD))),
            window_days=90,
            return_days=RETURN_DAYS,
            description="Share of units that bought again what they held: renewed it, or took one more of it.",
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
            name="Order lines",
            kind=MetricKind.MEAN,
            column=Column(EventFilter(EventKind.SALE)),
            return_days=RETURN_DAYS,
            description="Lines of orders per unit, so that a bigger basket counts and not only a first order.",
        ),
        *default_metrics(digital),
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
    metric = next((metric for metric in ready_metrics(digital) if metric.key == key), None)
    if metric is None:
        raise NotFoundError("ready metric", key)
    if key not in {metric.key for metric in missing_metrics(session, digital)}:
        raise ConflictError(f"metric.key == {key!r}, exists already.", "key", code="exists")
    return save_metric(session, actor, now, metric, reason="Ready metric")
