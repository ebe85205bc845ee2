"""Errors as OFREP states them: a code where the protocol has one, a sentence always."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import current_app, jsonify, request
from werkzeug.exceptions import HTTPException, TooManyRequests

from experiments.domain.errors import DomainError
from experiments.services.ingest import UnavailableError
from web import throttle
from web.errors import status_of

if TYPE_CHECKING:
    from flask import Blueprint
    from flask.typing import ResponseReturnValue


class RefusedError(Exception):
    """The request cannot be evaluated.

    Args:
        code: PARSE_ERROR, INVALID_CONTEXT, TARGETING_KEY_MISSING, GENERAL (400) or FLAG_NOT_FOUND (404).
        details: a sentence; clients read it unguarded, so it is never missing.
    """

    def __init__(self, code: str, details: str) -> None:
        super().__init__(details)
        self.code = code
        self.details = details


def register(bp: Blueprint) -> None:
    """Answer what routes raise."""
    bp.register_error_handler(RefusedError, _refused)
    bp.register_error_handler(TooManyRequests, _too_many)
    bp.register_error_handler(HTTPException, _http_error)
    bp.register_error_handler(DomainError, _domain_error)
    bp.register_error_handler(UnavailableError, _unavailable)


def _refused(error: RefusedError) -> ResponseReturnValue:
    body = {"errorCode": error.code, "errorDetails": error.details}
    key = (request.view_args or {}).get("key")
    if key is not None:
        body["key"] = key
    return jsonify(body), 404 if error.code == "FLAG_NOT_FOUND" else 400


def _too_many(_error: TooManyRequests) -> ResponseReturnValue:
    wait = throttle.retry_after(current_app)
    return jsonify({"errorDetails": f"The key asks too often; again in {wait} s."}), 429, {"Retry-After": wait}


def _http_error(error: HTTPException) -> ResponseReturnValue:
    """A body that is too large is a body that cannot be parsed: the protocol knows no 413."""
    if error.code == 413:
        return _refused(RefusedError("PARSE_ERROR", "The body is too large."))
    headers = dict(error.get_headers(request.environ))
    headers.pop("Content-Type", None)
    return jsonify({"errorDetails": str(error.description or error.name)}), error.code or 500, headers


def _domain_error(error: DomainError) -> ResponseReturnValue:
    status = status_of(error)
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else {}
    return jsonify({"errorDetails": error.message}), status, headers


def _unavailable(_error: UnavailableError) -> ResponseReturnValue:
    return jsonify({"errorDetails": "The database does not answer at the moment."}), 503, {"Retry-After": "5"}
