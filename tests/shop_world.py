"""A small shop over the real store: sources, products, one launched test, and messages as senders write them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Engine

from experiments.decision.report import Report
from experiments.domain.access import UserRole
from experiments.domain.environment import Environment
from experiments.domain.product import Family, Product
from experiments.domain.source import Source, SourceKind
from experiments.services import catalogue, experiments, launch
from experiments.services.actor import Actor
from experiments.services.analyse import report_for
from experiments.services.clock import DAY
from experiments.services.definitions import read_definition
from experiments.services.ingest import Accepted, Limits, SourceInfo, accept
from experiments.services.metrics import ensure_default_metrics, metric_by_key, save_metric
from experiments.services.project import run_all
from experiments.store.engines import reading, writing

START = 1_780_000_000_000_000
HOUR = 3_600_000_000
WEEK = 7 * DAY
ADMIN = Actor("tests", UserRole.ADMIN)
ID_KEY = b"a key for tests"
LIMITS = Limits(late_days=700, future_minutes=1_440, max_batch=10_000)
FAMILIES = ("mobile", "broadband", "tv")
KINDS = {"web": SourceKind.CLIENT, "shop": SourceKind.SERVER, "phone": SourceKind.IMPORT}
METRICS = (
    {"metric": "cross-sell", "role": "goal", "effect": 0.2},
    {"metric": "up-sell", "role": "guardrail", "margin": {"relative": 0.5}},
    {"metric": "all-sales", "role": "secondary"},
)
Item = dict[str, Any]


def stamp(at: int) -> str:
    """An instant as senders write it."""
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=at)).isoformat()


def viewed(variant: str, at: int, *, key: str = "entry", message: str = "", **ids: str) -> Item:
    """One exposure of a visitor (`anonymousId`) or a customer (`userId`)."""
    who = "-".join(ids.values())
    properties = {"experiment_id": key, "variation_id": variant, "phase": 1, "reason": "SPLIT"}
    return _track("Experiment Viewed", at, message or f"e-{who}-{at}", properties, ids)


def order(order_id: str, product: str, at: int, *, channel: str = "web", **ids: str) -> Item:
    """One sale of one product."""
    products = [{"product_id": product, "quantity": 1, "price": 10}]
    properties = {"order_id": order_id, "channel": channel, "products": products}
    return _track("Order Completed", at, f"o-{order_id}", properties, ids)


def identify(at: int, *, holdings: Sequence[str] | None = None, message: str = "", **ids: str) -> Item:
    """A customer who signs in, or whose holdings are told."""
    traits = {} if holdings is None else {"holdings": list(holdings)}
    name = message or f"i-{'-'.join(ids.values())}-{at}"
    return {"type": "identify", "messageId": name, "timestamp": stamp(at), "traits": traits, **ids}


def page(path: str, at: int, *, message: str = "", **ids: str) -> Item:
    """One page view."""
    name = message or f"p-{'-'.join(ids.values())}-{at}"
    return {"type": "page", "messageId": name, "timestamp": stamp(at), "properties": {"path": path}, **ids}


def _track(event: str, at: int, message: str, properties: Mapping[str, Any], ids: Mapping[str, str]) -> Item:
    return {
        "type": "track", "event": event, "messageId": message, "timestamp": stamp(at), "properties": properties, **ids,
    }  # fmt: skip


class Shop:
    """One launched test with windows of one week, and somewhere to send to."""

    def __init__(
        self,
        engine: Engine,
        *,
        unit: str = "visitor",
        weights: tuple[float, float] = (0.5, 0.5),
        metrics: Sequence[Mapping[str, Any]] = METRICS,
        window_days: int = 7,
        covariate_days: int = 0,
        return_days: int = 0,
        start: int = START,
    ) -> None:
        self.engine, self.start = engine, start
        self.sources: dict[str, SourceInfo] = {}
        with writing(engine) as session:
            ensure_default_metrics(session, start)
            for used in metrics:
                known = metric_by_key(session, used["metric"])
                days = {"window_days": window_days, "return_days": return_days, "covariate_days": covariate_days}
                save_metric(session, ADMIN, start, replace(known, **days))
            for family in FAMILIES:
                catalogue.save_family(session, ADMIN, start, Family(family, family))
                for tier in (1, 2, 3):
                    product = Product(f"{family}-{tier}", family, family, tier, 1_000 * tier, 400 * tier, 12)
                    catalogue.save_product(session, ADMIN, start, product, valid_from=0)
            for key, kind in KINDS.items():
                code = catalogue.save_source(session, ADMIN, start, Source(key, key, kind))
                self.sources[key] = SourceInfo(code, key, kind, Environment.PRODUCTION)
        self.launch("entry", unit, weights, metrics)

    def launch(self, key: str, unit: str, weights: tuple[float, float], metrics: Sequence[Mapping[str, Any]]) -> None:
        """One more test."""
        variants = [{"key": name, "weight": w} for name, w in zip(("control", "entry"), weights, strict=True)]
        plan = {"weeks": 2, "looks": 1, "units_per_variant": 100, "maturation_days": 7}
        definition = {
            "key": key, "name": key, "hypothesis": "It sells more.", "unit": unit, "variants": variants,
            "metrics": list(metrics), "plan": plan,
        }  # fmt: skip
        with writing(self.engine) as session:
            experiments.create(session, ADMIN, self.start, read_definition(definition))
            launch.launch(session, ADMIN, self.start, key)

    def stop(self, at: int, key: str = "entry") -> None:
        """End the test."""
        with writing(self.engine) as session:
            launch.stop(session, ADMIN, at, key)

    def send(self, source: str, items: Iterable[Item], now: int, **more: Any) -> Accepted:
        """Hand messages over; every one must be accepted or be a duplicate."""
        answer = self.try_send(source, items, now, **more)
        assert not answer.rejected, answer.rejected
        return answer

    def try_send(self, source: str, items: Iterable[Item], now: int, **more: Any) -> Accepted:
        """Hand messages over, good or bad."""
        return accept(self.engine, self.sources[source], list(items), id_key=ID_KEY, now=now, limits=LIMITS, **more)

    def report(self, now: int, key: str = "entry") -> Report:
        """Project what is new and compute."""
        run_all(self.engine, now)
        with reading(self.engine) as session:
            return report_for(session, key, now=now)

    def watermark(self, source: str, at: int) -> None:
        """The source says up to when it has delivered."""
        kind = KINDS[source]
        with writing(self.engine) as session:
            catalogue.save_source(session, ADMIN, at, Source(source, source, kind, watermark=at))

    def declare_complete(self, source: str) -> None:
        """The source covers all customers, whatever any test does."""
        with writing(self.engine) as session:
            declared = Source(source, source, KINDS[source], complete=True)
            catalogue.save_source(session, ADMIN, self.start, declared)
