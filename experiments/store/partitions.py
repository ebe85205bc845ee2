"""Monthly partitions of the raw events on PostgreSQL, made ahead of the time they are needed."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection, Engine, text

from experiments.store.engines import is_sqlite

#: Months made beyond the current one.
AHEAD = 2
#: A partition that cannot be made soon is made later: until then its events go to `event_default`.
LOCK_TIMEOUT = "4s"
_MONTH = re.compile(r"event_p(\d{4})(\d{2})")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Month(NamedTuple):
    """A partition: its name and the instants [start, end) in µs UTC it holds."""

    name: str
    start: int
    end: int


def months(now: int, ahead: int = AHEAD) -> list[Month]:
    """The month of `now` and the following ones."""
    today = _EPOCH + timedelta(microseconds=now)
    first = today.year * 12 + today.month - 1
    return [_month(first + offset) for offset in range(ahead + 1)]


def ensure(engine: Engine, now: int) -> list[str]:
    """Make the partitions that are missing; names of those made. Safe beside other processes doing the same.

    Raises:
        sqlalchemy.exc.OperationalError: a lock was not to be had in 4 s; nothing has changed.
    """
    if is_sqlite(engine):
        return []
    with engine.connect() as connection:
        if not _missing(connection, months(now)):
            return []
    with engine.begin() as connection:
        connection.execute(text(f"set local lock_timeout = '{LOCK_TIMEOUT}'"))
        connection.execute(text("select pg_advisory_xact_lock(hashtext('netlift.partitions'))"))
        made = _missing(connection, months(now))
        for month in made:
            _make(connection, month)
        return [month.name for month in made]


def present(connection: Connection) -> list[Month]:
    """The monthly partitions there are, oldest first; the default one is none of them."""
    named = (_MONTH.fullmatch(name) for name in sorted(_names(connection)))
    return [_month(int(match[1]) * 12 + int(match[2]) - 1) for match in named if match]


def _missing(connection: Connection, wanted: list[Month]) -> list[Month]:
    """Asks the catalogue and not the table, so that nothing is locked yet."""
    known = _names(connection)
    return [month for month in wanted if month.name not in known]


def _names(connection: Connection) -> set[str]:
    query = text(
        "select child.relname::text from pg_inherits join pg_class child on child.oid = inhrelid "
        "where inhparent = 'event'::regclass"
    )
    return set(connection.scalars(query))


def _make(connection: Connection, month: Month) -> None:
    """Rows already in the default partition move over first: PostgreSQL refuses a partition it overlaps.

    The name is `event_p` and six digits, so it cannot carry SQL.
    """
    name, bounds = month.name, {"start": month.start, "end": month.end}
    connection.execute(text("lock table event_default in access exclusive mode"))
    connection.execute(text(f"create table {name} (like event including defaults including constraints)"))
    leaving = "delete from event_default where received_at >= :start and received_at < :end returning *"
    connection.execute(text(f"with moved as ({leaving}) insert into {name} select * from moved"), bounds)  # noqa: S608
    connection.execute(
        text(f"alter table event attach partition {name} for values from ({month.start}) to ({month.end})")
    )


def _month(index: int) -> Month:
    start, end = (datetime(*_year_and_month(at), 1, tzinfo=UTC) for at in (index, index + 1))
    return Month(f"event_p{start:%Y%m}", _micros(start), _micros(end))


def _year_and_month(index: int) -> tuple[int, int]:
    year, month = divmod(index, 12)
    return year, month + 1


def _micros(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(microseconds=1)
