"""The record of who did what: rows are added, never changed. The database refuses the rest by triggers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, String, cast, delete, or_, select
from sqlalchemy.orm import Session

from experiments.domain.unnaming import Unnaming
from experiments.store.tables import AuditGateRow, AuditRow


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One deed.

    Args:
        at: µs UTC.
        who: address of the person, or the name of the key or process.
        before, after: the values that changed; None where there was or is nothing.
        id: rises with every deed; 0 before it is written down.
    """

    at: int
    who: str
    action: str
    noun: str
    key: str
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None
    reason: str = ""
    id: int = 0


@dataclass(frozen=True, slots=True)
class AuditQuery:
    """Which deeds; empty = any.

    Args:
        who: begins like this, so that the tokens of a person are found with them.
        since, until: µs UTC, from and before.
        older_than: only deeds with a smaller id, for the next page.
    """

    who: str = ""
    action: str = ""
    noun: str = ""
    key: str = ""
    since: int | None = None
    until: int | None = None
    older_than: int | None = None


def add(session: Session, entry: AuditEntry) -> None:
    """Write down one deed."""
    session.add(
        AuditRow(
            at=entry.at,
            who=entry.who,
            action=entry.action,
            noun=entry.noun,
            key=entry.key,
            before=entry.before,
            after=entry.after,
            reason=entry.reason,
        )
    )
    session.flush()


def entries(
    session: Session, *, noun: str | None = None, key: str | None = None, limit: int = 100
) -> tuple[AuditEntry, ...]:
    """The newest deeds, newest first, of everything or of one noun or thing."""
    return tuple(find(session, AuditQuery(noun=noun or "", key=key or ""), limit))


def find(session: Session, query: AuditQuery, limit: int | None = None) -> Iterator[AuditEntry]:
    """Deeds, newest first; read in portions, because an export may be long."""
    rows = session.scalars(_select(query).limit(limit).execution_options(yield_per=500))
    return (_entry(row) for row in rows)


def known(session: Session, column: str) -> tuple[str, ...]:
    """The words that occur as `action` or `noun`."""
    of = {"action": AuditRow.action, "noun": AuditRow.noun}[column]
    return tuple(session.scalars(select(of).distinct().order_by(of)))


def unname(session: Session, person: Unnaming) -> int:
    """Take a person's address and name out, wherever a deed holds them; how many deeds did.

    The one change the triggers let through: while the gate stands open, in this transaction alone, and never of what
    was done, when or in which order.
    """
    session.add(AuditGateRow(id=1))
    session.flush()
    changed = 0
    for row in session.scalars(select(AuditRow).where(_holds(person)).order_by(AuditRow.id)).all():
        for field in ("who", "key", "before", "after", "reason"):
            setattr(row, field, person.value(getattr(row, field)))
        changed += session.is_modified(row)
    session.flush()
    session.execute(delete(AuditGateRow))
    return changed


def _holds(person: Unnaming) -> Any:
    columns = (AuditRow.who, AuditRow.key, cast(AuditRow.before, String), cast(AuditRow.after, String), AuditRow.reason)
    # JSON writes what is not ASCII in more than one way, so the rows are only narrowed down by the address.
    return or_(*(column.contains(person.email, autoescape=True) for column in columns))


def _select(query: AuditQuery) -> Select[AuditRow]:
    found = select(AuditRow).order_by(AuditRow.id.desc())
    for column, wanted in ((AuditRow.action, query.action), (AuditRow.noun, query.noun), (AuditRow.key, query.key)):
        found = found.where(column == wanted) if wanted else found
    if query.who:
        found = found.where(AuditRow.who.startswith(query.who, autoescape=True))
    if query.since is not None:
        found = found.where(AuditRow.at >= query.since)
    if query.until is not None:
        found = found.where(AuditRow.at < query.until)
    return found if query.older_than is None else found.where(AuditRow.id < query.older_than)


def _entry(row: AuditRow) -> AuditEntry:
    return AuditEntry(
        at=row.at,
        who=row.who,
        action=row.action,
        noun=row.noun,
        key=row.key,
        before=row.before,
        after=row.after,
        reason=row.reason,
        id=row.id,
    )
