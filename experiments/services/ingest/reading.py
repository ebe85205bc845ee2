"""From one item on the wire to one event ready to be stored, or to the reason why not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import msgspec
from msgspec import UNSET

from experiments.domain.environment import Environment
from experiments.domain.ids import content_id, hash_id, message_id
from experiments.domain.source import SourceKind
from experiments.services.ingest.clock import check_age, happened_at
from experiments.services.ingest.contexts import settle
from experiments.services.ingest.identity import Check, take_identity
from experiments.services.ingest.limits import Limits
from experiments.services.ingest.privacy import (
    CONTROL,
    Scrubber,
    is_plain,
    keep_context,
    keep_traits,
    raw_ids,
    without_query,
)
from experiments.services.ingest.refusal import RefusalError
from experiments.services.ingest.wire import NO_CONTEXT, Context, Item, canonical, decode
from experiments.store.codes import EVENT_TYPE
from experiments.store.new_event import NewEvent

ORDER_EVENTS = frozenset({"Order Completed", "Order Refunded", "Order Cancelled"})
_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class SourceInfo:
    """Who sends."""

    id: int
    key: str
    kind: SourceKind
    environment: Environment


@dataclass(frozen=True, slots=True)
class Delivery:
    """What all items of one request share.

    Args:
        received: µs, the server's clock when the request came.
        default_type: type of items that do not say theirs.
        sent_at: the sender's clock at sending, for items that do not bring their own.
        user_agent: of the request where it comes from the visitor's own browser, else "".
        is_signed: tells whether the shop signed a customer id; None for a sender whose word is enough.
        trusted: False for a browser key, which is public: nobody may claim a contact for an agent with it.
    """

    source_id: int
    id_key: bytes
    received: int
    limits: Limits
    default_type: str | None = None
    sent_at: str | None = None
    user_agent: str = ""
    is_signed: Check | None = None
    trusted: bool = True


class Identity(NamedTuple):
    """Hashes of one message: its own, and of whom it tells."""

    event_id: bytes
    visitor: int | None
    customer: int | None
    agent: int | None = None


def read(raw: bytes, delivery: Delivery) -> NewEvent:
    """The event of one item.

    Raises:
        RefusalError: with reason and field.
    """
    limits = delivery.limits
    item = decode(raw, limits)
    item.verified = take_identity(item, delivery.is_signed)
    settle(item, limits.consent, delivery.user_agent)
    item.type = item.type or delivery.default_type
    identity = identify(item, raw, delivery)
    agent = agent_id_of(item.properties)
    plain = is_plain(raw, limits, item.user_id, item.anonymous_id, agent)
    ids = () if plain else raw_ids(item.user_id, item.anonymous_id, agent)
    scrubber = Scrubber(ids, delivery.id_key, limits, plain=plain)
    return build(item, identity, scrubber, delivery, now=delivery.received)


def identify(item: Item, raw: bytes, delivery: Delivery) -> Identity:
    """Hash what names the message and its people; a message without an id gets one from its content."""
    if item.message_id:
        event_id = message_id(delivery.source_id, item.message_id)
    else:
        event_id = content_id(delivery.source_id, canonical(raw), delivery.id_key)
    visitor = hash_id("visitor", item.anonymous_id, delivery.id_key)
    agent = hash_id("agent", agent_id_of(item.properties), delivery.id_key) if delivery.trusted else None
    return Identity(event_id, visitor, hash_id("customer", item.user_id, delivery.id_key), agent)


def agent_id_of(properties: Any) -> str | None:
    """The id of who handled it, as `properties.agent_id` tells; anything but a text is none."""
    stated = properties.get("agent_id") if isinstance(properties, dict) else None
    return stated if isinstance(stated, str) else None


def build(item: Item, identity: Identity, scrubber: Scrubber, delivery: Delivery, *, now: int) -> NewEvent:
    """Check the item as of `now` and put the event together; the ids are hashes already."""
    limits = delivery.limits
    kind = EVENT_TYPE.get(item.type or "")
    if kind is None:
        raise RefusalError("unknown_type", "type", f"type must be one of {', '.join(EVENT_TYPE)}.")
    name = _name(item, limits)
    if identity.visitor is None and identity.customer is None and identity.agent is None:
        raise RefusalError("no_id", "anonymousId", "anonymousId or userId must be a filled string.")
    if item.type == "track":
        _check_order(item, name, limits)
    at, raw_time = happened_at(item.timestamp, _sent(item, delivery), delivery.received)
    check_age(at, now, limits)
    body = _body(item, scrubber)
    who = identity.visitor, identity.customer
    told = scrubber.masked(name)  # names of events and pages are kept beyond the event itself
    return NewEvent(identity.event_id, delivery.source_id, kind, told, at, raw_time, *who, body, identity.agent)


def _sent(item: Item, delivery: Delivery) -> str | None:
    """The sender's clock at sending; None where a tool in between has corrected the time by it already.

    Such a tool passes an event on minutes or days later, and a second correction would shift it by all of that.
    """
    passed_on = item.received_at is not None and item.original_timestamp is not None
    return None if passed_on else item.sent_at or delivery.sent_at


def _name(item: Item, limits: Limits) -> str:
    field = "event" if item.type == "track" else "name"
    name = ((item.event if item.type == "track" else item.name) or "").strip()
    if item.type == "track" and not name:
        raise RefusalError("no_event", "event", "event must name what happened.")
    if len(name) > limits.max_name:
        raise RefusalError("too_long", field, f"{field} has {len(name)} characters, at most {limits.max_name} fit.")
    if CONTROL.search(name):
        raise RefusalError("bad_text", field, f"{field} holds control characters.")
    return name


def _check_order(item: Item, name: str, limits: Limits) -> None:
    """What an order needs to be counted once, and to be money we can add."""
    if name not in ORDER_EVENTS:
        return
    properties = item.properties or {}
    order_id = properties.get("order_id")
    if not isinstance(order_id, str) or not order_id.strip():
        raise RefusalError("no_order_id", "properties.order_id", "properties.order_id must be a filled string.")
    currency = properties.get("currency")
    if limits.currency and isinstance(currency, str) and currency.strip().upper() != limits.currency:
        raise RefusalError("other_currency", "properties.currency", f"properties.currency must be {limits.currency}.")


def _body(item: Item, scrubber: Scrubber) -> str:
    body: dict[str, Any] = {}
    if item.properties:
        body["properties"] = scrubber.mapping(item.properties, "properties")
    if item.traits and (traits := keep_traits(item.traits)):
        body["traits"] = scrubber.mapping(traits, "traits")
    if item.context is not None and (context := _context(item.context, scrubber)):
        body["context"] = context
    if isinstance(item.verified, bool):
        body["verified"] = item.verified
    return _encode(body).decode()


def _context(told: Context | dict[str, Any], scrubber: Scrubber) -> Context | dict[str, Any] | None:
    if not isinstance(told, Context):
        kept = keep_context(told)
        return scrubber.mapping(kept, "context") if kept else None
    if told == NO_CONTEXT:
        return None
    if not scrubber.plain:
        return scrubber.mapping(msgspec.to_builtins(told), "context")
    if told.page is not UNSET and told.page.path is not UNSET:
        told.page.path = without_query(told.page.path)
    return told
