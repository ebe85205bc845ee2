"""The record of who changed what, with before, after and reason."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from experiments.domain.checks import TEXT_MAX, check_text
from experiments.services.actor import Actor
from experiments.store.catalogue import audit
from experiments.store.catalogue.audit import AuditEntry

__all__ = ["AuditEntry", "history", "record"]

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


def _differing(values: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name not in other or other[name] != value}
