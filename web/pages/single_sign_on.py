"""Sign in by the provider of the company."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, redirect, request, session

from experiments.domain.errors import NotFoundError
from experiments.domain.signed_in import Via
from experiments.domain.single_sign_on import SsoError, read_roles
from experiments.services import access
from experiments.services.clock import now_us
from experiments.services.sessions import writing
from web import auth, sso
from web.deployment import deployment
from web.pages.account import HOME, refused_page

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from experiments.domain.user import User

bp = Blueprint("single_sign_on", __name__)
NEXT = "sso_next"


@bp.before_request
def guard() -> None:
    """There is no such page without a provider."""
    if not sso.is_on():
        raise NotFoundError("page", request.path)


@bp.get("/sign-in/sso")
def begin() -> ResponseReturnValue:
    """To the provider; where the person wanted to be is kept meanwhile."""
    session[NEXT] = auth.local_path(request.args.get("next"))
    try:
        return sso.go()
    except SsoError as error:
        return refused_page(error.message), 502


@bp.get(sso.CALLBACK)
def end() -> ResponseReturnValue:
    """Back from the provider: in, or told why not."""
    target = session.pop(NEXT, None)
    try:
        user = _person()
    except SsoError as error:
        return refused_page(error.message), 403
    auth.begin(user, Via.SSO)
    return redirect(auth.local_path(target) or HOME)


def _person() -> User:
    settings = deployment().settings
    claims = sso.checked_claims()
    roles = read_roles(settings.oidc_roles)
    with writing(deployment().engine) as transaction:
        return access.person_of_claims(transaction, now_us(), claims, claim=settings.oidc_role_claim, roles=roles)
