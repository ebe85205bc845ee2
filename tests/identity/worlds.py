"""Small worlds with a known truth, sent through the real store: ingest, projection, moments, report."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from sqlalchemy import Engine

from experiments.decision.report import Report
from experiments.domain.channel import Channel
from experiments.domain.metric import Column, EventFilter, EventKind, Metric, MetricKind
from experiments.services.analyse import report_for
from experiments.services.metrics import ensure_default_metrics, save_metric
from experiments.services.project import run_all
from experiments.store.engines import reading, writing
from tests.shop_world import ADMIN, START, WEEK, Item, Shop

#: When every window of a week has closed.
END = START + 5 * WEEK


def sales_in(key: str, *channels: Channel) -> Metric:
    """Share of units with a sale in some channels."""
    chosen = EventFilter(EventKind.SALE, channels=channels)
    return Metric(key=key, name=key, kind=MetricKind.RATE, column=Column(chosen), window_days=7, return_days=0)


def shop(engine: Engine, metrics: Sequence[str], *, more: Iterable[Metric] = (), **changes: Any) -> Shop:
    """A launched test whose first metric is the goal and whose others are secondary."""
    with writing(engine) as session:
        ensure_default_metrics(session, START)
        for metric in more:
            save_metric(session, ADMIN, START, metric)
    first, *others = metrics
    used: list[dict[str, Any]] = [{"metric": first, "role": "goal", "effect": 0.2}]
    used.append({"metric": "revenue", "role": "guardrail", "margin": {"relative": 0.9}})
    used += [{"metric": key, "role": "secondary"} for key in others]
    return Shop(engine, metrics=used, **changes)


def deliver(shop: Shop, source: str, items: list[Item], now: int) -> None:
    """Send in pieces that fit one request."""
    for start in range(0, len(items), 5_000):
        shop.send(source, items[start : start + 5_000], now)


def read(shop: Shop, now: int = END) -> Report:
    """The report of the stopped test at an instant."""
    shop.stop(START + 2 * WEEK)
    run_all(shop.engine, now)
    with reading(shop.engine) as session:
        return report_for(session, "entry", now=now)


def lift(report: Report, metric: str) -> float:
    """Relative effect of the one treatment; nan where it was not measured."""
    row = next(row for row in report.rows("entry") if row.metric == metric)
    return float("nan") if row.relative.point is None else row.relative.point


def interval(report: Report, metric: str) -> tuple[float, float]:
    """Its interval."""
    effect = next(row for row in report.rows("entry") if row.metric == metric).relative
    assert effect.lo is not None
    assert effect.hi is not None
    return effect.lo, effect.hi


def ratio(treated: Iterable[float], control: Iterable[float]) -> float:
    """Relative difference of two means, by hand: what a naive rule reads."""
    t, c = list(treated), list(control)
    return (sum(t) / len(t)) / (sum(c) / len(c)) - 1


def stratified(rng: random.Random, n: int, rate: float) -> Callable[[int], bool]:
    """Exactly `rate` of n units, chosen at random: a world's truth without the noise of a coin."""
    chosen = set(rng.sample(range(n), round(n * rate)))
    return lambda number: number in chosen
