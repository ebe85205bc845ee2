"""Count days, put the counts in place of the old ones, read them added up."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, case, delete, func, select

from experiments.store.overview.happened import happened
from experiments.store.overview.measures import JOURNEY_REACH, JourneyMoments
from experiments.store.overview.steps import first_seq
from experiments.store.overview.travelled import travelled
from experiments.store.tables import FamilyRow, JourneyRow, OverviewCountRow, OverviewRow
from experiments.store.upserts import dialect_insert

WHOLE, SO_FAR = 0, 1
NAMES = ("measure", "journey", "channel", "segment", "n", "total", "squares")
Day = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Total:
    """One measure of one day and journey, in digital channels or others."""

    day: int
    part: int
    measure: int
    journey: int
    digital: bool
    n: int
    total: float
    squares: float


def count(
    connection: Connection,
    day: Day,
    journeys: Sequence[JourneyMoments],
    *,
    until: int,
    csat: int,
    least_rank: int,
) -> list[dict[str, Any]]:
    """Rows of one day, as of `until` (µs)."""
    seq = first_seq(connection, day[0] - JOURNEY_REACH)
    rows = list(connection.execute(happened(day, journeys, until=until, seq=seq, csat=csat, least_rank=least_rank)))
    if journeys:
        rows += connection.execute(travelled(day, journeys, until=until, seq=seq))
    return [{"day": day[0], **dict(zip(NAMES, row, strict=True))} for row in rows]


def replace(connection: Connection, day: Day, rows: Sequence[dict[str, Any]], part: int, until: int, now: int) -> None:
    """Store the counts of a day in place of those before."""
    for table in (OverviewRow, OverviewCountRow):
        connection.execute(delete(table).where(table.day == day[0], table.part == part))
    if rows:
        connection.execute(dialect_insert(connection, OverviewRow), [{**row, "part": part} for row in rows])
    counted = {"day": day[0], "part": part, "until": min(day[1], until), "counted_at": now}
    connection.execute(dialect_insert(connection, OverviewCountRow), [counted])


def forget_parts(connection: Connection, kept: Sequence[int]) -> None:
    """Remove the parts of days that are not compared any more."""
    for table in (OverviewRow, OverviewCountRow):
        connection.execute(delete(table).where(table.part == SO_FAR, table.day.not_in(kept)))


def forget(connection: Connection, before: int) -> None:
    """Remove days that nobody looks at any more."""
    for table in (OverviewRow, OverviewCountRow):
        connection.execute(delete(table).where(table.day < before))


def counted_days(connection: Connection) -> dict[tuple[int, int], tuple[int, int]]:
    """(day, part) → (up to which instant, when counted)."""
    rows = connection.execute(select(OverviewCountRow))
    return {(row.day, row.part): (row.until, row.counted_at) for row in rows}


def totals(
    connection: Connection, *, since: int, digital: Collection[int], channel: int | None, segment: int | None
) -> list[Total]:
    """Counts by day, measure and journey since a day, of one channel and segment where given."""
    o = OverviewRow
    online = case((o.channel.in_(sorted(digital) or [-1]), 1), else_=0)
    keys = (o.day, o.part, o.measure, o.journey, online)
    query = select(*keys, func.sum(o.n), func.sum(o.total), func.sum(o.squares)).where(o.day >= since)
    if channel is not None:
        query = query.where(o.channel == channel)
    if segment is not None:
        query = query.where(o.segment == segment)
    rows = connection.execute(query.group_by(*keys))
    return [Total(d, p, m, j, bool(on), int(n), float(x), float(xx)) for d, p, m, j, on, n, x, xx in rows]


def segments(connection: Connection, since: int) -> list[int]:
    """Segments that are in the counts, those with the most counted first."""
    query = select(OverviewRow.segment).where(OverviewRow.day >= since).group_by(OverviewRow.segment)
    return list(connection.scalars(query.order_by(func.sum(OverviewRow.n).desc(), OverviewRow.segment)))


def journey_ids(connection: Connection) -> dict[str, int]:
    """Code of each journey by its key."""
    return {key: int(number) for key, number in connection.execute(select(JourneyRow.key, JourneyRow.id))}


def families(connection: Connection) -> dict[int, tuple[str, str]]:
    """Bit of each family → (key, name)."""
    rows = connection.execute(select(FamilyRow.id, FamilyRow.key, FamilyRow.name))
    return {int(number): (key, name) for number, key, name in rows}
