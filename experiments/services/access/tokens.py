"""Personal tokens: made and shown once, recognised, revoked; never more than their owner may."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from experiments.domain.access import Right
from experiments.domain.checks import check_range
from experiments.domain.errors import ForbiddenError, NotFoundError
from experiments.domain.token import LONGEST_DAYS, TOKEN_PREFIX, Scope, TokenInfo, check_scopes, rights_of
from experiments.domain.user import User
from experiments.services import audit, describe
from experiments.services.access.secret_words import hash_of, new_secret
from experiments.services.access.users import user_by_email
from experiments.services.actor import Actor
from experiments.services.clock import DAY, MINUTE
from experiments.store.catalogue import tokens, users
from experiments.store.engines import hurrying

NOUN = "token"
SHOWN = 4
#: A use is written down at most so often: a script that reads a thousand pages must not write a thousand times.
TOUCH_EVERY = 5 * MINUTE
PATIENCE_MS = 100


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token just made: this is the only time it can be seen."""

    token: str
    info: TokenInfo


def create_token(
    session: Session, actor: Actor, now: int, label: str, scopes: Iterable[Scope], *, days: int = 90
) -> NewToken:
    """Make a token for oneself.

    Args:
        label: what it is for.
        scopes: what it may be used for; none beyond one's own role.
        days: how long it lives, 1 to 365.

    Raises:
        ForbiddenError: a token or a key asks, which could only make more of itself.
        DomainError: no scope, one beyond the role (`beyond_role`), or a life out of bounds.
    """
    actor.require_presence("make another token")
    owner = _owner(session, actor)
    check_range(days, "token.days", low=1, high=LONGEST_DAYS)
    secret = new_secret(TOKEN_PREFIX)
    prefix = secret[: len(TOKEN_PREFIX) + SHOWN]
    info = TokenInfo(0, owner.id, label, check_scopes(scopes, owner.role), prefix, now, now + days * DAY)
    info = replace(info, id=tokens.add(session, info, hash_of(secret)))
    audit.record(session, actor, now, "create", NOUN, str(info.id), after=describe.token(info))
    return NewToken(secret, info)


def own_tokens(session: Session, actor: Actor) -> tuple[TokenInfo, ...]:
    """One's own tokens, newest first; a key or process has none."""
    found = users.find_by_email(session, actor.person)
    return () if found is None else tokens.of_user(session, found[0].id)


def tokens_of(session: Session, actor: Actor, email: str) -> tuple[TokenInfo, ...]:
    """The tokens of somebody, for administrators."""
    actor.require(Right.MANAGE_USERS)
    return tokens.of_user(session, user_by_email(session, email).id)


def revoke_token(session: Session, actor: Actor, now: int, token_id: int, *, reason: str = "") -> TokenInfo:
    """End a token at once, one's own or as an administrator anybody's; a second time changes nothing.

    Raises:
        ForbiddenError: it is somebody else's, or a token that does not manage people asks for another than itself:
            one that leaked must not stop the others of its owner.
    """
    before = tokens.find(session, token_id)
    owner = None if before is None else users.find(session, before.user_id)
    if before is None or owner is None:
        raise NotFoundError(NOUN, token_id)
    if owner.email != actor.person:
        actor.require(Right.MANAGE_USERS)
    elif not actor.may(Right.MANAGE_USERS) and actor.name != token_actor(before, owner).name:
        actor.require_presence("revoke another token")
    if before.revoked_at is not None:
        return before
    tokens.revoke(session, token_id, now)
    after = replace(before, revoked_at=now)
    old, new = describe.token(before), describe.token(after)
    audit.record(session, actor, now, "revoke", NOUN, str(token_id), before=old, after=new, reason=reason)
    return after


def find_token(session: Session, presented: str, now: int) -> tuple[TokenInfo, Actor] | None:
    """The token somebody presents and who acts with it; None where it is unknown, over, or its owner is kept out."""
    if not presented.startswith(TOKEN_PREFIX) or not presented.isascii():
        return None
    token = tokens.find_secret(session, hash_of(presented))
    owner = None if token is None else users.find(session, token.user_id)
    if token is None or owner is None or owner.disabled or not token.usable(now):
        return None
    return token, token_actor(token, owner)


def token_actor(token: TokenInfo, owner: User) -> Actor:
    """Who acts: the owner with the role they have today, limited to the scopes."""
    name = f"{owner.email} with token “{token.label}”"
    return Actor(name, owner.role, rights_of(token.scopes), owner.email)


def note_use(engine: Engine, token: TokenInfo, now: int) -> None:
    """Write down that the token was used; let it be where the database is busy, because somebody waits."""
    if token.last_used_at is not None and now - token.last_used_at < TOUCH_EVERY:
        return
    try:
        with hurrying(engine, PATIENCE_MS) as connection, Session(connection) as session:
            tokens.touch(session, token.id, now)
    except OperationalError:
        return


def _owner(session: Session, actor: Actor) -> User:
    found = users.find_by_email(session, actor.person)
    if found is None:
        raise ForbiddenError(f"{actor.name} is no person who signs in, and has no personal tokens.")
    return found[0]
