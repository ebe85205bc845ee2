"""The OpenAPI document, and what every blueprint of the management API shares."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import flask_smorest
from flask import request
from marshmallow import Schema, fields

from experiments.domain.errors import DomainError
from experiments.services.sessions import reading, writing
from web.auth import authenticate_api
from web.deployment import deployment

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import AbstractContextManager

    from flask import Flask, Response
    from sqlalchemy.orm import Session

PREFIX = "/api/v1"
SETTINGS = {
    "API_TITLE": "Netlift management API",
    "API_VERSION": "1",
    "OPENAPI_VERSION": "3.1.0",
    "OPENAPI_URL_PREFIX": PREFIX,
    "OPENAPI_JSON_PATH": "openapi.json",
}
DESCRIPTION = """Everything the product can do, for programs.

Call it with a personal token (`Authorization: Bearer pt_…`, made on the account page, limited to scopes), with a server
key (`Bearer sk_…`), or from a signed-in browser with the header `X-CSRFToken` on every change. A token acts for its
owner: scope `read` reads, `write` edits, `decide` launches and decides, `admin` manages, each only within the owner's
role. A server key of production acts as an approver, one of the test environment as an editor. Every error
has the same shape. Money is in minor units, instants are ISO 8601 in UTC.
"""
SCHEMES = {
    "personalToken": {"type": "http", "scheme": "bearer", "description": "A person's own token, pt_…."},
    "serverKey": {"type": "http", "scheme": "bearer", "description": "A server key, sk_live_… or sk_test_…."},
    "session": {"type": "apiKey", "in": "cookie", "name": "netlift_session"},
}


class ErrorSchema(Schema):
    """The shape of every error."""

    ok = fields.Boolean(required=True, metadata={"description": "Always false."})
    error = fields.String(required=True, metadata={"description": "Code for programs.", "example": "out_of_range"})
    message = fields.String(required=True, metadata={"description": "Field, value and bound, for people."})
    field = fields.String(required=True, allow_none=True, metadata={"description": "Dotted path of the field."})
    status = fields.Integer(required=True, metadata={"description": "The HTTP status."})


class Api(flask_smorest.Api):  # type: ignore[misc]
    """flask-smorest with our settings, whose errors are answered by `web.errors` alone."""

    ERROR_SCHEMA = ErrorSchema

    def __init__(self, app: Flask) -> None:
        app.config.update(SETTINGS)
        options: Mapping[str, Any] = {
            "info": {"description": DESCRIPTION},
            "security": [{name: []} for name in SCHEMES],
        }
        super().__init__(app, spec_kwargs=options)
        for name, scheme in SCHEMES.items():
            self.spec.components.security_scheme(name, scheme)

    def _register_error_handlers(self) -> None:
        """Leave errors to the application."""


def blueprint(name: str, description: str) -> Any:
    """A blueprint of the management API; nobody gets in without a server key or a session.

    Its name begins with `api-`, because pages have blueprints of the same nouns.
    """
    made = flask_smorest.Blueprint(f"api-{name}", name, url_prefix=PREFIX, description=description)
    made.before_request(authenticate_api)
    made.after_request(_keep_private)
    return made


def _keep_private(response: Response) -> Response:
    response.headers.setdefault("Cache-Control", "no-store")
    return response


def read() -> AbstractContextManager[Session]:
    """A reading transaction."""
    return reading(deployment().engine)


def write() -> AbstractContextManager[Session]:
    """A writing transaction."""
    return writing(deployment().engine)


def body(*, required: bool = True) -> Any:
    """The JSON body; an empty one is an empty object where none is required.

    Raises:
        DomainError: `bad_body`.
    """
    if not required and not request.get_data(cache=True):
        return {}
    try:
        return request.get_json()
    except RecursionError:
        raise DomainError("bad_body", "The body is nested too deeply.") from None


def described(schema: type[Schema], *, required: bool = True) -> dict[str, Any]:
    """Documentation of a JSON body; services check it, because they know the bounds."""
    return {"requestBody": {"required": required, "content": {"application/json": {"schema": schema}}}}
