"""Identity secrets on the page of keys: made and shown once, retired."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, Response, flash, redirect, request

from experiments.domain.access import Right
from experiments.domain.environment import Environment
from experiments.domain.errors import ConflictError
from experiments.services import access
from experiments.services.clock import now_us
from experiments.services.sessions import writing
from web.auth import current_actor
from web.deployment import deployment
from web.pages.fields import Form
from web.pages.frame import signed_in_only
from web.pages.keys import BIGGEST_ID, keys_page

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

bp = Blueprint("identity", __name__)
signed_in_only(bp)
PLACE = "/keys#identity"


@bp.post("/keys/identity")
def make() -> ResponseReturnValue:
    """Make a secret and show it this one time."""
    current_actor().require(Right.MAKE_KEYS)
    environment = Form(request.form).choice("environment", Environment, Environment.PRODUCTION)
    try:
        with writing(deployment().engine) as session:
            made = access.create_identity_secret(session, current_actor(), now_us(), environment, deployment().vault)
    except ConflictError as error:
        flash(error.message, "error")
        return redirect(PLACE)
    shown = Response(keys_page(Form(request.args), made_secret=made))
    shown.headers["Cache-Control"] = "no-store"  # a secret must not wait in a browser's history
    return shown


@bp.post(f"/keys/identity/<int(max={BIGGEST_ID}):secret_id>/retire")
def retire(secret_id: int) -> ResponseReturnValue:
    """End a secret."""
    with writing(deployment().engine) as session:
        gone = access.retire_identity_secret(session, current_actor(), now_us(), secret_id)
    flash(f"The identity secret {gone.prefix}… is retired.", "success")
    return redirect(PLACE)
