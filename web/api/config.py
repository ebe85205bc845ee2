"""The published config that SDKs fetch and evaluate by themselves.

`GET /v1/config/<key>` tells it as servers read it, `GET /v1/pages/<key>` as pages do: compiled to trees of draws.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, Response, g, request

from experiments.domain.errors import DomainError, NotFoundError
from experiments.domain.key import KeyKind
from experiments.services import access
from experiments.services.publish import for_pages, published_config
from experiments.services.sessions import reading
from web.auth import presented_key
from web.deployment import deployment
from web.origins import check_origin, share

if TYPE_CHECKING:
    from collections.abc import Callable

    from experiments.services.publish import Published

bp = Blueprint("api-config", __name__, url_prefix="/v1")
MAX_AGE = 30
PUBLIC = frozenset({f"{bp.name}.client_config", f"{bp.name}.page_config"})
#: Without credentials; the ETag must be readable, or no poll can answer 304.
ALWAYS = {"Access-Control-Expose-Headers": "ETag"}
PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, HEAD, OPTIONS",
    "Access-Control-Allow-Headers": "Content-Type, If-None-Match",
    "Access-Control-Max-Age": "7200",
}


@bp.get("/config/server")
def server_config() -> Response:
    """The complete config, for a server key in the Authorization header."""
    presented = presented_key() or ""
    with reading(deployment().engine) as session:
        key = access.find_key(session, presented)
        if key is None or key.kind is not KeyKind.SERVER:
            raise DomainError("unauthorised", "Send a valid server key as Authorization: Bearer sk_….")
        return _answer(published_config(session, key.environment, private=True), f"private, max-age={MAX_AGE}")


@bp.get("/config/<key>")
def client_config(key: str) -> Response:
    """The public config, for the client key in the address."""
    return _public(key)


@bp.get("/pages/<key>")
def page_config(key: str) -> Response:
    """The same, compiled for the SDK of browsers."""
    return _public(key, for_pages)


def _public(key: str, form: Callable[[Published], Published] = lambda published: published) -> Response:
    with reading(deployment().engine) as session:
        known = access.find_public_key(session, key)
        if known is None:
            raise NotFoundError("key", _shown(key))
        g.config_key = known
        check_origin(known, request.headers.get("Origin"))
        published = form(published_config(session, known.environment, private=False))
        return _answer(published, f"public, max-age={MAX_AGE}")


@bp.after_request
def _let_pages_read(response: Response) -> Response:
    if request.endpoint in PUBLIC:
        share(response, g.get("config_key"), always=ALWAYS, preflight=PREFLIGHT)
    else:
        response.vary.add("Authorization")
    return response


def _answer(published: Published, cache_control: str) -> Response:
    response = Response(published.body, mimetype="application/json")
    response.set_etag(published.etag)
    response.headers["Cache-Control"] = cache_control
    response.make_conditional(request)
    return response


def _shown(key: str) -> str:
    """A key as an error may repeat it: a secret that strayed into an address stays out of answers and logs."""
    return key if len(key) <= 12 else key[:12] + "…"
