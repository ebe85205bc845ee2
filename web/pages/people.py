"""People, for administrators: who they are, what they may, inviting and keeping out."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, flash, redirect, render_template, request

from experiments.domain.access import Right, UserRole
from experiments.domain.errors import DomainError, ForbiddenError, NotFoundError
from experiments.services import access, describe
from experiments.services.clock import now_us
from experiments.services.mail import MailError, postman
from experiments.services.sessions import reading, writing
from web.auth import current_actor
from web.deployment import deployment, own_address
from web.pages.admin_frame import admin_tabs
from web.pages.data_frame import csv_answer
from web.pages.fields import Form
from web.pages.frame import signed_in_only

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask.typing import ResponseReturnValue

    from experiments.domain.user import User
    from experiments.services.access import NewLink

bp = Blueprint("people", __name__)
signed_in_only(bp)

BIGGEST_ID = 2**63 - 1
NUMBER = f"<int(max={BIGGEST_ID}):number>"
PLACES = {"email": "email", "link.email": "email", "user.role": "role"}
ROLES = (
    (UserRole.VIEWER.value, "Viewer", "Reads everything."),
    (UserRole.EDITOR.value, "Editor", "Defines and rehearses tests, brings data."),
    (UserRole.APPROVER.value, "Approver", "Launches, stops and decides; agrees margins."),
    (UserRole.ADMIN.value, "Admin", "Also people, keys and erasure."),
)


@bp.get("/admin")
def home() -> ResponseReturnValue:
    """The first page of the area."""
    return redirect("/admin/users" if current_actor().may(Right.MANAGE_USERS) else "/admin/audit")


@bp.get("/admin/users")
def index() -> ResponseReturnValue:
    """Everybody, and who is invited."""
    return _page(Form(request.args))


@bp.get("/admin/users.csv")
def export() -> ResponseReturnValue:
    """Everybody as a table."""
    current_actor().require(Right.MANAGE_USERS)
    with reading(deployment().engine) as session:
        found = access.all_users(session)
    rows = ((user.email, user.name, user.role.value, "no" if user.disabled else "yes") for user in found)
    return csv_answer("users", ("email", "name", "role", "active"), rows)


@bp.post("/admin/invitations")
def invite() -> ResponseReturnValue:
    """Invite somebody: the link is shown this one time, and mailed where there is a mail server."""
    current_actor().require(Right.MANAGE_USERS)
    form = Form(request.form)
    role = form.choice("role", UserRole, UserRole.VIEWER)
    try:
        if not form.errors:
            with writing(deployment().engine) as session:
                made = access.invite(session, current_actor(), now_us(), form.text("email"), role)
            return _shown(made, mail=True)
    except DomainError as error:
        form.refuse(error, PLACES)
    return _page(form), 422


@bp.post(f"/admin/invitations/{NUMBER}/withdraw")
def withdraw(number: int) -> ResponseReturnValue:
    """End an invitation."""
    with writing(deployment().engine) as session:
        gone = access.withdraw(session, current_actor(), now_us(), number)
    flash(f"The invitation of {gone.email} is withdrawn.", "success")
    return redirect("/admin/users")


@bp.post(f"/admin/users/{NUMBER}/role")
def change_role(number: int) -> ResponseReturnValue:
    """Give somebody another role."""
    form = Form(request.form)
    role = form.choice("role", UserRole, UserRole.VIEWER)
    return _change(number, partial(access.change_role, role=role), "{name} is now " + role.value + ".")


@bp.post(f"/admin/users/{NUMBER}/deactivate")
def deactivate(number: int) -> ResponseReturnValue:
    """Keep somebody out."""
    reason = request.form.get("reason", "")
    return _change(number, partial(access.disable_user, reason=reason), "{name} is kept out.")


@bp.post(f"/admin/users/{NUMBER}/activate")
def activate(number: int) -> ResponseReturnValue:
    """Let somebody in again."""
    return _change(number, access.enable_user, "{name} may sign in again.")


@bp.post(f"/admin/users/{NUMBER}/sign-out")
def sign_out(number: int) -> ResponseReturnValue:
    """End every session of somebody."""
    return _change(number, access.sign_out_everywhere, "{name} is signed out everywhere.")


@bp.post(f"/admin/users/{NUMBER}/forget")
def forget(number: int) -> ResponseReturnValue:
    """Take the name of somebody who is kept out from everything; what they did stays."""
    user = _user(number)
    with writing(deployment().engine) as session:
        label = access.forget_user(session, current_actor(), now_us(), user.email)
    flash(f"The name is gone; the log says {label} from now on.", "success")
    return redirect("/admin/users")


@bp.post(f"/admin/users/{NUMBER}/password-link")
def password_link(number: int) -> ResponseReturnValue:
    """A link with which somebody sets a new password, to hand over."""
    user = _user(number)
    with writing(deployment().engine) as session:
        made = access.make_reset(session, current_actor(), now_us(), user.email)
    return _shown(made, mail=False)


def _change(number: int, change: Callable[..., User], words: str) -> ResponseReturnValue:
    user = _user(number)
    try:
        with writing(deployment().engine) as session:
            changed = change(session, current_actor(), now_us(), user.email)
        flash(words.format(name=changed.name), "success")
    except (ForbiddenError, NotFoundError):
        raise
    except DomainError as error:  # the last administrator, or a reason that is too long
        flash(error.message, "error")
    return redirect("/admin/users")


def _user(number: int) -> User:
    """The person; the page of administrators only, so that numbers tell nobody else who exists."""
    current_actor().require(Right.MANAGE_USERS)
    with reading(deployment().engine) as session:
        found = next((user for user in access.all_users(session) if user.id == number), None)
    if found is None:
        raise NotFoundError("user", number)
    return found


def _shown(made: NewLink, *, mail: bool) -> Response:
    sent = _mail(made) if mail else None
    page = _page(Form(request.args), {"address": own_address() + access.path_of(made), "link": made.info, "sent": sent})
    return Response(page, headers={"Cache-Control": "no-store"})  # a secret must not wait in a browser's history


def _mail(made: NewLink) -> str | None:
    """None where there is no mail server, empty where the letter left, else why it did not."""
    settings = deployment().settings
    carrier = postman(settings)
    if carrier is None:
        return None
    try:
        carrier.send(access.letter_of(made, settings.public_url, settings.company))
    except MailError as error:
        return error.message
    return ""


def _page(form: Form, shown: dict[str, Any] | None = None) -> str:
    actor, now = current_actor(), now_us()
    actor.require(Right.MANAGE_USERS)
    with reading(deployment().engine) as session:
        found = access.all_users(session)
        open_ones = access.invitations(session, actor, now)
    return render_template(
        "pages/people.html",
        title="Users",
        area=admin_tabs(actor),
        people=[describe.user(user) | {"self": user.email == actor.person} for user in found],
        invitations=[describe.access_link(link) for link in open_ones],
        shown=shown,
        form=form,
        roles=ROLES,
        mails=postman(deployment().settings) is not None,
    )
