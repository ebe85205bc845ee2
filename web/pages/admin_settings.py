"""Settings of the deployment that administrators change while it runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, flash, redirect, render_template, request

from experiments.domain.access import Right
from experiments.services import audit
from experiments.services.approvals import Policy, policy_of, set_policy
from experiments.services.clock import now_us
from experiments.services.mail import postman
from experiments.services.sessions import reading, writing
from web.auth import current_actor
from web.deployment import deployment
from web.pages.admin_frame import admin_tabs
from web.pages.frame import signed_in_only

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

bp = Blueprint("admin_settings", __name__)
signed_in_only(bp)


@bp.get("/admin/settings")
def index() -> ResponseReturnValue:
    """What holds, since when, and what the environment sets."""
    actor = current_actor()
    actor.require(Right.MANAGE_SETTINGS)
    settings = deployment().settings
    with reading(deployment().engine) as session:
        policy = policy_of(session)
        changes = [audit.describe(each) for each in audit.history(session, noun="setting", limit=5)]
    return render_template(
        "pages/admin_settings.html",
        title="Settings",
        area=admin_tabs(actor),
        policy=policy,
        changes=changes,
        mails=settings.mail_host if postman(settings) else None,
        passwords=settings.password_sign_in,
        public_url=settings.public_url,
        secure=settings.secure_cookies,
    )


@bp.post("/admin/settings")
def change() -> ResponseReturnValue:
    """Change for what two people are wanted."""
    wanted = request.form.getlist("two")
    policy = Policy(launch="launch" in wanted, ship="ship" in wanted)
    with writing(deployment().engine) as session:
        set_policy(session, current_actor(), now_us(), policy, reason=request.form.get("reason", ""))
    flash("The settings are kept.", "success")
    return redirect("/admin/settings")
