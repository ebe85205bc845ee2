"""`/healthz`: the process answers. `/readyz`: database, migrations and worker are fit for work."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint
from sqlalchemy.exc import SQLAlchemyError

from experiments.services import health, lag, worker_state
from experiments.services.clock import now_us
from web.deployment import deployment
from web.ingest import metering

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue
    from sqlalchemy import Engine

bp = Blueprint("health", __name__)


@bp.get("/healthz")
def healthz() -> ResponseReturnValue:
    """Say that the process answers, and what it took and refused lately; it asks no database that could hang."""
    return {"ok": True, "ingest": metering.recent()}


@bp.get("/readyz")
def readyz() -> ResponseReturnValue:
    """503 with the failed checks where the service cannot do its work; also how far the worker is, and what fails."""
    engine, now = deployment().engine, now_us()
    checks = health.check(engine, now)
    body: dict[str, Any] = {"ok": all(check.ok for check in checks), "checks": [check.to_dict() for check in checks]}
    body |= {"lag": _lag(engine, now), "failing": _failing(engine), "ingest": metering.recent()}
    return body, 200 if body["ok"] else 503


def _failing(engine: Engine) -> dict[str, Any] | None:
    """Steps of the worker that fail; they make the service no less fit to answer, so they are no check."""
    try:
        return worker_state.summary(engine)
    except SQLAlchemyError:
        return None


def _lag(engine: Engine, now: int) -> dict[str, float] | None:
    try:
        behind = lag.of(engine, now)
    except SQLAlchemyError:
        return None
    return {"events": behind.events, "seconds": behind.age / 1_000_000}
