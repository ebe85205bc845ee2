"""`/healthz`: the process answers. `/readyz`: database, migrations and worker are fit for work."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from flask import Blueprint

from experiments.services import health
from web.deployment import deployment

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

bp = Blueprint("health", __name__)


@bp.get("/healthz")
def healthz() -> ResponseReturnValue:
    """Say that the process answers."""
    return {"ok": True}


@bp.get("/readyz")
def readyz() -> ResponseReturnValue:
    """503 with the failed checks where the service cannot do its work."""
    checks = health.check(deployment().engine, int(time.time() * 1_000_000))
    body: dict[str, Any] = {"ok": all(check.ok for check in checks), "checks": [check.to_dict() for check in checks]}
    return body, 200 if body["ok"] else 503
