"""The metrics every installation begins with."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from experiments.domain.channel import DIGITAL_BY_DEFAULT, Channel
from experiments.domain.checks import parse_enum
from experiments.domain.holding import Relation
from experiments.domain.metric import Column, Direction, EventFilter, EventKind, Metric, MetricKind, Value

#: The default window; a refund within so many days of the order takes the sale back (horizon and return window).
WINDOW_DAYS = 28
RETURN_DAYS = 14
DIGITAL_SHARE = "digital-share"


def default_metrics(digital: Collection[str] = DIGITAL_BY_DEFAULT) -> tuple[Metric, ...]:
    """Built-in definitions, version 1.

    Args:
        digital: keys of the channels that count as digital, a setting of the deployment.
    """
    channels = tuple(sorted({parse_enum(Channel, key, "digital_channels") for key in digital}, key=list(Channel).index))
    return (*_sales(), *_money(), _digital_share(channels), *_service(), *_surveys())


def _sales() -> Iterable[Metric]:
    yield _sale_rate("cross-sell", "Cross-sell orders", (Relation.CROSS,), "a product from a family not held")
    yield _sale_rate("up-sell", "Up-sell orders", (Relation.UP,), "a higher tier in a held family", protected=True)
    yield _sale_rate("all-sales", "All sales", (), "anything, in any channel")


def _money() -> Iterable[Metric]:
    yield _sale_mean("revenue", "Revenue", Value.REVENUE, "Monthly price of what was bought, per unit.")
    yield _sale_mean("margin", "Margin", Value.MARGIN, "Expected margin over the months a customer keeps it, per unit.")


def _service() -> Iterable[Metric]:
    contacts = EventFilter(EventKind.CONTACT)
    yield Metric(
        key="contacts",
        name="Contacts",
        kind=MetricKind.MEAN,
        column=Column(contacts),
        direction=Direction.LOWER,
        description="Handled contacts per unit, in any channel.",
    )
    yield Metric(
        key="handle-time",
        name="Handle time",
        kind=MetricKind.MEAN,
        column=Column(contacts, Value.SECONDS),
        direction=Direction.LOWER,
        description="Seconds of handled contacts per unit; units without a contact count as 0.",
    )


def _surveys() -> Iterable[Metric]:
    yield _survey("csat", "CSAT", "Mean satisfaction among those who answered.")
    yield _survey("nps", "NPS answer", "Mean answer to the recommendation question among those who answered.")
    yield Metric(
        key="survey-response",
        name="Survey response",
        kind=MetricKind.RATE,
        column=Column(EventFilter(EventKind.SURVEY)),
        description="Share of units that answered a survey; CSAT can be tested only where it is high and alike.",
    )


def _sale_rate(key: str, name: str, relations: tuple[Relation, ...], bought: str, *, protected: bool = False) -> Metric:
    return Metric(
        key=key,
        name=name,
        kind=MetricKind.RATE,
        column=Column(EventFilter(EventKind.SALE, relations=relations)),
        window_days=WINDOW_DAYS,
        return_days=RETURN_DAYS,
        protected=protected,
        description=f"Share of units that bought {bought}.",
    )


def _sale_mean(key: str, name: str, value: Value, description: str) -> Metric:
    return Metric(
        key=key,
        name=name,
        kind=MetricKind.MEAN,
        column=Column(EventFilter(EventKind.SALE), value),
        window_days=WINDOW_DAYS,
        return_days=RETURN_DAYS,
        description=description,
    )


def _digital_share(channels: tuple[Channel, ...]) -> Metric:
    return Metric(
        key=DIGITAL_SHARE,
        name="Digital share",
        kind=MetricKind.RATIO,
        column=Column(EventFilter(EventKind.SALE, channels=channels)),
        denominator=Column(EventFilter(EventKind.SALE)),
        window_days=WINDOW_DAYS,
        return_days=RETURN_DAYS,
        description="Share of all sales made in digital channels.",
    )


def _survey(name: str, title: str, description: str) -> Metric:
    answers = EventFilter(EventKind.SURVEY, name=name)
    return Metric(
        key=name,
        name=title,
        kind=MetricKind.RATIO,
        column=Column(answers, Value.NUMBER),
        denominator=Column(answers),
        description=description,
    )
