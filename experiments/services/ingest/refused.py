"""What is kept of an item that was refused: enough to see why and to replay it, and no raw id."""

from __future__ import annotations

from typing import Any

import msgspec

from experiments.domain.ids import content_id, hash_id, message_id
from experiments.services.ingest import consent, traffic
from experiments.services.ingest.identity import verdict
from experiments.services.ingest.privacy import Scrubber, keep_context, keep_traits, raw_ids
from experiments.services.ingest.reading import Delivery, agent_id_of
from experiments.services.ingest.refusal import RefusalError
from experiments.services.ingest.wire import canonical, decode_loosely
from experiments.store.quarantine import SetAside

_STATED = ("type", "event", "name", "timestamp", "sentAt", "originalTimestamp", "receivedAt")


def stated_message_id(raw: bytes) -> str | None:
    """The messageId for the answer to its sender; None where there is none to speak of."""
    stated = decode_loosely(raw).get("messageId")
    return stated[:1_000] if isinstance(stated, str) and stated else None


def set_aside(raw: bytes, refusal: RefusalError, delivery: Delivery) -> SetAside:
    """The row of the quarantine: readable parts only, ids hashed, long texts cut; without consent a count alone."""
    item = decode_loosely(raw)
    if not consent.is_allowed(item.get("context"), delivery.limits.consent):
        return consent.counted(delivery.source_id)
    stated, key = item.get("messageId"), delivery.id_key
    named = isinstance(stated, str) and stated
    event_id = (
        message_id(delivery.source_id, str(stated)) if named else content_id(delivery.source_id, canonical(raw), key)
    )
    agent = agent_id_of(item.get("properties"))
    ids = raw_ids(item.get("userId"), item.get("anonymousId"), agent)
    scrubber = Scrubber(ids, key, delivery.limits, strict=False)
    fits = len(raw) <= delivery.limits.max_item_bytes
    return SetAside(
        event_id,
        delivery.source_id,
        refusal.reason,
        refusal.field,
        refusal.message,
        hash_id("visitor", item.get("anonymousId"), key),
        hash_id("customer", item.get("userId"), key),
        _body(event_id, _parts(item, delivery) if fits else {}, scrubber),
        hash_id("agent", agent, key) if delivery.trusted else None,
    )


def _event_id(item: dict[str, Any], raw: bytes, delivery: Delivery) -> bytes:
    stated = item.get("messageId")
    if isinstance(stated, str) and stated:
        return message_id(delivery.source_id, stated)
    return content_id(delivery.source_id, canonical(raw), delivery.id_key)


def _parts(item: dict[str, Any], delivery: Delivery) -> dict[str, Any]:
    parts: dict[str, Any] = {"type": delivery.default_type, "sentAt": delivery.sent_at}
    parts |= {name: item[name] for name in _STATED if item.get(name)}
    context = item.get("context")
    identity = context.get("identity") if isinstance(context, dict) else None
    parts["verified"] = verdict(item.get("userId"), identity, delivery.is_signed)
    item = {**item, "context": _context(item, delivery)}
    for name, keep in (("properties", dict), ("traits", keep_traits), ("context", keep_context)):
        value = item.get(name)
        parts[name] = keep(value) if isinstance(value, dict) else value
    return {name: value for name, value in parts.items() if value}


def _context(item: dict[str, Any], delivery: Delivery) -> Any:
    """With the mark of bots and of internal traffic, because the User-Agent is gone when the item is replayed."""
    context, *others = (item.get(name) for name in ("context", "properties", "traits"))
    if context is not None and not isinstance(context, dict):
        return context
    properties, traits = (part if isinstance(part, dict) else None for part in others)
    return traffic.marked(context, properties, traits, delivery.user_agent)


def _body(event_id: bytes, parts: dict[str, Any], scrubber: Scrubber) -> str:
    return msgspec.json.encode({"id": event_id.hex(), "item": scrubber.mapping(parts, "item", depth=0)}).decode()
