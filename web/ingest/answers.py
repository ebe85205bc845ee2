"""Errors of this blueprint, in the one JSON shape; its CORS headers are added to them as well."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from flask import jsonify
from werkzeug.exceptions import HTTPException

from experiments.domain.errors import DomainError
from experiments.services.ingest import UnavailableError
from web.errors import error_body

if TYPE_CHECKING:
    from flask import Blueprint, Response

_log = logging.getLogger(__name__)
_CODES = {400: "bad_body", 401: "unauthorised", 403: "forbidden", 413: "too_large", 415: "bad_encoding"}


def register(bp: Blueprint) -> None:
    """Answer what routes raise."""
    bp.register_error_handler(HTTPException, _http_error)
    bp.register_error_handler(DomainError, _domain_error)
    bp.register_error_handler(UnavailableError, _unavailable)


def _http_error(error: HTTPException) -> Response:
    status = error.code or 500
    response = _answer(status, _CODES.get(status, error.name.lower().replace(" ", "_")), str(error.description))
    if status == 415:
        response.headers["Accept-Encoding"] = "gzip"  # RFC 9110 §12.5.3: what the sender may use instead
    return response


def _domain_error(error: DomainError) -> Response:
    """The one thing the service refuses as a whole is a batch with too many items."""
    return _answer(413 if error.code == "too_many" else 422, error.code, error.message, error.field)


def _unavailable(error: UnavailableError) -> Response:
    _log.warning("Events were not stored: %s", error)
    response = _answer(503, "unavailable", "The events could not be stored now; send them again.")
    response.headers["Retry-After"] = str(error.retry_seconds)
    return response


def _answer(status: int, code: str, message: str, field: str | None = None) -> Response:
    response = jsonify(error_body(status, code, message, field))
    response.status_code = status
    response.headers["Cache-Control"] = "no-store"
    if status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response
