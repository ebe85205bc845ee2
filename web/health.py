"""`/healthz`: the process answers. `/readyz`: database, migrations and worker are fit for work."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint
from sqlalchemy.exc import SQLAlchemyError

from experiments.services import health, lag
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
    """503 with the failed checks where the service cannot do its work; how far the projection is behind."""
    engine, now = deployment().engine, now_us()
    checks = health.check(engine, now)
    body: dict[str, Any] = {"ok": all(check.ok for check in checks), "checks": [check.to_dict() for check in checks]}
    body |= {"lag": _lag(engine, now), "ingest": metering.recent()}
    return body, 200 if body["ok"] else 503


def _lag(engine: Engine, now: int) -> dict[str, float] | None:
    try:
        behind = lag.of(engine, now)
    except SQLAlchemyError:
        return None
    return {"events": behind.events, "seconds": behind.age / 1_000_000}
