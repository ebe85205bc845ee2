"""The two addresses of the protocol."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, g, request

from experiments.services.clock import now_us
from experiments.services.evaluate import evaluate_all
from web import origins, throttle
from web.asking import find_caller
from web.deployment import deployment
from web.ofrep import refusals
from web.ofrep.context import question_of, read_context
from web.ofrep.flags import flag_of
from web.ofrep.refusals import RefusedError

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from experiments.domain.key import KeyInfo
    from experiments.services.evaluate import Answers

bp = Blueprint(throttle.OFREP, __name__, url_prefix="/ofrep/v1/evaluate/flags")
refusals.register(bp)
#: Without these two exposed no page could ever send If-None-Match, or wait as long as it is told.
ALWAYS = {"Access-Control-Expose-Headers": "ETag, Retry-After"}
PREFLIGHT = {
    "Access-Control-Allow-Methods": "POST, OPTIONS",
    "Access-Control-Allow-Headers": "Content-Type, Authorization, X-API-Key, If-None-Match",
    "Access-Control-Max-Age": "7200",
}


@bp.post("/<key>")
def single(key: str) -> ResponseReturnValue:
    """One flag, for server-side clients."""
    caller = find_caller(presented(), request.headers.get("Origin"))
    answers = _answers(caller, read_context(request.get_data()), flag=key)
    [answer] = answers.items
    if answer.test is None:
        raise RefusedError("FLAG_NOT_FOUND", f"The flag {key[:200]!r} does not exist.")
    return flag_of(answer, answers.version, caller.environment), 200, {"Cache-Control": "no-store"}


@bp.post("")
def bulk() -> ResponseReturnValue:
    """All flags, for client-side clients; 304 while neither context nor configuration nor any answer has changed."""
    caller = find_caller(presented(), request.headers.get("Origin"))
    context = read_context(request.get_data())
    answers = _answers(caller, context, flag=None)
    document = {
        "flags": [flag_of(answer, answers.version, caller.environment) for answer in answers.items],
        "metadata": {"version": answers.version, "flagSetId": caller.environment.value},
    }
    response = Response(json.dumps(document, ensure_ascii=False), mimetype="application/json")
    etag = _etag(context, document)
    response.set_etag(etag)
    response.headers["Cache-Control"] = "private, no-cache"
    if request.if_none_match.contains_weak(etag):  # compressing proxies weaken tags
        response.status_code = 304
        response.set_data(b"")
    return response


def presented() -> str:
    """The key of the request: bearer token, user name of basic authentication, or `X-API-Key`."""
    given = request.authorization
    if given is not None and (given.token or given.username):
        return str(given.token or given.username)
    return request.headers.get("X-API-Key", "")


@bp.after_request
def _let_pages_read(response: Response) -> Response:
    origins.share(response, g.get("asking_key"), always=ALWAYS, preflight=PREFLIGHT)
    response.headers.setdefault("Cache-Control", "no-store")
    return response


def _answers(key: KeyInfo, context: dict[str, Any], *, flag: str | None) -> Answers:
    now, place = now_us(), deployment()
    question = question_of(key, context, now, flag=flag)
    return evaluate_all(place.engine, question, id_key=place.settings.id_secret(), now=now)


def _etag(context: dict[str, Any], document: dict[str, Any]) -> str:
    """Of both: two visitors may get the same flags, and one must not be answered from the other's cache."""
    return sha256(json.dumps([context, document], sort_keys=True).encode()).hexdigest()[:32]
