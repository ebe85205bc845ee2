"""Answers to requests that may come again: claimed, kept and forgotten in the transaction of what they answer.

A claim waits for another of the same name to end: SQLite lets one writer in, PostgreSQL holds back the second insert of
a key. So two requests that come at once are done once, without a lock of their own and without an end to watch over.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from experiments.store.tables import KeptAnswerRow
from experiments.store.upserts import dialect_insert


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer as it went out.

    Args:
        fingerprint: of the request it answers.
        status: HTTP status.
        headers: those that belong to the answer.
        body: sealed, because an answer may hold a secret that is shown once.
    """

    fingerprint: str
    status: int
    headers: dict[str, str]
    body: str


def find(session: Session, name: str, since: int) -> Kept | None:
    """The answer kept under this name since an instant."""
    row = session.scalars(_kept(name).where(KeptAnswerRow.at >= since)).one_or_none()
    return None if row is None else Kept(row.fingerprint, row.status, row.headers, row.body)


def claim(session: Session, name: str, fingerprint: str, now: int, since: int) -> Kept | None:
    """Take the name for an answer to come; what is kept under it already, where there is something newer than `since`.

    Waits for a transaction that has taken the name and not ended.
    """
    values: dict[str, Any] = {"fingerprint": fingerprint, "status": 0, "headers": {}, "body": "", "at": now}
    fresh = dialect_insert(session.connection(), KeptAnswerRow).values(name=name, **values)
    taken = session.execute(fresh.on_conflict_do_nothing().returning(KeptAnswerRow.name)).scalar_one_or_none()
    if taken is not None:
        return None
    kept = find(session, name, since)
    if kept is None:
        session.execute(update(KeptAnswerRow).where(KeptAnswerRow.name == name).values(**values))
    return kept


def keep(session: Session, name: str, answer: Kept) -> None:
    """Write the answer under the name that was claimed."""
    told = {"status": answer.status, "headers": answer.headers, "body": answer.body}
    session.execute(update(KeptAnswerRow).where(KeptAnswerRow.name == name).values(**told))


def forget(session: Session, before: int) -> int:
    """Drop answers from before an instant; how many."""
    gone: Any = session.execute(delete(KeptAnswerRow).where(KeptAnswerRow.at < before))
    return int(gone.rowcount)


def _kept(name: str) -> Any:
    return select(KeptAnswerRow).where(KeptAnswerRow.name == name)
