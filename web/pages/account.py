"""Sign in and out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, redirect, request

from experiments.domain.errors import DomainError, ForbiddenError
from web.auth import current_person, local_path, sign_in, sign_out
from web.deployment import deployment
from web.pages import kept_form
from web.pages.sign_in_page import sign_in_page

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

bp = Blueprint("account", __name__)
HOME = "/"


@bp.get("/sign-in")
def form() -> ResponseReturnValue:
    """The sign-in page; who is signed in already goes on."""
    target = local_path(request.args.get("next"))
    return redirect(target or HOME) if current_person() else _page(target)


@bp.post("/sign-in")
def enter() -> ResponseReturnValue:
    """Check the password and go on to where the person wanted to be."""
    _passwords_only()
    target = local_path(request.form.get("next"))
    email = request.form.get("email", "").strip()
    try:
        user = sign_in(email, request.form.get("password", ""))
    except DomainError as error:
        return _page(target, email, {"email": error.message}), 429 if error.code == "too_many_attempts" else 422
    if user is None:
        return _page(target, email, {"password": "Address and password do not belong together."}), 401
    return kept_form.come_back(request.form.get(kept_form.FIELD, "")) or redirect(target or HOME)


@bp.post("/sign-out")
def leave() -> ResponseReturnValue:
    """End the session in this browser."""
    sign_out()
    return redirect("/sign-in")


def refused_page(message: str) -> str:
    """The sign-in page, with why it did not work."""
    return _page(local_path(request.args.get("next")), errors={"": message})


def _passwords_only() -> None:
    if not deployment().settings.password_sign_in:
        raise ForbiddenError("Passwords are switched off here; use single sign-on.")


def _page(target: str | None, email: str = "", errors: dict[str, str] | None = None) -> str:
    return sign_in_page(target, email, errors, kept=request.form.get(kept_form.FIELD))
