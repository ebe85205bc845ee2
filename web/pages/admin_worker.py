"""How the worker is, for administrators: when it was seen, what waits for it, and what it fails at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, render_template

from experiments.domain.access import Right
from experiments.services.clock import now_us
from experiments.services.worker_state import worker_state
from web.auth import current_actor
from web.deployment import deployment
from web.pages.admin_frame import admin_tabs
from web.pages.frame import signed_in_only

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

bp = Blueprint("admin_worker", __name__)
signed_in_only(bp)


@bp.get("/admin/worker")
def index() -> ResponseReturnValue:
    """What holds now."""
    actor = current_actor()
    actor.require(Right.MANAGE_SETTINGS)
    state = worker_state(deployment().engine, now_us())
    return render_template("pages/admin_worker.html", title="Worker", area=admin_tabs(actor), state=state)
