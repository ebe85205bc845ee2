"""Which messages were stored before."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, select

from experiments.store.tables import EventKeyRow

#: Keys of one question; below the number of variables that every SQLite takes.
ASKED_AT_ONCE = 500


def known(connection: Connection, ids: Sequence[bytes]) -> set[bytes]:
    """Those of the ids that belong to a stored message."""
    found: set[bytes] = set()
    for some in _parts(ids):
        found.update(connection.scalars(select(EventKeyRow.id).where(EventKeyRow.id.in_(some))))
    return found


def _parts(ids: Sequence[bytes]) -> Iterable[Sequence[bytes]]:
    return (ids[start : start + ASKED_AT_ONCE] for start in range(0, len(ids), ASKED_AT_ONCE))
