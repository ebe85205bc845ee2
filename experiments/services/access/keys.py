"""Keys: make them, recognise them, revoke them.

A client key is public: it stands in the pages of the shop, so it is stored in clear. Of a server key only the SHA-256
and its first characters are kept; a plain hash suffices, because the secret has 256 random bits and cannot be guessed.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import chain, count

from sqlalchemy.orm import Session

from experiments.domain.access import Right, UserRole
from experiments.domain.checks import check_text
from experiments.domain.environment import Environment
from experiments.domain.errors import DomainError, NotFoundError
from experiments.domain.key import KeyInfo, KeyKind, key_prefix
from experiments.domain.source import Source, SourceKind
from experiments.services import audit, describe
from experiments.services.actor import Actor
from experiments.store.catalogue import keys, sources
from experiments.store.catalogue.keys import all_keys

__all__ = ["NewKey", "all_keys", "create_key", "find_key", "find_public_key", "key_actor", "revoke_key"]

NOUN = "key"
CLIENT_BYTES = 18
SECRET_BYTES = 32
SHOWN = 4
#: What a server key may do over the API. Keys of the test environment rehearse tests; they cannot launch one.
_ROLES = {Environment.PRODUCTION: UserRole.APPROVER, Environment.TEST: UserRole.EDITOR}


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key just made.

    Args:
        key: the whole key; of a server key this is the only time it can be seen.
        info: what may be shown later.
    """

    key: str
    info: KeyInfo


def create_key(
    session: Session,
    actor: Actor,
    now: int,
    kind: KeyKind,
    label: str,
    environment: Environment,
    *,
    origins: Iterable[str] = (),
    source: str | None = None,
) -> NewKey:
    """Make a key.

    Args:
        label: what the key is for, in words for people.
        origins: origins a browser may send from, for client keys; empty = any.
        source: key of a source of the same kind and environment to send as; None = a new one named by the label.

    Raises:
        DomainError: the source does not fit, an origin cannot be read, or a server key is given origins.
    """
    actor.require(Right.MAKE_KEYS)
    label = check_text(label, "key.label")
    secret = kind is KeyKind.SERVER
    key = key_prefix(kind, environment) + secrets.token_urlsafe(SECRET_BYTES if secret else CLIENT_BYTES)
    sender = _new_source(session, now, kind, label, environment) if source is None else source
    info = KeyInfo(
        id=0,
        kind=kind,
        label=label,
        source_id=_source_id(session, sender, kind, environment),
        source_key=sender,
        environment=environment,
        prefix=key[: len(key_prefix(kind, environment)) + SHOWN],
        public_key=None if secret else key,
        origins=tuple(origins),
        created_at=now,
    )
    if secret and info.origins:
        raise DomainError("bad_origin", "key.origins is given, a server key has none.", "key.origins")
    info = replace(info, id=keys.add(session, info, secret_hash=_hash(key) if secret else None))
    audit.record(session, actor, now, "create", NOUN, str(info.id), after=describe.key(info))
    return NewKey(key, info)


def find_key(session: Session, presented: str) -> KeyInfo | None:
    """The key somebody presents, client or server; None where it is unknown or revoked."""
    if presented.startswith("pk_"):
        return find_public_key(session, presented)
    if not presented.startswith("sk_") or not presented.isascii():
        return None
    return _valid(keys.find_secret(session, _hash(presented)))


def find_public_key(session: Session, presented: str) -> KeyInfo | None:
    """The client key somebody presents; None where it is unknown or revoked."""
    known = presented.startswith("pk_") and presented.isascii() and presented.isprintable()
    return _valid(keys.find_public(session, presented)) if known else None


def revoke_key(session: Session, actor: Actor, now: int, key_id: int, *, reason: str = "") -> KeyInfo:
    """End a key at once; a second time changes nothing."""
    actor.require(Right.MAKE_KEYS)
    before = _by_id(session, key_id)
    if before.revoked_at is not None:
        return before
    keys.revoke(session, key_id, now)
    after = _by_id(session, key_id)
    old, new = describe.key(before), describe.key(after)
    audit.record(session, actor, now, "revoke", NOUN, str(key_id), before=old, after=new, reason=reason)
    return after


def key_actor(key: KeyInfo) -> Actor | None:
    """What a key may do over the API: server keys manage tests, client keys nothing."""
    if key.kind is not KeyKind.SERVER:
        return None
    return Actor(f"key:{key.label}", _ROLES[key.environment])


def _by_id(session: Session, key_id: int) -> KeyInfo:
    found = keys.find(session, key_id)
    if found is None:
        raise NotFoundError(NOUN, key_id)
    return found


def _valid(key: KeyInfo | None) -> KeyInfo | None:
    return None if key is None or key.revoked_at is not None else key


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _source_id(session: Session, key: str, kind: KeyKind, environment: Environment) -> int:
    known = sources.find(session, key)
    if known is None:
        raise NotFoundError("source", key)
    if (known.kind.value, known.environment) != (kind.value, environment):
        raise DomainError(
            "unknown_choice",
            f"key.source == {key!r}, is a {known.kind.value} source of {known.environment.value}, "
            f"must be a {kind.value} source of {environment.value}.",
            "key.source",
        )
    return sources.ids(session)[key]


def _new_source(session: Session, now: int, kind: KeyKind, label: str, environment: Environment) -> str:
    source = Source(_free_key(session, label, kind), label, SourceKind(kind.value), environment)
    sources.add(session, source, now)
    return source.key


def _free_key(session: Session, label: str, kind: KeyKind) -> str:
    """The label as a key, with a number where it is taken."""
    base = re.sub(r"[^a-z0-9]+", "-", label.lower()).strip("-")[:48].strip("-") or kind.value
    taken = sources.ids(session)
    numbered = (f"{base}-{number}" for number in count(2))
    return next(key for key in chain([base], numbered) if key not in taken)
