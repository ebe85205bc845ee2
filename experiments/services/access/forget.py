"""A former colleague's right to be forgotten: the name goes, the record of what was done stays."""

from __future__ import annotations

from sqlalchemy.orm import Session

from experiments.domain.access import Right
from experiments.domain.errors import ConflictError
from experiments.domain.unnaming import Unnaming
from experiments.services import audit
from experiments.services.access.passwords import NO_PASSWORD
from experiments.services.access.users import user_by_email
from experiments.services.actor import Actor
from experiments.store import colleagues
from experiments.store.catalogue import audit as log


def forget_user(session: Session, actor: Actor, now: int, email: str, *, reason: str = "") -> str:
    """Take address and name of a person who is kept out from everything; returns what stands in their place.

    The audit log keeps every deed with its instant and order, and tells them as the same unnamed person.

    Raises:
        ConflictError: the person is still active (`active`).
    """
    actor.require(Right.ERASE)
    actor.require_presence("erase a person")
    user = user_by_email(session, email)
    if not user.disabled:
        raise ConflictError(f"{user.email} is active; keep them out first.", "user.disabled", code="active")
    label = f"former-user-{user.id}@erased.invalid"
    person = Unnaming(user.email, user.name, label, f"Former user {user.id}")
    colleagues.take_out(session, user.id, person, now)
    colleagues.set_names(session, user.id, person.label, person.title, NO_PASSWORD)
    deeds = log.unname(session, person)
    audit.record(session, actor, now, "erase", "user", label, after={"deeds": deeds}, reason=reason)
    return label
