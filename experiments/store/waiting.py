"""What of the quarantine names one test."""

from __future__ import annotations

from sqlalchemy import Connection, func, select

from experiments.store.tables import QuarantineRow, SourceRow

#: Items looked at, the newest first: the page must not wait for a quarantine that somebody filled.
MOST = 5_000


def naming(connection: Connection, key: str) -> list[tuple[str, str, int, int]]:
    """(source, reason, items, last seen) of waiting items whose body names this key, the most frequent first."""
    row = QuarantineRow
    newest = (
        select(row.source_id, row.reason, row.body, row.last_seen)
        .where(row.replayed_at.is_(None), row.discarded_at.is_(None))
        .order_by(row.last_seen.desc())
        .limit(MOST)
        .subquery("newest")
    )
    source = func.coalesce(SourceRow.key, "")
    query = (
        select(source, newest.c.reason, func.count(), func.max(newest.c.last_seen))
        .outerjoin(SourceRow, SourceRow.id == newest.c.source_id)
        .where(newest.c.body.contains(f'"{key}"', autoescape=True))
        .group_by(source, newest.c.reason)
        .order_by(func.count().desc(), source, newest.c.reason)
    )
    return [(str(who), str(why), int(items), int(last)) for who, why, items, last in connection.execute(query)]
