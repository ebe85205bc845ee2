"""Answers are heard from responders only: where responding differs or is rare, what they say decides nothing."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Engine

from experiments.decision.metric_result import MetricResult
from experiments.decision.words import Action, Verdict
from experiments.domain.metric import Column, EventFilter, EventKind, Metric, MetricKind, Value
from experiments.services.clock import DAY
from experiments.services.columns import response_of
from experiments.services.default_metrics import default_metrics
from tests.shop_world import START, WEEK, Item, Shop, order, stamp, viewed

UNITS = 1_000
END = START + 5 * WEEK


def answered(customer: str, csat: int) -> Item:
    return {
        "type": "track", "event": "Survey Answered", "messageId": f"s-{customer}", "userId": customer,
        "timestamp": stamp(START + 2 * DAY), "properties": {"csat": csat, "channel": "phone"},
    }  # fmt: skip


def world(engine: Engine, role: dict[str, Any], answers: dict[str, tuple[int, int]]) -> Shop:
    """A goal that gains a half, and per variant how many answer and how many of them are content."""
    metrics = [
        {"metric": "all-sales", "role": "goal", "effect": 0.2},
        {"metric": "revenue", "role": "guardrail", "margin": {"relative": 0.9}},
        {"metric": "csat", **role},
    ]
    shop = Shop(engine, unit="customer", metrics=metrics)
    items: list[Item] = []
    for variant, buyers in (("control", 200), ("entry", 300)):
        heard, content = answers[variant]
        for number in range(UNITS):
            customer = f"{variant}-{number}"
            items.append(viewed(variant, START + DAY + number, userId=customer))
            if number < buyers:
                items.append(order(customer, "tv-1", START + 2 * DAY, userId=customer))
            if number < heard:
                items.append(answered(customer, 5 if number < content else 3))
    shop.send("shop", items, START + 3 * DAY)
    shop.stop(START + 2 * WEEK)
    return shop


def row_of(shop: Shop) -> tuple[MetricResult, Action]:
    report = shop.report(END)
    return next(row for row in report.rows("entry") if row.metric == "csat"), report.decision.action


GUARDRAIL = {"role": "guardrail", "margin": {"relative": 0.05}}


def test_answers_of_alike_responders_are_tested(sqlite_engine: Engine) -> None:
    row, action = row_of(world(sqlite_engine, GUARDRAIL, {"control": (400, 200), "entry": (400, 200)}))
    assert (row.verdict, action) == (Verdict.HOLDS, Action.SHIP)


@pytest.mark.parametrize("role", [GUARDRAIL, {"role": "secondary"}])
def test_a_variant_that_silences_the_discontent_does_not_hold(sqlite_engine: Engine, role: dict[str, Any]) -> None:
    """The content answer in both; of the discontent 200 answer in control and nobody does in the variant."""
    row, action = row_of(world(sqlite_engine, role, {"control": (400, 200), "entry": (200, 200)}))
    assert row.verdict is Verdict.NOT_TESTABLE
    assert "Response rates differ (40.0% in control, 20.0% in the variant)" in (row.note or "")
    assert (action is Action.SHIP) == (role["role"] == "secondary"), "a guardrail that is not testable never holds"


def test_where_hardly_anybody_answers_nothing_holds(sqlite_engine: Engine) -> None:
    row, action = row_of(world(sqlite_engine, GUARDRAIL, {"control": (90, 45), "entry": (90, 45)}))
    assert row.verdict is Verdict.NOT_TESTABLE
    assert "Too few answer" in (row.note or "")
    assert action is not Action.SHIP


def test_every_metric_that_reads_answers_knows_who_answered() -> None:
    score = Column(EventFilter(EventKind.SURVEY, name="nps"), Value.NET_SCORE)
    own = Metric("promoters", "Promoters", MetricKind.MEAN, score)
    found = {metric.key: response_of(metric) for metric in (*default_metrics(), own)}
    assert {key for key, column in found.items() if column} == {"csat", "nps", "promoters"}
    assert found["survey-response"] is None, "whether somebody answers is known of everybody"
