"""Signed-in browsers, by the hash of the secret in their cookie."""

from __future__ import annotations

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from experiments.domain.signed_in import IDLE, LONGEST, Via, WebSession
from experiments.store.tables import WebSessionRow


def add(session: Session, began: WebSession, secret_hash: str) -> int:
    """Add a session; returns its id."""
    row = WebSessionRow(
        user_id=began.user_id,
        secret_hash=secret_hash,
        device=began.device,
        via=began.via.value,
        started_at=began.started_at,
        seen_at=began.seen_at,
    )
    session.add(row)
    session.flush()
    return row.id


def find_secret(session: Session, secret_hash: str) -> WebSession | None:
    """The session whose secret has this hash."""
    row = session.scalars(select(WebSessionRow).where(WebSessionRow.secret_hash == secret_hash)).one_or_none()
    return None if row is None else _session(row)


def find(session: Session, session_id: int) -> WebSession | None:
    """The session with this id."""
    row = session.get(WebSessionRow, session_id)
    return None if row is None else _session(row)


def of_user(session: Session, user_id: int) -> tuple[WebSession, ...]:
    """The sessions of a person, the one seen last first."""
    query = select(WebSessionRow).where(WebSessionRow.user_id == user_id)
    return tuple(_session(row) for row in session.scalars(query.order_by(WebSessionRow.seen_at.desc())))


def touch(session: Session, session_id: int, now: int) -> None:
    """Write down that it was used."""
    session.execute(update(WebSessionRow).where(WebSessionRow.id == session_id).values(seen_at=now))


def end(session: Session, session_id: int) -> None:
    """Forget one."""
    session.execute(delete(WebSessionRow).where(WebSessionRow.id == session_id))


def end_all(session: Session, user_id: int, keep: int | None = None) -> int:
    """Forget all of a person but one; how many there were."""
    doomed = delete(WebSessionRow).where(WebSessionRow.user_id == user_id)
    if keep is not None:
        doomed = doomed.where(WebSessionRow.id != keep)
    return int(session.execute(doomed).rowcount)  # type: ignore[attr-defined]


def forget_old(session: Session, now: int) -> None:
    """Forget what ended by itself."""
    old = or_(WebSessionRow.seen_at <= now - IDLE, WebSessionRow.started_at <= now - LONGEST)
    session.execute(delete(WebSessionRow).where(old))


def _session(row: WebSessionRow) -> WebSession:
    return WebSession(row.id, row.user_id, row.device, Via(row.via), row.started_at, row.seen_at)
