"""Where a colleague's name stands beside what they did, so that it can be taken out."""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from experiments.domain.unnaming import Unnaming
from experiments.store.tables import AccessLinkRow, Base, LoginFailureRow, TokenRow, UserRow, WebSessionRow

#: Columns by which tables tell who did something.
NAMING = ("who", "owner", "created_by", "asked_by", "answered_by", "undone_by")


def take_out(session: Session, user_id: int, person: Unnaming, now: int) -> None:
    """Take a person's name out of every table that says who did something; end what they held."""
    email = person.email
    session.execute(delete(WebSessionRow).where(WebSessionRow.user_id == user_id))
    session.execute(delete(AccessLinkRow).where(AccessLinkRow.email == email))
    session.execute(delete(LoginFailureRow).where(LoginFailureRow.email == email))
    session.execute(update(TokenRow).where(TokenRow.user_id == user_id).values(label="(erased)", revoked_at=now))
    for table in Base.metadata.sorted_tables:
        for name in NAMING:
            if name in table.c and table.name != "audit":
                _rename(session, table.c[name], person)


def set_names(session: Session, user_id: int, email: str, name: str, password_hash: str) -> None:
    """The person's own row."""
    values = {"email": email, "name": name, "password_hash": password_hash}
    session.execute(update(UserRow).where(UserRow.id == user_id).values(**values))


def _rename(session: Session, column: Any, person: Unnaming) -> None:
    held = select(column).distinct()
    for found in session.scalars(held).all():
        renamed = person.value(found)
        if renamed != found:
            session.execute(column.table.update().where(column == found).values({column.name: renamed}))
