"""One's own account: name, password, sessions and tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, flash, redirect, render_template, request

from experiments.domain.errors import DomainError, ForbiddenError
from experiments.domain.token import Scope, scopes_for
from experiments.services import access, describe, messages
from experiments.services.clock import now_us
from experiments.services.mail import postman
from experiments.services.sessions import reading, writing
from web.auth import SIGN_IN_PATH, current_actor, current_person, current_session, sign_out
from web.deployment import deployment
from web.pages.fields import Form
from web.pages.frame import signed_in_only

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from experiments.services.access import NewToken

bp = Blueprint("my_account", __name__)
signed_in_only(bp)

BIGGEST_ID = 2**63 - 1
PLACES = {"user.name": "name", "current": "current", "email": "current", "password": "password",
          "token.label": "label", "token.scopes": "scopes", "token.days": "days"}  # fmt: skip
SCOPES = {
    Scope.READ: ("Read", "Everything you can see; every other scope reads too."),
    Scope.WRITE: ("Write", "Drafts, metrics, products, files: what an editor may."),
    Scope.DECIDE: ("Decide", "Launch, stop and decide tests, agree margins."),
    Scope.ADMIN: ("Admin", "Keys, people, erasure."),
}
DAYS = (("7", "7 days"), ("30", "30 days"), ("90", "90 days"), ("365", "A year"))


@bp.get("/account")
def index() -> ResponseReturnValue:
    """The whole page."""
    return _page(Form(request.args))


@bp.post("/account/name")
def rename() -> ResponseReturnValue:
    """Change one's name."""
    form = Form(request.form)
    try:
        with writing(deployment().engine) as session:
            access.rename(session, current_actor(), now_us(), current_actor().person, form.text("name"))
    except DomainError as error:
        return _refused(form, error)
    flash("Your name is changed.", "success")
    return redirect("/account")


@bp.post("/account/password")
def change_password() -> ResponseReturnValue:
    """Change one's password, knowing the old one; every other session ends."""
    form, here = Form(request.form), current_session()
    current, new = request.form.get("current", ""), request.form.get("password", "")
    keep = here.id if here else None
    try:
        access.change_own_password(deployment().engine, current_actor(), now_us(), current, new, keep=keep)
    except DomainError as error:
        return _refused(form, error)
    flash("Your password is changed; you are signed out everywhere else.", "success")
    return redirect("/account")


@bp.post(f"/account/sessions/<int(max={BIGGEST_ID}):session_id>/end")
def end_session(session_id: int) -> ResponseReturnValue:
    """Sign one device out."""
    here = current_session()
    if here is not None and here.id == session_id:
        sign_out()
        return redirect(SIGN_IN_PATH)
    with writing(deployment().engine) as session:
        gone = access.end_session(session, current_actor(), now_us(), session_id)
    flash(f"{gone.device} is signed out.", "success")
    return redirect("/account#sessions")


@bp.post("/account/sign-out-everywhere")
def sign_out_everywhere() -> ResponseReturnValue:
    """End every session, this one too."""
    with writing(deployment().engine) as session:
        access.sign_out_everywhere(session, current_actor(), now_us(), current_actor().person)
    return redirect(SIGN_IN_PATH)


@bp.post("/account/tokens")
def make_token() -> ResponseReturnValue:
    """Make a token and show it this one time."""
    form = Form(request.form)
    try:
        scopes = [Scope(word) for word in form.many("scopes") if word in set(Scope)]
        days = form.whole("days", "Life", 90)
        with writing(deployment().engine) as session:
            made = access.create_token(session, current_actor(), now_us(), form.text("label"), scopes, days=days)
    except ForbiddenError:
        raise
    except DomainError as error:
        return _refused(form, error)
    shown = Response(_page(Form(request.args), made))
    shown.headers["Cache-Control"] = "no-store"  # a secret must not wait in a browser's history
    return shown


@bp.post(f"/account/tokens/<int(max={BIGGEST_ID}):token_id>/revoke")
def revoke_token(token_id: int) -> ResponseReturnValue:
    """End a token."""
    with writing(deployment().engine) as session:
        gone = access.revoke_token(session, current_actor(), now_us(), token_id)
    flash(f"The token “{gone.label}” is revoked.", "success")
    return redirect("/account#tokens")


def _refused(form: Form, error: DomainError) -> ResponseReturnValue:
    if isinstance(error, ForbiddenError):
        raise error
    form.refuse(error, PLACES)
    return _page(form), 429 if error.code == "too_many_attempts" else 422


def _page(form: Form, made: NewToken | None = None) -> str:
    actor, here, now = current_actor(), current_session(), now_us()
    with reading(deployment().engine) as session:
        sessions = access.sessions_of(session, actor, now, actor.person)
        tokens = access.own_tokens(session, actor)
        person = current_person()
        subscription = messages.subscription_of(session, person.id if person else 0)
    return render_template(
        "pages/account.html",
        title="Your account",
        person=person,
        subscription=subscription,
        has_mail=postman(deployment().settings) is not None,
        form=form,
        made=made,
        sessions=[describe.web_session(each) | {"here": here is not None and each.id == here.id} for each in sessions],
        tokens=[_token(describe.token(each), usable=each.usable(now)) for each in tokens],
        scopes=[(scope.value, *SCOPES[scope]) for scope in scopes_for(actor.role)],
        days=DAYS,
        rule=access.PASSWORD_RULE,
        passwords=deployment().settings.password_sign_in,
    )


def _token(told: dict[str, Any], *, usable: bool) -> dict[str, Any]:
    return {**told, "usable": usable}
