"""The OpenAPI document, and what every blueprint of the management API shares."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, ClassVar

import flask_smorest
from flask import current_app, request
from marshmallow import Schema, fields

from experiments.domain.errors import DomainError
from experiments.services.sessions import reading, writing
from web.api import held, tags
from web.api.listing import refuse_unknown_parameters
from web.api.requests import Plugin, request_of
from web.auth import authenticate_api
from web.deployment import deployment

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from contextlib import AbstractContextManager

    from apispec import APISpec
    from flask import Blueprint, Flask, Response
    from sqlalchemy.orm import Session

PREFIX = "/api/v1"
#: Largest number that a database keeps as an id.
BIGGEST_ID = 2**63 - 1
#: Longest text in an address where its parameter says nothing of it.
LONGEST = 8_000
DOCUMENT, PARAMETERS = "netlift.api", "netlift.api.parameters"
#: A variable part of an address: `<key>`, `<int(max=9):key_id>`.
_RULE = re.compile(r"<(?:[^<>]*:)?([^:<>]+)>")
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
    value = fields.String(required=True, allow_none=True, metadata={"description": "The refused value as text."})
    bound = fields.String(required=True, allow_none=True, metadata={"description": "What it must be."})
    status = fields.Integer(required=True, metadata={"description": "The HTTP status."})


class Api(flask_smorest.Api):  # type: ignore[misc]
    """flask-smorest with our settings, whose errors are answered by `web.errors` alone.

    Every app of a process answers the same document, so the first one works it out for all.
    """

    ERROR_SCHEMA = ErrorSchema
    known: ClassVar[APISpec | None] = None
    spec: APISpec

    def __init__(self, app: Flask, blueprints: Iterable[Blueprint]) -> None:
        app.config.update(SETTINGS)
        options: Mapping[str, Any] = {
            "info": {"description": DESCRIPTION},
            "security": [{name: []} for name in SCHEMES],
            "marshmallow_plugin": Plugin(),
        }
        super().__init__(app, spec_kwargs=options)
        app.extensions[DOCUMENT] = self
        for name, scheme in SCHEMES.items():
            self.spec.components.security_scheme(name, scheme)
        for each in blueprints:
            self.register_blueprint(each)
        Api.known = self.spec = Api.known or self.spec

    def _register_error_handlers(self) -> None:
        """Leave errors to the application."""


class Noun(flask_smorest.Blueprint):  # type: ignore[misc]
    """A part of the management API; its document names the headers that every such address understands."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._prepare_doc_cbks.append(_with_headers)

    def register_views_in_doc(self, api: Api, *args: Any, **options: Any) -> None:
        """Tell the document of the views, unless an app before this one has."""
        if api.known is None:
            super().register_views_in_doc(api, *args, **options)

    def add_url_rule(self, rule: str, *args: Any, **options: Any) -> None:
        """Add an address; a number in it that no database could keep is no address."""
        super().add_url_rule(rule.replace("<int:", f"<int(max={BIGGEST_ID}):"), *args, **options)


def blueprint(name: str, description: str) -> Any:
    """A blueprint of the management API; nobody gets in without a server key or a session.

    Its name begins with `api-`, because pages have blueprints of the same nouns.
    """
    made = Noun(f"api-{name}", name, url_prefix=PREFIX, description=description)
    made.before_request(authenticate_api)
    made.before_request(_check_parameters)
    made.before_request(tags.check_form)
    made.before_request(held.begin)
    made.after_request(_keep_private)
    made.after_request(tags.add)
    made.after_request(held.finish)  # runs first: what is kept is what the view answered
    made.teardown_request(held.give_up)
    return made


def _with_headers(doc: dict[str, Any], info: dict[str, Any], *, method: str, **_: Any) -> dict[str, Any]:
    by_hand = info.get("manual_doc", {})
    given = by_hand.pop("parameters", [])
    added = [held.PARAMETER] if method == "post" else []
    if by_hand.pop("tagged", False):
        added = [*added, *(tags.PARAMETERS if method == "put" else tags.PARAMETERS[:1])]
    every = [*doc.get("parameters", []), *given, *added]
    return {**doc, "parameters": every} if every else doc


def _check_parameters() -> None:
    """Hold the address against the document."""
    rule = request.url_rule
    if rule is not None and request.method != "OPTIONS":
        refuse_unknown_parameters(_parameters().get((rule.rule, request.method), {}))


def _parameters() -> dict[tuple[str, str], dict[str, tuple[int, int]]]:
    """Parameters of every address by rule and method with the bounds of their texts, from the document."""
    known: dict[tuple[str, str], dict[str, tuple[int, int]]] | None = current_app.extensions.get(PARAMETERS)
    if known is None:
        known = current_app.extensions[PARAMETERS] = dict(_documented_parameters())
    return known


def _documented_parameters() -> Iterator[tuple[tuple[str, str], dict[str, tuple[int, int]]]]:
    paths = current_app.extensions[DOCUMENT].spec.to_dict()["paths"]
    for rule in current_app.url_map.iter_rules():
        operations = paths.get(_RULE.sub(r"{\1}", rule.rule), {})
        for method in rule.methods or ():
            given = operations.get("get" if method == "HEAD" else method.lower(), {}).get("parameters", ())
            queries = [each for each in given if each["in"] == "query"]
            yield (rule.rule, method), {each["name"]: _lengths(each["schema"]) for each in queries}


def _lengths(schema: dict[str, Any]) -> tuple[int, int]:
    return schema.get("minLength", 0), schema.get("maxLength", LONGEST)


def _keep_private(response: Response) -> Response:
    response.headers.setdefault("Cache-Control", "no-store")
    return response


def read() -> AbstractContextManager[Session]:
    """A reading transaction."""
    return reading(deployment().engine)


@contextmanager
def write() -> Iterator[Session]:
    """A writing transaction; that of a request with an Idempotency-Key ends when its answer is known."""
    if (kept := held.held()) is None:
        with writing(deployment().engine, steady=bool(request.if_match)) as session:
            yield session
        return
    session = kept.session()
    yield session
    session.flush()


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
    return {"requestBody": {"required": required, "content": {"application/json": {"schema": request_of(schema)}}}}
