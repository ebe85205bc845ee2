"""Distinct orders, enough of them, and promoters less detractors: counted by hand, on both databases."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine

from experiments.domain.errors import DomainError
from experiments.domain.metric import Column, EventFilter, EventKind, Metric, MetricKind, Value
from experiments.services.metric_preview import preview
from experiments.services.ready_metrics import ready_metrics
from experiments.store.codes import KIND_CODE
from experiments.store.engines import reading, writing
from experiments.store.tables import NameRow, OutcomeRow, RefundRow

DAY = 86_400_000_000
NOW = 1_790_000_000_000_000
SALE = EventFilter(EventKind.SALE)
#: customer → {order: lines}, and answers from 0 to 10; five customers in all.
ORDERS = {1: {11: 3, 12: 1}, 2: {21: 2}, 3: {31: 1, 32: 1, 33: 4}}
ANSWERS = {1: 10, 2: 6, 3: 7, 4: 9, 5: 9}


@pytest.fixture
def world(engine: Engine) -> Engine:
    told = {"at": NOW - DAY, "received_at": NOW - DAY, "source_id": 1, "rank": 2, "seq": 1}
    lines = [
        OutcomeRow(order_key=order, line=line, kind=KIND_CODE[EventKind.SALE], customer=customer, **told)
        for customer, orders in ORDERS.items()
        for order, count in orders.items()
        for line in range(count)
    ]
    answers = [
        OutcomeRow(
            order_key=900 + customer, line=0, kind=KIND_CODE[EventKind.SURVEY], name_id=9, number=float(answer),
            customer=customer, **told,
        )
        for customer, answer in ANSWERS.items()
    ]  # fmt: skip
    with writing(engine) as session:
        session.add(NameRow(id=9, space="survey", text="nps"))
        session.add_all([*lines, *answers])
    return engine


def ready(key: str) -> Metric:
    return next(metric for metric in ready_metrics() if metric.key == key)


def test_ready_metrics_come_out_as_counted_by_hand(world: Engine) -> None:
    with reading(world) as session:
        assert preview(session, ready("order-lines"), NOW).mean == pytest.approx(12 / 6)
        assert preview(session, ready("repeat-purchase"), NOW).mean == pytest.approx(2 / 5)
        assert preview(session, ready("net-promoter-score"), NOW).mean == pytest.approx((3 - 1) / 5)
        by_day = preview(session, ready("net-promoter-score"), NOW).by_day
        assert by_day[-1][1] == pytest.approx(0.4)


def test_an_order_that_went_back_whole_is_none_and_one_line_of_it_changes_only_lines(world: Engine) -> None:
    told = {"part": 0, "at": NOW - DAY + 1, "received_at": NOW - DAY + 1}
    with writing(world) as session:
        session.add(RefundRow(seq=1, order_key=12, **told))
    with reading(world) as session:
        assert preview(session, ready("repeat-purchase"), NOW).mean == pytest.approx(1 / 5)
        assert preview(session, ready("order-lines"), NOW).mean == pytest.approx(11 / 5)


def test_values_belong_to_their_events_and_only_a_rate_asks_for_enough() -> None:
    with pytest.raises(DomainError, match="must be of the event sale"):
        Column(EventFilter(EventKind.SURVEY), Value.ORDERS)
    with pytest.raises(DomainError, match="must be of the event survey"):
        Column(SALE, Value.NET_SCORE)
    with pytest.raises(DomainError, match="at_least == 0"):
        Column(SALE, at_least=0)
    with pytest.raises(DomainError, match="must be 1 of anything but a rate"):
        Metric("m", "M", MetricKind.MEAN, Column(SALE, at_least=2))
