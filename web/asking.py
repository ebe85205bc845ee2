"""Who asks for an evaluation: the key, and whether the customer is who they say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import g

from experiments.domain.errors import DomainError
from experiments.domain.key import KeyKind
from experiments.services import access
from experiments.services.ingest import answering
from experiments.services.sessions import reading
from web.deployment import deployment
from web.origins import check_origin

if TYPE_CHECKING:
    from experiments.domain.key import KeyInfo

MAX_KEY = 200


def find_caller(presented: str, origin: str | None) -> KeyInfo:
    """The key of this request, remembered for its CORS headers.

    Raises:
        DomainError: `unauthorised`, the key is missing, unknown or revoked.
        UnavailableError: the database could not answer.
        Forbidden: a page of another origin sends it.
    """
    key = None
    if 0 < len(presented) <= MAX_KEY:
        with answering(), reading(deployment().engine) as session:
            key = access.find_key(session, presented)
    if key is None:
        raise DomainError("unauthorised", "The key is missing, unknown or revoked.")
    g.asking_key = key
    check_origin(key, origin)
    return key


def is_known(key: KeyInfo, user_id: object, identity: Any, now: int) -> bool:
    """A server key is believed; a page must bring the signature of the shop's own server."""
    if key.kind is KeyKind.SERVER:
        return isinstance(user_id, str)
    if not isinstance(identity, dict):
        return False
    place = deployment()
    with answering(), reading(place.engine) as session:
        return access.is_known_customer(session, key.environment, place.vault, user_id, identity, now)
