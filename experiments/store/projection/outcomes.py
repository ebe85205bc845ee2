"""Contacts, survey answers and custom events → outcomes that are no sale."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from experiments.domain.metric import EventKind
from experiments.store.codes import KIND_CODE
from experiments.store.events import StoredEvent
from experiments.store.projection import names
from experiments.store.projection.body import Body, agent_of, channel_code, last_64_bits, number_of
from experiments.store.projection.catalogue import SourceCode
from experiments.store.projection.facts import Fact, Flaw, Reading
from experiments.store.tables import OutcomeRow

MAX_SECONDS = 1_000_000
MAX_NAME = 200
ANSWERS = ("csat", "nps")


def read_contact(event: StoredEvent, body: Body, source: SourceCode) -> Iterator[Reading]:
    """A contact: handle seconds; the offer made as its name, 1 as its number where it was accepted."""
    stated = body.properties.get("handle_seconds")
    seconds = 0.0 if stated is None else number_of(stated)
    if seconds is None or not 0 <= seconds <= MAX_SECONDS:
        message = f"handle_seconds must be a number from 0 to {MAX_SECONDS}."
        yield Flaw("bad_seconds", "properties.handle_seconds", message)
        return
    offer = body.properties.get("offer")
    name = offer if isinstance(offer, str) else "offer" if offer is True else ""
    accepted = float(body.properties.get("accepted") is True)
    yield _outcome(event, body, source, EventKind.CONTACT, name=name, seconds=round(seconds), number=accepted)


def read_survey(event: StoredEvent, body: Body, source: SourceCode) -> Iterator[Reading]:
    """One outcome per answer, named csat or nps."""
    given = [(name, body.properties.get(name)) for name in ANSWERS]
    answers = [(name, number) for name, value in given if (number := number_of(value)) is not None]
    if not answers:
        yield Flaw("no_answer", "properties.csat", "csat or nps must be a number.")
    for line, (name, number) in enumerate(answers):
        yield _outcome(event, body, source, EventKind.SURVEY, name=name, number=number, line=line)


def read_custom(event: StoredEvent, body: Body, source: SourceCode) -> Iterator[Reading]:
    """Any other event under its own name, with `value` as its number."""
    number = number_of(body.properties.get("value")) or 0.0
    yield _outcome(event, body, source, EventKind.CUSTOM, name=event.name, number=number)


def _outcome(
    event: StoredEvent,
    body: Body,
    source: SourceCode,
    kind: EventKind,
    *,
    name: str,
    seconds: int = 0,
    number: float = 0.0,
    line: int = 0,
) -> Reading:
    row: dict[str, Any] = {
        "order_key": last_64_bits(event.id),
        "line": line,
        "kind": KIND_CODE[kind],
        "name": (names.SURVEY if kind is EventKind.SURVEY else names.EVENT, name.replace("\x00", "")[:MAX_NAME]),
        "at": event.occurred_at,
        "received_at": event.received_at,
        "source_id": event.source_id,
        "rank": source.rank,
        "seq": event.seq,
        "visitor": event.visitor,
        "customer": event.customer,
        "channel": channel_code(body, source),
        "seconds": seconds,
        "number": number,
        "agent": agent_of(event, source),
    }
    return Fact(OutcomeRow, row)
