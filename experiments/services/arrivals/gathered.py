"""The facts that hints are read from: bounded reads of the last hour, and of the last day for what is refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from statistics import median

from sqlalchemy.orm import Session

from experiments.domain.source import SourceKind
from experiments.services.arrivals.places import Reading, readings
from experiments.services.arrivals.seen import VIEWED
from experiments.services.arrivals.senders import Sender, senders
from experiments.services.clock import DAY, MINUTE
from experiments.store import arrivals, reach

HOUR = 60 * MINUTE
#: Newest events whose clocks are compared with ours.
CLOCKS = 500


@dataclass(frozen=True)
class Gathered:
    """What the hints rest on.

    Args:
        senders: sources by code.
        accepted: events of the last hour by (source, type, name).
        refused: items of the last hour not mended since, by (source, reason).
        unknown_products: order lines and holdings of the last day whose product nobody knows.
        skews: µs by which a source's clock is ahead, the median of its newest events.
        selling: kinds of the sources that sent the newest sales.
        readings: how widely variants are read.
    """

    senders: Mapping[int, Sender]
    accepted: Mapping[tuple[int, str, str], int] = field(default_factory=dict)
    refused: Mapping[tuple[int, str], int] = field(default_factory=dict)
    unknown_products: int = 0
    skews: Mapping[int, int] = field(default_factory=dict)
    selling: frozenset[SourceKind] = frozenset()
    readings: tuple[Reading, ...] = ()

    def events(self, *, call: str = "", name: str = "", kind: SourceKind | None = None) -> int:
        """Events of the last hour that fit; `call` is the type of the event."""
        return sum(
            count
            for (source, its_type, its_name), count in self.accepted.items()
            if call in ("", its_type) and name in ("", its_name) and self._is(source, kind)
        )

    @property
    def exposures(self) -> int:
        """Exposures that browsers and apps sent in the last hour."""
        return self.events(name=VIEWED, kind=SourceKind.CLIENT)

    def _is(self, source: int, kind: SourceKind | None) -> bool:
        return kind is None or (source in self.senders and self.senders[source].kind is kind)


def gather(session: Session, now: int, place: str = "") -> Gathered:
    """Read what the hints need; `place` is the part of the site where a change is seen, where somebody says so."""
    connection, known = session.connection(), senders(session)
    since = now - HOUR
    day = arrivals.refusals(connection, now - DAY)
    kinds = {known[source].kind for source in reach.selling_sources(connection) if source in known}
    return Gathered(
        senders=known,
        accepted=arrivals.per_kind(connection, since),
        refused=arrivals.refusals(connection, since),
        unknown_products=sum(count for (_, reason), count in day.items() if reason == "unknown_product"),
        skews=_skews(arrivals.newest(connection, arrivals.Wanted(since, limit=CLOCKS))),
        selling=frozenset(kinds),
        readings=readings(session, since, place),
    )


def _skews(rows: list[arrivals.Arrived]) -> dict[int, int]:
    by_source: dict[int, list[int]] = {}
    for row in rows:
        if row.raw_time is not None:
            by_source.setdefault(row.source_id, []).append(row.raw_time - row.occurred_at)
    return {source: round(median(found)) for source, found in by_source.items()}
