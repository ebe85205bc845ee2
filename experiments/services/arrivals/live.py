"""The newest events and refusals that fit a question, with what came per minute and from which SDK."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from experiments.domain.environment import Environment
from experiments.domain.errors import DomainError
from experiments.services.arrivals.seen import Event, Refusal, event_of, refusal_of
from experiments.services.arrivals.senders import Sender, senders
from experiments.services.clock import MINUTE, to_iso
from experiments.store import arrivals
from experiments.store.codes import EVENT_TYPE

MOST_MINUTES = 60
MOST_ROWS = 200
#: Newest events whose library is read for the table of SDKs.
SDK_SAMPLE = 500


@dataclass(frozen=True)
class Asked:
    """Which part of the stream to show.

    Args:
        minutes: how far back, 1 to 60.
        environment: only keys of it; None = both.
        source: key of a source; empty = all.
        type: "track", "page" or "identify"; empty = all.
        name: exact name of the event; empty = all.
        rows: longest list, 1 to 200.

    Raises:
        DomainError: a bound is broken, or the type is none.
    """

    minutes: int = 15
    environment: Environment | None = None
    source: str = ""
    type: str = ""
    name: str = ""
    rows: int = 50

    def __post_init__(self) -> None:
        """Check the bounds."""
        for field, value, most in (("minutes", self.minutes, MOST_MINUTES), ("rows", self.rows, MOST_ROWS)):
            if not 1 <= value <= most:
                raise DomainError("out_of_range", f"{field} == {value}, must be between 1 and {most}.", field)
        if self.type and self.type not in EVENT_TYPE:
            raise DomainError(
                "unknown_choice", f"type == {self.type!r}, must be one of {', '.join(EVENT_TYPE)}.", "type"
            )


@dataclass(frozen=True)
class Minute:
    """What came in one minute of the server's clock (µs of its beginning)."""

    at: int
    accepted: int
    refused: int


@dataclass(frozen=True)
class Sdk:
    """A library among the newest events, with how many of them it sent."""

    name: str
    events: int


@dataclass(frozen=True)
class Live:
    """What arrived.

    Args:
        at: µs, the moment of the answer.
        minutes: every minute of the stretch, oldest first, of the sources asked for.
        complete: False where more came than is counted, so that the oldest minutes are too low.
        names: names of events to choose from.
    """

    at: int
    asked: Asked
    events: tuple[Event, ...]
    refusals: tuple[Refusal, ...]
    minutes: tuple[Minute, ...]
    complete: bool
    sdks: tuple[Sdk, ...]
    senders: tuple[Sender, ...]
    names: tuple[str, ...]

    @property
    def accepted(self) -> int:
        """Events counted in the stretch."""
        return sum(minute.accepted for minute in self.minutes)

    @property
    def refused(self) -> int:
        """Refused items counted in the stretch."""
        return sum(minute.refused for minute in self.minutes)

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready form."""
        return {
            "at": to_iso(self.at),
            "events": [event.to_dict() for event in self.events],
            "refused": [refusal.to_dict() for refusal in self.refusals],
            "minutes": [
                {"at": to_iso(minute.at), "accepted": minute.accepted, "refused": minute.refused}
                for minute in self.minutes
            ],
            "complete": self.complete,
            "sdks": [{"name": sdk.name, "events": sdk.events} for sdk in self.sdks],
        }


def live(session: Session, asked: Asked, now: int) -> Live:
    """The newest of what arrived; a source that is not known has sent nothing."""
    connection, known = session.connection(), senders(session)
    since = (now // MINUTE - asked.minutes + 1) * MINUTE
    chosen = _chosen(known, asked)
    wanted = arrivals.Wanted(since, chosen, EVENT_TYPE.get(asked.type), asked.name, asked.rows)
    rows = arrivals.newest(connection, wanted)
    sample = rows if len(rows) < asked.rows else arrivals.newest(connection, _sampled(since, chosen))
    refused = arrivals.refused(connection, since, chosen, MOST_ROWS)
    counted = arrivals.per_minute(connection, since)
    events = tuple(event_of(row, known) for row in rows)
    return Live(
        at=now,
        asked=asked,
        events=events,
        refusals=tuple(refusal_of(row, known) for row in refused[: asked.rows]),
        minutes=_minutes(since, asked.minutes, _of(counted, chosen), refused),
        complete=sum(counted.values()) < arrivals.COUNTED,
        sdks=_sdks([event_of(row, known) for row in sample]),
        senders=tuple(sorted(known.values(), key=lambda sender: (sender.environment.value, sender.name))),
        names=tuple(arrivals.names(connection, since)),
    )


def _chosen(known: dict[int, Sender], asked: Asked) -> tuple[int, ...] | None:
    if not asked.source and asked.environment is None:
        return None
    return tuple(
        sender.id
        for sender in known.values()
        if asked.source in ("", sender.key) and asked.environment in (None, sender.environment)
    )


def _sampled(since: int, chosen: tuple[int, ...] | None) -> arrivals.Wanted:
    return arrivals.Wanted(since, chosen, limit=SDK_SAMPLE)


def _of(counted: dict[tuple[int, int], int], chosen: tuple[int, ...] | None) -> Counter[int]:
    found: Counter[int] = Counter()
    for (minute, source), count in counted.items():
        if chosen is None or source in chosen:
            found[minute] += count
    return found


def _minutes(since: int, count: int, accepted: Counter[int], refused: list[arrivals.Refused]) -> tuple[Minute, ...]:
    fallen = Counter(row.last_seen // MINUTE for row in refused)
    first = since // MINUTE
    return tuple(Minute(at * MINUTE, accepted.get(at, 0), fallen.get(at, 0)) for at in range(first, first + count))


def _sdks(events: list[Event]) -> tuple[Sdk, ...]:
    counted = Counter(event.sdk for event in events if event.sdk)
    return tuple(Sdk(name, number) for name, number in counted.most_common())
