"""The evaluation context of a request → the question our own evaluation asks.

`targetingKey` is the id of the unit, whatever kind the test randomises. Where the context also names `anonymousId`
(the visitor) or `userId` (the customer), each test takes the id of its own kind, and the targeting key stands for the
kind that is not named. Either of the two is enough: OFREP asks for no targeting key since 0.4.0. A test that draws
agents takes `agentId`, or the targeting key where nobody is named; only a server key is believed.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from experiments.domain.key import KeyKind
from experiments.services.evaluate import Question
from web.asking import is_known
from web.ofrep.refusals import RefusedError

if TYPE_CHECKING:
    from experiments.domain.key import KeyInfo

TARGETING, VISITOR, CUSTOMER, IDENTITY = "targetingKey", "anonymousId", "userId", "identity"
AGENT = "agentId"
#: The same as `identity`, for clients whose contexts hold no objects.
EXPIRY, SIGNATURE = "identityExpiry", "identitySignature"
_IDS = (TARGETING, VISITOR, CUSTOMER, AGENT)
_OURS = frozenset({*_IDS, IDENTITY, EXPIRY, SIGNATURE})


def read_context(body: bytes) -> dict[str, Any]:
    """The context of a body.

    Raises:
        RefusedError: PARSE_ERROR, INVALID_CONTEXT or TARGETING_KEY_MISSING.
    """
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        raise RefusedError("PARSE_ERROR", "The body is no valid JSON.") from None
    if not isinstance(document, dict):
        raise RefusedError("PARSE_ERROR", "The body must be a JSON object.")
    context = document.get("context")
    if context is None:
        raise _nobody()
    if not isinstance(context, dict):
        raise RefusedError("INVALID_CONTEXT", "context must be an object.")
    for name in _IDS:
        if context.get(name) is not None and not isinstance(context[name], str):
            raise RefusedError("INVALID_CONTEXT", f"context.{name} must be a text.")
    if not any((context.get(name) or "").strip() for name in _IDS):
        raise _nobody()
    return context


def _nobody() -> RefusedError:
    return RefusedError("TARGETING_KEY_MISSING", "context.targetingKey is missing, must be a filled text.")


def question_of(key: KeyInfo, context: dict[str, Any], now: int, *, flag: str | None) -> Question:
    """What the context asks; `flag` is one test, None asks for all."""
    visitor, customer = _ids(context)
    return Question(
        environment=key.environment,
        visitor=visitor,
        customer=customer,
        agent=_agent(context) if key.kind is KeyKind.SERVER else None,
        known=is_known(key, customer, _identity(context), now),
        attributes={name: value for name, value in context.items() if name not in _OURS},
        experiments=None if flag is None else (flag,),
        server=key.kind is KeyKind.SERVER,
    )


def _ids(context: dict[str, Any]) -> tuple[str | None, str | None]:
    target, visitor, customer = (context.get(name) for name in (TARGETING, VISITOR, CUSTOMER))
    target = target if (target or "").strip() else None
    visitor_unit = target if visitor is None and target != customer else visitor
    customer_unit = customer if customer is not None or visitor is not None else target
    return visitor_unit, customer_unit


def _agent(context: dict[str, Any]) -> str | None:
    nobody_else = context.get(VISITOR) is None and context.get(CUSTOMER) is None
    stated: str | None = context.get(AGENT)
    return context.get(TARGETING) if stated is None and nobody_else else stated


def _identity(context: dict[str, Any]) -> dict[str, Any] | None:
    stated = context.get(IDENTITY)
    if isinstance(stated, dict):
        return stated
    flat = {"expiry": context.get(EXPIRY), "signature": context.get(SIGNATURE)}
    return None if None in flat.values() else flat
