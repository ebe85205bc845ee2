"""`/metrics`: what all processes of this server counted, how far the projection is behind, and how much fails."""

from __future__ import annotations

import hmac
import os
from ipaddress import ip_address
from typing import TYPE_CHECKING

from flask import Blueprint, Response, request
from prometheus_client import REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import NotFound

from experiments.services import lag, worker_state
from experiments.services.clock import now_us
from web.deployment import deployment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from prometheus_client import Metric
    from sqlalchemy import Engine

bp = Blueprint("metrics", __name__)
#: A proxy on this machine makes every caller look like a local one; it says so by one of these.
FORWARDED = ("X-Forwarded-For", "Forwarded", "X-Real-IP", "Via")
MILLION = 1_000_000


@bp.get("/metrics")
def metrics() -> Response:
    """The text format of Prometheus; 404 for those who may not read it, so that nobody learns it is there."""
    if not may_read(deployment().settings.metrics_token.get_secret_value()):
        raise NotFound
    registry = CollectorRegistry()
    registry.register(_Worker(deployment().engine))
    text = generate_latest(_counted()) + generate_latest(registry)
    return Response(text, content_type=CONTENT_TYPE_LATEST, headers={"Cache-Control": "no-store"})


def may_read(token: str) -> bool:
    """With a token whoever presents it; without one only callers on this machine, and none that a proxy brings."""
    if token:
        given = request.authorization
        presented = (given.token or "") if given is not None else ""
        return hmac.compare_digest(presented.encode(), token.encode())
    if any(name in request.headers for name in FORWARDED):
        return False
    try:
        return ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False


def _counted() -> CollectorRegistry:
    if not os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        return REGISTRY
    registry = CollectorRegistry()
    MultiProcessCollector(registry)
    return registry


class _Worker(Collector):
    """Asked at every reading and not kept: any process may be the one that is asked."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def collect(self) -> Iterator[Metric]:
        try:
            behind = lag.of(self._engine, now_us())
            fails = worker_state.summary(self._engine)
        except SQLAlchemyError:
            return  # the counters of the processes are worth reading above all while the database is away
        yield GaugeMetricFamily(
            "netlift_projection_lag_events",
            f"Events not projected yet, at most {lag.MOST}.",
            behind.events,
        )
        yield GaugeMetricFamily(
            "netlift_projection_lag_seconds",
            "Age of the oldest event not projected yet.",
            behind.age / MILLION,
        )
        yield GaugeMetricFamily(
            "netlift_worker_failing_steps", "Steps of the worker that fail and are tried again.", fails["count"]
        )
