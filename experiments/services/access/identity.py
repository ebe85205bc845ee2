"""Identity secrets: made and shown once, two in use for a rotation, retired; and the check of a signature."""

from __future__ import annotations

import logging
import secrets
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy.orm import Session

from experiments.domain.access import Right
from experiments.domain.environment import Environment
from experiments.domain.errors import ConflictError, NotFoundError
from experiments.domain.identity import MOST_ACTIVE, IdentitySecretInfo, is_signed, secret_prefix
from experiments.services import audit, describe
from experiments.services.access.vault import Vault
from experiments.services.actor import Actor
from experiments.store.catalogue import identity_secrets as store

NOUN = "identity_secret"
SECRET_BYTES = 32
SHOWN = 4
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class NewIdentitySecret:
    """A secret just made: this is the only time it can be seen."""

    secret: str
    info: IdentitySecretInfo


def create_identity_secret(
    session: Session, actor: Actor, now: int, environment: Environment, vault: Vault
) -> NewIdentitySecret:
    """Make a secret with which the shop's server signs customer ids.

    Raises:
        ConflictError: two are in use already (`too_many`).
    """
    actor.require(Right.MAKE_KEYS)
    in_use = len(store.active(session, environment, lock=True))
    if in_use >= MOST_ACTIVE:
        message = (
            f"{in_use} identity secrets of {environment.value} are in use, must be below {MOST_ACTIVE} to add one. "
        )
        raise ConflictError(
            message + "Retire the one your servers no longer sign with.", "environment", code="too_many"
        )
    secret = secret_prefix(environment) + secrets.token_urlsafe(SECRET_BYTES)
    prefix = secret[: len(secret_prefix(environment)) + SHOWN]
    info = IdentitySecretInfo(0, environment, prefix, now)
    info = replace(info, id=store.add(session, info, vault.seal(secret)))
    audit.record(session, actor, now, "create", NOUN, str(info.id), after=describe.identity_secret(info))
    return NewIdentitySecret(secret, info)


def retire_identity_secret(session: Session, actor: Actor, now: int, secret_id: int) -> IdentitySecretInfo:
    """End a secret: what it signed counts no longer."""
    actor.require(Right.MAKE_KEYS)
    before = store.find(session, secret_id)
    if before is None:
        raise NotFoundError(NOUN, secret_id)
    if before.retired_at is not None:
        return before
    store.retire(session, secret_id, now)
    after = replace(before, retired_at=now)
    old, new = describe.identity_secret(before), describe.identity_secret(after)
    audit.record(session, actor, now, "retire", NOUN, str(secret_id), before=old, after=new)
    return after


def all_identity_secrets(session: Session) -> tuple[IdentitySecretInfo, ...]:
    """Every secret, newest first, without the secret itself."""
    return store.every(session)


def active_secrets(session: Session, environment: Environment, vault: Vault) -> tuple[bytes, ...]:
    """The secrets in use; one that was sealed under another NETLIFT_SECRET_KEY is left out, with a word in the log."""
    opened = {number: vault.open(sealed) for number, sealed in store.active(session, environment).items()}
    closed = [number for number, secret in opened.items() if secret is None]
    if closed:
        _log.error("Identity secrets %s cannot be opened: NETLIFT_SECRET_KEY has changed. Make new ones.", closed)
    return tuple(secret for secret in opened.values() if secret is not None)


def is_known_customer(
    session: Session, environment: Environment, vault: Vault, user_id: object, identity: Any, now: int
) -> bool:
    """Whether the shop signed this customer id."""
    if not isinstance(user_id, str) or not isinstance(identity, dict):
        return False
    return is_signed(user_id, identity, active_secrets(session, environment, vault), now)
