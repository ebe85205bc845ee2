"""Raw events → facts, each event for itself, without touching the database."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence

import msgspec

from experiments.store.codes import EVENT_TYPE
from experiments.store.events import StoredEvent
from experiments.store.projection import (
    contacts,
    exposures,
    holdings,
    links,
    marks,
    orders,
    outcomes,
    pages,
    qualifications,
)
from experiments.store.projection.body import Body, decode_body
from experiments.store.projection.catalogue import Catalogue, SourceCode
from experiments.store.projection.facts import Fact, Facts, Flaw, Ignored, Reading
from experiments.store.quarantine import SetAside

_log = logging.getLogger(__name__)
#: Reason of an event that the projection itself failed on.
FAILED = "failed"
_FAILED = Flaw(FAILED, "", "The projection failed on this event; see the log.")
REASONS = (
    FAILED,
    "bad_holdings",
    "bad_lines",
    "bad_order_id",
    "bad_price",
    "bad_qualifies",
    "bad_quantity",
    "bad_seconds",
    "bad_severity",
    "no_answer",
    "no_lines",
    "no_path",
    "no_price",
    "no_unit",
    "unknown_experiment",
    "unknown_phase",
    "unknown_product",
    "unknown_source",
    "unknown_variant",
)


def gather(events: Sequence[StoredEvent], catalogue: Catalogue) -> Facts:
    """Everything the events yield; one that fails is set aside and holds up no other."""
    facts = Facts()
    failures = []
    for event in events:
        try:
            readings = _readings(event, catalogue)
        except Exception as error:  # whatever it is, the events behind it must not wait for ever
            failures.append(error)
            readings = [_FAILED]
        facts.add(reading for reading in readings if isinstance(reading, Fact))
        facts.ignored.update((event.source_id, item.reason) for item in readings if isinstance(item, Ignored))
        facts.set_aside += [_set_aside(event, flaw) for flaw in readings if isinstance(flaw, Flaw)]
    if failures:
        _log.error("%s events could not be projected; the first:", len(failures), exc_info=failures[0])
    return facts


def set_all_aside(events: Sequence[StoredEvent], _catalogue: Catalogue) -> Facts:
    """No facts, for events whose facts the database refuses."""
    facts = Facts()
    facts.set_aside += [_set_aside(event, _FAILED) for event in events]
    return facts


def _readings(event: StoredEvent, catalogue: Catalogue) -> list[Reading]:
    source = catalogue.sources.get(event.source_id)
    if source is None:
        return [Flaw("unknown_source", "source", f"source == {event.source_id}, does not exist.")]
    if source.test:
        return [Ignored("test_environment")]
    return list(_read(event, decode_body(event.body), source, catalogue))


def _read(event: StoredEvent, body: Body, source: SourceCode, catalogue: Catalogue) -> Iterator[Reading]:
    if body.verified and event.type != EVENT_TYPE["identify"]:  # the shop's signature links in any event
        yield from links.read(event, body, source)
    yield from marks.read(event, body, source)
    if "agent_id" in body.properties and not source.trusted:
        yield Ignored("untrusted_agent")
    if event.type == EVENT_TYPE["page"]:
        yield from pages.read(event, body, source)
    elif event.type == EVENT_TYPE["identify"]:
        yield from links.read(event, body, source)
        yield from holdings.read(event, body, source, catalogue)
        yield from qualifications.read(event, body, source)
    elif event.name == "Experiment Viewed":
        yield from exposures.read(event, body, source, catalogue)
    elif event.name == "Order Completed":
        yield from orders.read_completed(event, body, source, catalogue)
    elif event.name in ("Order Refunded", "Order Cancelled"):
        yield from orders.read_refunded(event, body, source, catalogue)
    elif event.name == "Contact Handled":
        yield from outcomes.read_contact(event, body, source)
        yield from contacts.read(event, body, source)
    elif event.name == "Survey Answered":
        yield from outcomes.read_survey(event, body, source)
    else:
        yield from outcomes.read_custom(event, body, source)


def _set_aside(event: StoredEvent, flaw: Flaw) -> SetAside:
    """The reference finds the raw event again when it is replayed; the item is there to be looked at."""
    item = {"event": event.name, "body": msgspec.Raw(event.body.encode())}
    body = msgspec.json.encode({"seq": event.seq, "receivedAt": event.received_at, "item": item}).decode()
    return SetAside(event.id, event.source_id, *flaw, event.visitor, event.customer, body, event.agent)
