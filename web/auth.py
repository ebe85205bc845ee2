"""Who calls: a person with a session, one of their tokens, or a server key.

The management API accepts all three. A personal token (`pt_…`, as bearer) acts for its owner, with the role the owner
has today and within the token's scopes: services ask `Actor.require` as ever, so nothing else needs to know. A server
key of production acts as an approver (it may create, launch, stop and decide tests, and read results), one of the test
environment as an editor (it may rehearse tests, never launch one); neither makes keys or manages people. Client keys
are public and may do nothing here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlencode

from flask import g, redirect, request, session
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user
from flask_wtf.csrf import validate_csrf
from werkzeug.exceptions import Unauthorized
from wtforms import ValidationError

from experiments.domain.errors import DomainError, ForbiddenError
from experiments.domain.signed_in import Via
from experiments.domain.token import TOKEN_PREFIX
from experiments.services import access
from experiments.services.actor import Actor
from experiments.services.clock import now_us
from experiments.services.sessions import reading, writing
from web.deployment import deployment

if TYPE_CHECKING:
    from flask import Flask
    from flask.typing import ResponseReturnValue

    from experiments.domain.key import KeyInfo
    from experiments.domain.signed_in import WebSession
    from experiments.domain.user import User

SIGN_IN_PATH = "/sign-in"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
CSRF_HEADER = "X-CSRFToken"


class SessionUser(UserMixin):  # type: ignore[misc]
    """A signed-in person in one browser.

    Args:
        secret: what the cookie holds; the database knows its hash, so that the session can be ended from anywhere.
        session: the session as it may be shown; None in the moment it begins.
    """

    def __init__(self, user: User, secret: str, session: WebSession | None = None) -> None:
        self.user = user
        self.secret = secret
        self.session = session

    def get_id(self) -> str:
        """What the cookie holds."""
        return self.secret

    @property
    def actor(self) -> Actor:
        """As services know the person."""
        return Actor(self.user.email, self.user.role)


def register(app: Flask) -> None:
    """Load people from session cookies, and send strangers to the sign-in page."""
    manager = LoginManager(app, add_context_processor=False)  # a page that says the database is down needs no person
    manager.user_loader(_load)
    manager.unauthorized_handler(_stranger)


def sign_in(email: str, password: str) -> User | None:
    """Check a password and begin a session; None where address and password do not belong together.

    Raises:
        DomainError: `too_many_attempts`.
    """
    user = access.sign_in(deployment().engine, email, password, now_us())
    if user is not None:
        begin(user, Via.PASSWORD)
    return user


def begin(user: User, via: Via) -> None:
    """Begin a session in this browser, for somebody who proved who they are.

    Whatever the cookie held is forgotten and its secret is a new one: a stranger who planted a cookie has nothing.
    """
    sign_out()
    with writing(deployment().engine) as transaction:
        secret = access.begin_session(transaction, user, now_us(), request.headers.get("User-Agent", ""), via)
    login_user(SessionUser(user, secret))
    session.permanent = True


def sign_out() -> None:
    """End the session in this browser, in the database too."""
    person = cast("Any", current_user)
    if person.is_authenticated and person.session is not None:
        with writing(deployment().engine) as transaction:
            access.end_session(transaction, person.actor, now_us(), person.session.id)
    logout_user()
    session.clear()


def current_session() -> WebSession | None:
    """The session of this browser; None for strangers and keys."""
    person = cast("Any", current_user)
    found: WebSession | None = person.session if person.is_authenticated else None
    return found


def current_person() -> User | None:
    """The signed-in person, None for strangers and keys."""
    person = cast("Any", current_user)
    return person.user if person.is_authenticated else None


def current_actor() -> Actor:
    """Who acts in this request: the key that `authenticate_api` found, else the signed-in person.

    Raises:
        DomainError: `unauthorised`.
    """
    known: Actor | None = g.get("netlift_actor")
    if known is not None:
        return known
    person = current_person()
    if person is None:
        raise DomainError("unauthorised", "Sign in, or send a token or server key as Authorization: Bearer ….")
    return Actor(person.email, person.role)


def authenticate_api() -> None:
    """Know who calls the API: a token, a server key, or a session that for every change also carries its CSRF token.

    Raises:
        DomainError: `unauthorised`.
        ForbiddenError: the CSRF token is missing or wrong.
    """
    if request.method == "OPTIONS":
        return
    presented = presented_key()
    if presented is not None:
        g.netlift_actor = _actor_of_key(presented)
        return
    current_actor()
    if request.method not in SAFE_METHODS:
        _check_csrf()


def presented_key() -> str | None:
    """The key in the Authorization header: as bearer, or as the user name of basic authentication."""
    given = request.authorization
    if given is None:
        return None
    presented = given.token if given.type == "bearer" else given.username
    return presented or ""


def find_presented_key(presented: str) -> KeyInfo | None:
    """The valid key that reads like this."""
    with reading(deployment().engine) as transaction:
        return access.find_key(transaction, presented)


def local_path(target: str | None) -> str | None:
    """A path on this site to go to after signing in; None for anything that could lead elsewhere."""
    usable = target is not None and target.startswith("/") and not target.startswith(("//", "/\\"))
    return target if usable and target is not None and target.isprintable() else None


def _actor_of_key(presented: str) -> Actor:
    if presented.startswith(TOKEN_PREFIX):
        return _actor_of_token(presented)
    key = find_presented_key(presented)
    actor = None if key is None else access.key_actor(key)
    if actor is None:
        raise DomainError("unauthorised", "This is no valid server key.")
    return actor


def _actor_of_token(presented: str) -> Actor:
    engine, now = deployment().engine, now_us()
    with reading(engine) as transaction:
        found = access.find_token(transaction, presented, now)
    if found is None:
        raise DomainError("unauthorised", "This token is unknown, revoked or over.")
    token, actor = found
    access.note_use(engine, token, now)
    return actor


def _check_csrf() -> None:
    try:
        validate_csrf(request.headers.get(CSRF_HEADER))
    except ValidationError as error:
        raise ForbiddenError(f"{CSRF_HEADER}: {error}") from error


def _load(cookie: str) -> SessionUser | None:
    engine, now = deployment().engine, now_us()
    with reading(engine) as transaction:
        found = access.find_session(transaction, cookie, now)
    if found is None:
        return None
    user, seen = found
    access.note_seen(engine, seen, now)
    return SessionUser(user, cookie, seen)


def _stranger() -> ResponseReturnValue:
    if request.method != "GET":
        raise Unauthorized("Sign in first.")
    return redirect(f"{SIGN_IN_PATH}?{urlencode({'next': request.full_path.rstrip('?')})}")
