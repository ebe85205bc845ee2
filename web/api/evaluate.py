"""`POST /v1/evaluate/<key>`: tests whose rules need facts that a browser must not hold, decided on the server.

    {"anonymousId": "…", "userId": "…", "agentId": "…", "identity": {"expiry": 1795000000, "signature": "…"},
     "attributes": {…}, "channel": "web", "experiments": ["tv-entry"]}

Every field may be missing; `agentId` is believed from a server key only. The content type is `application/json`, or
`text/plain`, which needs no preflight.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from flask import Blueprint, current_app, g, jsonify, request
from werkzeug.exceptions import RequestEntityTooLarge, TooManyRequests

from experiments.domain.errors import DomainError
from experiments.domain.key import KeyKind
from experiments.services.clock import now_us
from experiments.services.evaluate import Question, evaluate_remote, stated_attributes
from experiments.services.ingest import UnavailableError
from web import origins, throttle
from web.asking import find_caller, is_known
from web.auth import presented_key
from web.deployment import deployment
from web.errors import error_body

if TYPE_CHECKING:
    from flask import Response
    from flask.typing import ResponseReturnValue

    from experiments.domain.key import KeyInfo

bp = Blueprint(throttle.EVALUATE, __name__, url_prefix="/v1/evaluate")
MOST_EXPERIMENTS = 1_000
ALWAYS = {"Access-Control-Expose-Headers": "Retry-After"}
PREFLIGHT = {
    "Access-Control-Allow-Methods": "POST, OPTIONS",
    "Access-Control-Allow-Headers": "Authorization, Content-Type",
    "Access-Control-Max-Age": "7200",
}


@bp.post("/<key>")
def evaluate(key: str) -> ResponseReturnValue:
    """The answers for one visitor or customer; nothing is logged, the exposure is the caller's to send."""
    # In place of a key in the address a server key may come in the Authorization header, which no log keeps.
    presented = (presented_key() or "") if key == throttle.IN_HEADER else key
    caller = find_caller(presented, request.headers.get("Origin"))
    now, place = now_us(), deployment()
    answers = evaluate_remote(place.engine, _question(caller, _body(), now), id_key=place.settings.id_secret(), now=now)
    return answers.to_dict(), 200, {"Cache-Control": "no-store"}


@bp.after_request
def _let_pages_read(response: Response) -> Response:
    origins.share(response, g.get("asking_key"), always=ALWAYS, preflight=PREFLIGHT)
    return response


@bp.errorhandler(UnavailableError)
def _unavailable(_error: UnavailableError) -> ResponseReturnValue:
    body = error_body(503, "unavailable", "The database does not answer at the moment; show the control.")
    return jsonify(body), 503, {"Retry-After": "5", "Cache-Control": "no-store"}


@bp.errorhandler(TooManyRequests)
def _too_many(_error: TooManyRequests) -> ResponseReturnValue:
    wait = throttle.retry_after(current_app)
    body = error_body(429, "too_many_requests", f"The key asks too often; again in {wait} s.")
    return jsonify(body), 429, {"Retry-After": wait, "Cache-Control": "no-store"}


def _question(key: KeyInfo, body: dict[str, Any], now: int) -> Question:
    user_id = body.get("userId")
    return Question(
        environment=key.environment,
        visitor=_id(body, "anonymousId"),
        customer=_id(body, "userId"),
        agent=_id(body, "agentId") if key.kind is KeyKind.SERVER else None,
        known=is_known(key, user_id, _object(body, "identity"), now),
        attributes=stated_attributes(_object(body, "attributes"), body.get("channel")),
        experiments=_experiments(body.get("experiments")),
        server=key.kind is KeyKind.SERVER,
    )


def _body() -> dict[str, Any]:
    try:
        body = json.loads(request.get_data(cache=False) or b"{}")
    except RequestEntityTooLarge:
        raise
    except (ValueError, RecursionError):
        raise DomainError("bad_body", "The body is no valid JSON.") from None
    if not isinstance(body, dict):
        raise DomainError("bad_body", "The body must be a JSON object.")
    return body


def _id(body: dict[str, Any], field: str) -> str | None:
    value = body.get(field)
    if value is not None and not isinstance(value, str):
        # The value stays out of the answer: it may be somebody's id.
        raise DomainError("bad_body", f"{field} is of type {type(value).__name__}, must be a text or null.", field)
    return value


def _object(body: dict[str, Any], field: str) -> dict[str, Any] | None:
    value = body.get(field)
    if value is not None and not isinstance(value, dict):
        raise DomainError("bad_body", f"{field} is of type {type(value).__name__}, must be an object.", field)
    return value


def _experiments(value: Any) -> tuple[str, ...] | None:
    if value is None:
        return None
    if not isinstance(value, list) or len(value) > MOST_EXPERIMENTS or not all(isinstance(key, str) for key in value):
        message = f"experiments must be a list of at most {MOST_EXPERIMENTS} keys."
        raise DomainError("bad_body", message, "experiments")
    return tuple(value)
