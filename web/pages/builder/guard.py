"""Strangers in the builder: a form that is sent after the session ended must lose nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from flask import Response, current_app, request
from flask_wtf.csrf import CSRFError

from web.auth import current_person
from web.errors import answer_http_error
from web.pages import kept_form
from web.pages.frame import is_fragment

if TYPE_CHECKING:
    from flask import Blueprint, Flask
    from flask.typing import ResponseReturnValue

_guarded: set[str] = set()
SIGNED_OUT = (
    '<p role="status"><strong>You have been signed out.</strong> Nothing you typed is lost: save, sign in, '
    "and it is here again.</p>"
)


def keep_typed(bp: Blueprint) -> None:
    """Send strangers to the sign-in page and back, with what they typed."""
    _guarded.add(bp.name)
    bp.before_request(_ask)


def register(app: Flask) -> None:
    """A session that is gone takes its token against forged requests along; that is no attack."""
    app.register_error_handler(CSRFError, cast("Any", _token_refused))


def _ask() -> ResponseReturnValue | None:
    if current_person() is not None:
        return None
    if is_fragment():  # a redirect would take the page away with everything on it
        return Response(SIGNED_OUT)
    if request.method == "POST":
        return kept_form.ask_to_sign_in()
    answer: ResponseReturnValue = current_app.login_manager.unauthorized()  # type: ignore[attr-defined]
    return answer


def _token_refused(error: CSRFError) -> ResponseReturnValue:
    known = (request.blueprint or "") in _guarded
    asked = _ask() if known else None
    return answer_http_error(error) if asked is None else asked
