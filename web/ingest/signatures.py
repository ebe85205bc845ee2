"""The shop's signatures in events, checked with secrets that are looked up at most every five seconds."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from flask import current_app

from experiments.domain.identity import is_signed
from experiments.services import access
from experiments.services.ingest import answering
from experiments.services.sessions import reading
from web.deployment import deployment

if TYPE_CHECKING:
    from collections.abc import Callable

    from experiments.domain.environment import Environment

NAME = "netlift.identity_secrets"
SECONDS = 5.0


def signatures(environment: Environment, now: int) -> Callable[[str, Any], bool]:
    """Tells whether the shop signed a customer id; the secrets are looked up when the first item brings a signature."""

    def check(user_id: str, identity: Any) -> bool:
        return is_signed(user_id, identity, _secrets(environment), now)

    return check


def _secrets(environment: Environment) -> tuple[bytes, ...]:
    """A secret that was retired counts, and a new one is unknown, for so long at most."""
    kept: dict[Environment, tuple[float, tuple[bytes, ...]]] = current_app.extensions.setdefault(NAME, {})
    moment = time.monotonic()
    until, secrets = kept.get(environment, (moment, ()))
    if moment < until:
        return secrets
    place = deployment()
    with answering(), reading(place.engine) as session:
        secrets = access.active_secrets(session, environment, place.vault)
    kept[environment] = (moment + SECONDS, secrets)
    return secrets
