"""Errors become responses here and nowhere else: one JSON shape for programs, one page for people.

{"ok": false, "error": "out_of_range", "message": "variants.0.weight == 2, must be <= 1.", "field": "variants.0.weight",
 "value": "2", "bound": "must be <= 1", "status": 422}
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from flask import current_app, g, jsonify, make_response, render_template, request
from jinja2 import TemplateNotFound
from markupsafe import escape
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException

from experiments.domain.errors import ConflictError, DomainError, ForbiddenError, NotFoundError

if TYPE_CHECKING:
    from flask import Flask, Response

#: Addresses called by programs; everything else is a page.
JSON_PATHS = ("/api/", "/v1/", "/ofrep/", "/healthz", "/readyz")
TEMPLATE = "errors.html"
#: Two transactions of which the later depends on what the earlier changed; only those with If-Match are so careful.
SERIALIZATION_FAILURE = "40001"
RETRY_SECONDS = {429: "900", 503: "5"}
_KINDS = ((NotFoundError, 404), (ConflictError, 409), (ForbiddenError, 403))
_WORDS = {
    403: "Your role does not reach this page. Who administers Netlift can change it.",
    404: "Nothing has this address. It may be mistyped, or what it showed was removed.",
    405: "This address is there, and does not take this method.",
    413: "More was sent than is taken at once.",
    500: "An error of ours; it is in the log. Nothing was kept of what was sent: try again.",
}
_CODES = {
    "unauthorised": 401,
    "too_many_attempts": 429,
    "bad_body": 400,
    "bad_cursor": 404,
    "link_over": 410,
    "changed_since": 412,
    "precondition_required": 428,
}


def register(app: Flask) -> None:
    """Answer errors of the domain, of HTTP and of the database."""
    app.register_error_handler(DomainError, _domain_error)
    app.register_error_handler(HTTPException, answer_http_error)
    app.register_error_handler(OperationalError, _database_error)


def status_of(error: DomainError) -> int:
    """The HTTP status of an error of the domain."""
    if error.code in _CODES:
        return _CODES[error.code]
    return next((status for kind, status in _KINDS if isinstance(error, kind)), 422)


def error_body(status: int, code: str, message: str, field: str | None = None) -> dict[str, Any]:
    """The one JSON shape of every error; value and bound are read out of the message."""
    told = DomainError(code, message, field)
    return {
        "ok": False,
        "error": code,
        "message": message,
        "field": field,
        "value": told.value,
        "bound": told.bound,
        "status": status,
    }


def _domain_error(error: DomainError) -> Response:
    response = _answer(status_of(error), error.code, error.message, error.field)
    wait = getattr(error, "retry_seconds", None)  # a refusal may know how long it lasts
    if wait is not None:
        response.headers["Retry-After"] = str(wait)
    return response


def answer_http_error(error: HTTPException) -> Response:
    """The answer to an error of HTTP: JSON for programs, a page for people."""
    if error.response is not None or error.code is None or error.code < 400:
        return make_response(error.get_response())  # a redirect, or an answer made elsewhere
    code = re.sub(r"[^a-z]+", "_", error.name.lower()).strip("_")
    response = _answer(error.code, code, _words(error))
    for name, value in error.get_headers(request.environ):
        if name not in ("Content-Type", "Content-Length"):
            response.headers[name] = value
    return response


def _words(error: HTTPException) -> str:
    """What was said of it, else our own words in place of those of the library."""
    told = str(error.description or error.name)
    return _WORDS.get(error.code or 0, told) if error.description == type(error).description else told


def _database_error(error: OperationalError) -> Response:
    if getattr(error.orig, "sqlstate", None) == SERIALIZATION_FAILURE:
        told = "If-Match was of a state that another request is changing now, must be of the one after it."
        return _answer(412, "changed_since", told, "If-Match")
    current_app.logger.error("the database does not answer", exc_info=error)
    return _answer(503, "unavailable", "The database does not answer at the moment; try again.")


def _answer(status: int, code: str, message: str, field: str | None = None) -> Response:
    body = error_body(status, code, message, field)
    response = jsonify(body) if _wants_json() else make_response(_page(body))
    response.status_code = status
    response.headers["Cache-Control"] = "no-store"
    if status in RETRY_SECONDS:
        response.headers["Retry-After"] = RETRY_SECONDS[status]
    if (state := g.get("etag_of_refused")) is not None and status == 412:
        response.set_etag(state)
    if status == 401:
        response.headers.setdefault("WWW-Authenticate", "Bearer")
    return response


def _wants_json() -> bool:
    if request.path.startswith(JSON_PATHS):
        return True
    accepts = request.accept_mimetypes
    return accepts["application/json"] > accepts["text/html"]


def _page(body: dict[str, Any]) -> str:
    """The error page; plain text in HTML where the template is missing or itself fails to render."""
    try:
        return render_template(TEMPLATE, title=f"Error {body['status']}", **body)
    except TemplateNotFound:
        return f"<!doctype html><title>Error {body['status']}</title><p>{escape(body['message'])}</p>"
