"""A change with an Idempotency-Key: done once, however often it is sent.

The answer is kept in the transaction of the change itself, which therefore ends only when the answer is known. A
refusal is not kept, because it changed nothing.
"""

from __future__ import annotations

from contextlib import ExitStack
from hashlib import sha256
from typing import TYPE_CHECKING

from flask import Response, abort, g, request

from experiments.domain.errors import DomainError
from experiments.services import kept_answers
from experiments.services.clock import now_us
from experiments.services.kept_answers import Kept
from experiments.services.sessions import reading, writing
from web.auth import current_actor
from web.deployment import deployment

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

HEADER = "Idempotency-Key"
REPEATED = "Idempotent-Replayed"
MOST = 200
#: Headers of an answer that belong to what was done.
TOLD = ("Location", "ETag", "Content-Type")
PARAMETER = {
    "name": HEADER,
    "in": "header",
    "description": "A text of your own for this change; sent again within a day, it is answered and not done again.",
    "schema": {"type": "string", "minLength": 1, "maxLength": MOST, "pattern": r"^[!-~]+$"},
}


class Held:
    """The transaction of one request, open until its answer is kept."""

    def __init__(self, name: str, fingerprint: str) -> None:
        self._name, self._fingerprint = name, fingerprint
        self._open = ExitStack()
        self._session: Session | None = None

    def session(self) -> Session:
        """The transaction, begun and claimed at the first call; ends the request where its answer is known by now."""
        if self._session is None:
            steady = bool(request.if_match)
            self._session = self._open.enter_context(writing(deployment().engine, steady=steady))
            known = kept_answers.claim(self._session, self._name, self._fingerprint, now_us())
            if known is not None:
                abort(_again(known))
        return self._session

    def finish(self, response: Response) -> None:
        """Keep a good answer and commit; take back what a refused request did."""
        session, self._session = self._session, None
        if session is None:
            return
        if response.status_code >= 400 or REPEATED in response.headers:
            self.give_up()
            return
        headers = {name: response.headers[name] for name in TOLD if name in response.headers}
        answer = Kept(self._fingerprint, response.status_code, headers, response.get_data(as_text=True))
        kept_answers.keep(session, self._name, answer, deployment().vault)
        self._open.close()

    def give_up(self) -> None:
        """Roll back whatever is still open."""
        self._session = None
        undone = _UndoneError()
        self._open.__exit__(_UndoneError, undone, None)


class _UndoneError(Exception):
    """Rolls a transaction back; nobody sees it."""


def begin() -> Response | None:
    """Answer a request that was answered before, or hold what comes of it.

    Raises:
        DomainError: `bad_key`, or `key_used_otherwise`.
    """
    given = request.headers.get(HEADER)
    if given is None or request.method != "POST":
        return None
    if not (0 < len(given) <= MOST and given.isascii() and given.isprintable() and " " not in given):
        told = f"{HEADER} == {given[:60]!r}, must be 1 to {MOST} characters without spaces."
        raise DomainError("bad_key", told, HEADER)
    name, fingerprint = kept_answers.name_of(current_actor().name, given), _fingerprint()
    with reading(deployment().engine) as session:
        known = kept_answers.find(session, name, fingerprint, now_us())
    if known is not None:
        return _again(known)
    g.held = Held(name, fingerprint)
    return None


def held() -> Held | None:
    """The transaction of this request, where it has a key."""
    found: Held | None = g.get("held")
    return found


def finish(response: Response) -> Response:
    """Keep the answer of this request; given to `after_request`."""
    if (open_one := held()) is not None:
        open_one.finish(response)
    return response


def give_up(_error: BaseException | None = None) -> None:
    """Let no transaction outlive its request; given to `teardown_request`."""
    if (open_one := held()) is not None:
        open_one.give_up()


def _fingerprint() -> str:
    """Of method, address and body; of an uploaded file its length counts, because reading it twice costs too much."""
    is_file = request.mimetype == "application/octet-stream"
    body = str(request.content_length).encode() if is_file else request.get_data(cache=True)
    return sha256(b"\0".join((request.method.encode(), request.full_path.encode(), body))).hexdigest()


def _again(known: Kept) -> Response:
    body = deployment().vault.open(known.body)
    if body is None:
        raise DomainError("key_used_otherwise", f"{HEADER} was used, its answer cannot be read any more.", HEADER)
    return Response(body, known.status, {**known.headers, REPEATED: "true"})
