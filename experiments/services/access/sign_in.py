"""Sign in with a password, throttled per address over all processes."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from experiments.domain.errors import DomainError
from experiments.domain.user import User, check_email
from experiments.services.access.passwords import hash_password, is_outdated, rehash, verify_password
from experiments.services.access.throttled import TooManyAttemptsError
from experiments.services.access.users import change_password
from experiments.services.actor import Actor
from experiments.services.clock import MINUTE
from experiments.services.sessions import writing
from experiments.store.catalogue import users

MOST_FAILURES = 5
WINDOW = 15 * MINUTE


@dataclass(frozen=True, slots=True)
class _Attempt:
    email: str
    user: User | None
    hashed: str | None


def sign_in(engine: Engine, email: str, password: str, now: int) -> User | None:
    """The person, None where address and password do not belong together.

    Every attempt is written down before the password is looked at and forgotten when it was right, so that attempts
    made at the same moment count too. It takes the engine because checking a password is slow, and a write
    transaction must not wait for it.

    Raises:
        TooManyAttemptsError: five failures for this address in 15 minutes; it says how long to wait.
    """
    attempt = _begin(engine, email, now)
    right = verify_password(attempt.hashed, password)
    if not right or attempt.user is None or attempt.user.disabled:
        return None
    rehashed = rehash(password) if attempt.hashed and is_outdated(attempt.hashed) else None
    with writing(engine) as session:
        users.clear_failures(session, attempt.email)
        if rehashed is not None:
            users.set_password_hash(session, attempt.user.id, rehashed)
    return attempt.user


def _begin(engine: Engine, email: str, now: int) -> _Attempt:
    try:
        address = check_email(email)
    except DomainError:
        return _Attempt("", None, None)  # nobody has such an address; the answer is that of a wrong password
    with writing(engine) as session:
        users.forget_failures_before(session, now - WINDOW)
        _check_throttle(session, address, now)
        users.add_failure(session, address, now)
        found = users.find_by_email(session, address)
    return _Attempt(address, *(found or (None, None)))


def change_own_password(
    engine: Engine, actor: Actor, now: int, current: str, password: str, *, keep: int | None = None
) -> User:
    """Change one's password, knowing the old one; every other session ends.

    Args:
        keep: the session in which it happens.

    Raises:
        TooManyAttemptsError: as when signing in; a borrowed browser must not guess.
        DomainError: the current password is wrong (`wrong_password`), or the new one is too weak.
    """
    actor.require_presence("set a password")
    attempt = _begin(engine, actor.person, now)
    if not verify_password(attempt.hashed, current) or attempt.user is None:
        raise DomainError("wrong_password", "This is not your current password.", "current")
    hashed = hash_password(password, about=(attempt.user.email, attempt.user.name))
    with writing(engine) as session:
        return change_password(session, actor, now, actor.person, hashed, keep=keep)


def _check_throttle(session: Session, address: str, now: int) -> None:
    failed = users.failed_at(session, address, now - WINDOW)
    if len(failed) >= MOST_FAILURES:
        raise TooManyAttemptsError("for this address", failed[-MOST_FAILURES] + WINDOW - now)
