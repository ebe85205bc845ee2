"""Requests that may be sent again: the first answer is kept for a day and given again."""

from __future__ import annotations

from hashlib import sha256

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from experiments.domain.errors import DomainError
from experiments.services.access import Vault
from experiments.services.sessions import writing
from experiments.store import kept_answers
from experiments.store.kept_answers import Kept

__all__ = ["KEEP_US", "Kept", "claim", "find", "forget_old", "keep", "name_of"]

#: How long an answer is kept, in µs: a day.
KEEP_US = 86_400_000_000


def name_of(who: str, key: str) -> str:
    """Under which name the answer to `who` with this key is kept."""
    return sha256(f"{who}\0{key}".encode()).hexdigest()


def find(session: Session, name: str, fingerprint: str, now: int) -> Kept | None:
    """The answer given before to the same request.

    Raises:
        DomainError: `key_used_otherwise`, the key was sent with another request.
    """
    return _same(kept_answers.find(session, name, now - KEEP_US), fingerprint)


def claim(session: Session, name: str, fingerprint: str, now: int) -> Kept | None:
    """Answer this request in this transaction and keep the answer, or learn the one that was given meanwhile.

    Raises:
        DomainError: `key_used_otherwise`.
    """
    return _same(kept_answers.claim(session, name, fingerprint, now, now - KEEP_US), fingerprint)


def keep(session: Session, name: str, answer: Kept, vault: Vault) -> None:
    """Keep an answer, sealed."""
    sealed = Kept(answer.fingerprint, answer.status, answer.headers, vault.seal(answer.body))
    kept_answers.keep(session, name, sealed)


def forget_old(engine: Engine, now: int) -> int:
    """Drop what was kept longer than a day; how many."""
    with writing(engine) as session:
        return kept_answers.forget(session, now - KEEP_US)


def _same(kept: Kept | None, fingerprint: str) -> Kept | None:
    if kept is not None and kept.fingerprint != fingerprint:
        told = "Idempotency-Key was sent before with another request, must be new for each change."
        raise DomainError("key_used_otherwise", told, "Idempotency-Key")
    return kept
