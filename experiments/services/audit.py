"""The record of who changed what, with before, after and reason."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy.orm import Session

from experiments.domain.access import Right
from experiments.domain.checks import TEXT_MAX, check_text
from experiments.services.actor import Actor
from experiments.services.clock import to_iso
from experiments.store.catalogue import audit
from experiments.store.catalogue.audit import AuditEntry, AuditQuery

__all__ = ["AuditEntry", "AuditQuery", "describe", "history", "known_words", "record", "search"]

Values = dict[str, Any] | None


def record(
    session: Session,
    actor: Actor,
    now: int,
    action: str,
    noun: str,
    key: str,
    *,
    before: Values = None,
    after: Values = None,
    reason: str = "",
) -> None:
    """Write down a deed; of values given before and after only those that differ are kept."""
    if before is not None and after is not None:
        before, after = _differing(before, after), _differing(after, before)
    text = check_text(reason, "reason", at_most=TEXT_MAX, required=False)
    audit.add(session, AuditEntry(now, actor.name, action, noun, key, before, after, text))


def history(
    session: Session, *, noun: str | None = None, key: str | None = None, limit: int = 100
) -> tuple[AuditEntry, ...]:
    """The newest deeds first, of everything, of one noun or of one thing."""
    return audit.entries(session, noun=noun, key=key, limit=limit)


def search(session: Session, actor: Actor, query: AuditQuery, limit: int | None = None) -> Iterator[AuditEntry]:
    """Deeds of everything, newest first; for approvers and administrators."""
    actor.require(Right.READ_AUDIT)
    return audit.find(session, query, limit)


def known_words(session: Session, column: str) -> tuple[str, ...]:
    """The words that occur as `action` or `noun`, to choose from."""
    return audit.known(session, column)


def describe(entry: AuditEntry) -> dict[str, Any]:
    """JSON-ready."""
    return {
        "id": entry.id,
        "at": to_iso(entry.at),
        "who": entry.who,
        "action": entry.action,
        "noun": entry.noun,
        "key": entry.key,
        "before": entry.before,
        "after": entry.after,
        "reason": entry.reason,
    }


def _differing(values: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name not in other or other[name] != value}
