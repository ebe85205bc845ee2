"""Pages for people who are not in yet: an invitation, a forgotten password, a new one."""

from __future__ import annotations

from threading import Thread
from typing import TYPE_CHECKING

from flask import Blueprint, flash, redirect, render_template, request

from experiments.domain.access_link import LinkPurpose
from experiments.domain.errors import DomainError, NotFoundError
from experiments.domain.signed_in import Via
from experiments.services import access
from experiments.services.clock import now_us
from experiments.services.mail import MailError, postman
from experiments.services.sessions import reading, writing
from web import auth
from web.deployment import Deployment, deployment
from web.pages.fields import Form

if TYPE_CHECKING:
    from flask import Response
    from flask.typing import ResponseReturnValue

    from experiments.domain.access_link import AccessLink
    from experiments.domain.user import User

bp = Blueprint("doors", __name__)
PLACES = {"password": "password", "user.name": "name"}
#: The address of such a page holds a secret: no other site learns it, and only the origin goes with its own forms.
REFERRER = "strict-origin"


@bp.after_request
def keep_secret(response: Response) -> Response:
    """Nothing of these pages waits in a cache or travels on in a referrer."""
    response.headers["Referrer-Policy"] = REFERRER
    response.headers["Cache-Control"] = "no-store"
    return response


@bp.get("/invitation/<secret>")
def invitation(secret: str) -> ResponseReturnValue:
    """Choose a name and a password."""
    return _page(_link(secret, LinkPurpose.INVITE), Form(request.args))


@bp.post("/invitation/<secret>")
def accept(secret: str) -> ResponseReturnValue:
    """Become a user, and be signed in."""
    form, link = Form(request.form), _link(secret, LinkPurpose.INVITE)
    name = form.required("name", "Your name")
    user = None if form.errors else _accept(form, link, secret, name)
    if user is None:
        return _page(link, form), 422
    auth.begin(user, Via.LINK)
    flash(f"Welcome, {user.name}. You are in as {user.role.value}.", "success")
    return redirect("/")


@bp.get("/new-password/<secret>")
def new_password(secret: str) -> ResponseReturnValue:
    """Choose a new password."""
    return _page(_link(secret, LinkPurpose.RESET), Form(request.args))


@bp.post("/new-password/<secret>")
def set_password(secret: str) -> ResponseReturnValue:
    """Set it; every session ends and the person signs in with it."""
    form, link = Form(request.form), _link(secret, LinkPurpose.RESET)
    try:
        hashed = access.hash_password(request.form.get("password", ""), about=(link.email,))
        with writing(deployment().engine) as session:
            access.use_reset(session, now_us(), secret, hashed)
    except access.LinkError:
        raise
    except DomainError as error:
        form.refuse(error, PLACES)
        return _page(link, form), 422
    flash("Your password is set. Sign in with it.", "success")
    return redirect(auth.SIGN_IN_PATH)


@bp.get("/forgotten-password")
def forgotten() -> ResponseReturnValue:
    """Ask for a link, where there is a mail server; else say whom to ask."""
    return _forgotten(asked=False)


@bp.post("/forgotten-password")
def ask() -> ResponseReturnValue:
    """Say the same whoever asks, and at the same moment: whether an address exists is nobody's business."""
    _passwords_only()
    place = deployment()
    if postman(place.settings) is not None:
        # In a thread of its own, so that the time to the answer tells nothing either.
        Thread(target=_mail_reset, args=(place, request.form.get("email", ""), now_us()), daemon=True).start()
    return _forgotten(asked=True)


def _mail_reset(place: Deployment, email: str, now: int) -> None:
    carrier = postman(place.settings)
    with writing(place.engine) as session:
        made = access.request_reset(session, now, email)
    if made is None or carrier is None:
        return
    try:
        carrier.send(access.letter_of(made, place.settings.public_url, place.settings.company))
    except MailError:
        # Nobody is there to read it but the operator; the letter and its address stay out of the log.
        place.log.warning("a letter for a new password was not taken by the mail server")


def _accept(form: Form, link: AccessLink, secret: str, name: str) -> User | None:
    try:
        hashed = access.hash_password(request.form.get("password", ""), about=(link.email, name))
        with writing(deployment().engine) as session:
            return access.accept(session, now_us(), secret, name, hashed)
    except access.LinkError:
        raise
    except DomainError as error:
        form.refuse(error, PLACES)
        return None


def _link(secret: str, purpose: LinkPurpose) -> AccessLink:
    _passwords_only()
    with reading(deployment().engine) as session:
        return access.look_up(session, now_us(), secret, purpose)


def _passwords_only() -> None:
    if not deployment().settings.password_sign_in:
        raise NotFoundError("page", request.path.split("/")[1])


def _page(link: AccessLink, form: Form) -> str:
    title = "Join" if link.purpose is LinkPurpose.INVITE else "New password"
    return render_template("pages/door.html", title=title, link=link, form=form, rule=access.PASSWORD_RULE)


def _forgotten(*, asked: bool) -> str:
    _passwords_only()
    mails = postman(deployment().settings) is not None
    return render_template("pages/forgotten.html", title="Forgotten password", asked=asked, mails=mails)
