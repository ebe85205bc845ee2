"""People: add them, give them a role, disable them."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy.orm import Session

from experiments.domain.access import Right, UserRole
from experiments.domain.errors import ConflictError, ForbiddenError, NotFoundError
from experiments.domain.user import User, check_email
from experiments.services import audit, describe
from experiments.services.access.passwords import HashedPassword
from experiments.services.actor import Actor
from experiments.store.catalogue import users, web_sessions
from experiments.store.catalogue.users import all_users

__all__ = [
    "all_users",
    "change_password",
    "change_role",
    "create_user",
    "disable_user",
    "enable_user",
    "rename",
    "sign_out_everywhere",
    "user_by_email",
]

NOUN = "user"


def create_user(
    session: Session,
    actor: Actor,
    now: int,
    *,
    email: str,
    name: str,
    password: HashedPassword,
    role: UserRole,
) -> User:
    """Add a person.

    Args:
        password: from `hash_password`, called before the transaction began.

    Raises:
        ConflictError: the address is taken.
    """
    actor.require(Right.MANAGE_USERS)
    user = users.add(session, User(0, email, name, role), password, now)
    audit.record(session, actor, now, "create", NOUN, user.email, after=describe.user(user))
    return user


def user_by_email(session: Session, email: str) -> User:
    """The person; raises NotFoundError."""
    found = users.find_by_email(session, check_email(email))
    if found is None:
        raise NotFoundError(NOUN, email)
    return found[0]


def own_account(session: Session, actor: Actor) -> User:
    """The person who acts, also where one of their tokens does.

    Raises:
        ForbiddenError: a key or a process acts.
    """
    found = users.find_by_email(session, actor.person)
    if found is None:
        raise ForbiddenError(f"{actor.name} is no person who signs in.")
    return found[0]


def change_role(session: Session, actor: Actor, now: int, email: str, role: UserRole) -> User:
    """Give a person another role; it holds from their next click."""
    actor.require(Right.MANAGE_USERS)
    before = user_by_email(session, email)
    if role is not UserRole.ADMIN:
        _check_admin_left(session, before)
    return _save(session, actor, now, "change_role", before, replace(before, role=role))


def disable_user(session: Session, actor: Actor, now: int, email: str, *, reason: str = "") -> User:
    """Keep a person out, and sign them out everywhere; their tokens are refused."""
    actor.require(Right.MANAGE_USERS)
    before = user_by_email(session, email)
    _check_admin_left(session, before)
    web_sessions.end_all(session, before.id)
    after = replace(before, disabled=True, session_epoch=before.session_epoch + 1)
    return _save(session, actor, now, "disable", before, after, reason)


def enable_user(session: Session, actor: Actor, now: int, email: str) -> User:
    """Let a disabled person in again."""
    actor.require(Right.MANAGE_USERS)
    before = user_by_email(session, email)
    return _save(session, actor, now, "enable", before, replace(before, disabled=False))


def change_password(
    session: Session, actor: Actor, now: int, email: str, password: HashedPassword, *, keep: int | None = None
) -> User:
    """Set a password, one's own or as an administrator anybody's; the other sessions of the person end.

    Args:
        keep: the session in which a person changes their own.
    """
    actor.require_presence("set a password")
    before = _own_or_managed(session, actor, email)
    users.set_password_hash(session, before.id, password)
    users.clear_failures(session, before.email)
    web_sessions.end_all(session, before.id, keep)
    after = replace(before, session_epoch=before.session_epoch + 1)
    return _save(session, actor, now, "change_password", before, after)


def sign_out_everywhere(session: Session, actor: Actor, now: int, email: str, *, keep: int | None = None) -> User:
    """End every session of a person, one's own or as an administrator anybody's.

    Args:
        keep: a session that goes on.
    """
    before = _own_or_managed(session, actor, email)
    web_sessions.end_all(session, before.id, keep)
    after = replace(before, session_epoch=before.session_epoch + 1)
    return _save(session, actor, now, "sign_out", before, after)


def rename(session: Session, actor: Actor, now: int, email: str, name: str) -> User:
    """Change how a person is called, oneself or as an administrator anybody."""
    before = _own_or_managed(session, actor, email)
    return _save(session, actor, now, "rename", before, replace(before, name=name))


def _own_or_managed(session: Session, actor: Actor, email: str) -> User:
    found = user_by_email(session, email)
    if actor.person != found.email:
        actor.require(Right.MANAGE_USERS)
    elif not actor.may(Right.MANAGE_USERS):
        # A token for reading must neither rename its owner nor end their sessions.
        actor.require_presence("change an account")
    return found


def _save(session: Session, actor: Actor, now: int, action: str, before: User, after: User, reason: str = "") -> User:
    users.save(session, after, now)
    old, new = describe.user(before), describe.user(after)
    audit.record(session, actor, now, action, NOUN, after.email, before=old, after=new, reason=reason)
    return after


def _check_admin_left(session: Session, leaving: User) -> None:
    users.lock(session)
    admins = [user for user in users.all_users(session) if user.role is UserRole.ADMIN and not user.disabled]
    if [user.id for user in admins] == [leaving.id]:
        raise ConflictError(
            f"{leaving.email} is the only administrator left; make somebody else one first.",
            "user.role",
            code="last_admin",
        )
