"""Sessions of people in browsers: kept in the database, so that any of them can be ended from anywhere."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from experiments.domain.access import Right
from experiments.domain.device import device_of
from experiments.domain.errors import NotFoundError
from experiments.domain.signed_in import Via, WebSession
from experiments.domain.user import User
from experiments.services import audit
from experiments.services.access.secret_words import hash_of, new_secret
from experiments.services.access.users import user_by_email
from experiments.services.actor import Actor
from experiments.services.clock import MINUTE
from experiments.store.catalogue import users, web_sessions
from experiments.store.engines import hurrying

NOUN = "session"
#: Being seen is written down at most so often; a page every second must not write every second.
TOUCH_EVERY = 5 * MINUTE
PATIENCE_MS = 50


def begin_session(session: Session, user: User, now: int, user_agent: str, via: Via) -> str:
    """Sign a person in on one device; returns the secret for its cookie, new each time so that none can be planted."""
    web_sessions.forget_old(session, now)
    secret = new_secret()
    began = WebSession(0, user.id, device_of(user_agent), via, now, now)
    began = replace(began, id=web_sessions.add(session, began, hash_of(secret)))
    told = {"device": began.device, "via": via.value}
    audit.record(session, Actor(user.email, user.role), now, "sign_in", NOUN, user.email, after=told)
    return secret


def find_session(session: Session, secret: str, now: int) -> tuple[User, WebSession] | None:
    """Whose session the cookie names; None where it ended, or where its person is kept out."""
    found = web_sessions.find_secret(session, hash_of(secret))
    user = None if found is None or not found.alive(now) else users.find(session, found.user_id)
    return None if found is None or user is None or user.disabled else (user, found)


def note_seen(engine: Engine, seen: WebSession, now: int) -> None:
    """Write down that the session was used; let it be where the database is busy, because somebody waits."""
    if now - seen.seen_at < TOUCH_EVERY:
        return
    try:
        with hurrying(engine, PATIENCE_MS) as connection, Session(connection) as session:
            web_sessions.touch(session, seen.id, now)
            session.flush()
    except OperationalError:
        return


def sessions_of(session: Session, actor: Actor, now: int, email: str) -> tuple[WebSession, ...]:
    """Where a person is signed in, seen last first; one's own, or for administrators anybody's."""
    _check(actor, email)
    found = web_sessions.of_user(session, user_by_email(session, email).id)
    return tuple(each for each in found if each.alive(now))


def own_sessions(session: Session, actor: Actor, now: int) -> tuple[WebSession, ...]:
    """Where one is signed in oneself; a key or process is nowhere."""
    found = users.find_by_email(session, actor.person)
    return (
        () if found is None else tuple(each for each in web_sessions.of_user(session, found[0].id) if each.alive(now))
    )


def end_session(session: Session, actor: Actor, now: int, session_id: int) -> WebSession:
    """Sign out one device, one's own or as an administrator anybody's.

    Raises:
        NotFoundError: there is none, or it is somebody else's business.
    """
    found = web_sessions.find(session, session_id)
    user = None if found is None else users.find(session, found.user_id)
    if found is None or user is None or (user.email != actor.person and not actor.may(Right.MANAGE_USERS)):
        raise NotFoundError(NOUN, session_id)
    actor.require_presence("end sessions")
    web_sessions.end(session, session_id)
    audit.record(session, actor, now, "sign_out", NOUN, user.email, before={"device": found.device})
    return found


def _check(actor: Actor, email: str) -> None:
    if actor.person != email:
        actor.require(Right.MANAGE_USERS)
