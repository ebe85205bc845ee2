"""The shape of an item on the wire (Segment), decoded strictly and one by one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from experiments.services.ingest.limits import Limits
from experiments.services.ingest.mending import decode_mended
from experiments.services.ingest.refusal import RefusalError

_PATH = re.compile(r"at `\$\.([^`\[]+)")


class Item(msgspec.Struct, rename="camel"):
    """One track, identify or page call; fields we do not know are ignored."""

    type: str | None = None
    event: str | None = None
    name: str | None = None
    anonymous_id: str | None = None
    user_id: str | None = None
    message_id: str | None = None
    timestamp: str | None = None
    sent_at: str | None = None
    context: dict[str, Any] | None = None
    properties: dict[str, Any] | None = None
    traits: dict[str, Any] | None = None
    #: what a tool between the shop and us adds; any type, because nothing of it is kept
    original_timestamp: Any = None
    received_at: Any = None
    #: whether the shop signed `userId`; never what the sender says, but what was found out
    verified: Any = None


class Program(msgspec.Struct, gc=False):
    """What sent the event, or the app it happened in."""

    name: str | UnsetType = UNSET
    version: str | UnsetType = UNSET


class Place(msgspec.Struct, gc=False):
    """The page of the event."""

    path: str | UnsetType = UNSET


class Consent(msgspec.Struct, rename="camel", gc=False):
    """What the person agreed to, as Segment writes it."""

    category_preferences: dict[str, bool] = {}


class Context(msgspec.Struct, rename="camel"):
    """What is kept of a context in its usual shape; the decoder skips the rest without making objects of it.

    `user_agent` and `internal` are read for the mark in `traffic`, `identity` for `verified`; none is ever stored.
    """

    library: Program | UnsetType = UNSET
    app: Program | UnsetType = UNSET
    page: Place | UnsetType = UNSET
    channel: str | UnsetType = UNSET
    consent: bool | Consent | UnsetType = UNSET
    traffic: str | UnsetType = UNSET
    user_agent: str | UnsetType | None = UNSET
    internal: bool | UnsetType | None = UNSET
    identity: Any = UNSET


class UsualItem(Item):
    """An item whose context has the usual shape."""

    context: Context | None = None  # type: ignore[assignment]


NO_CONTEXT = Context()
_USUAL = msgspec.json.Decoder(UsualItem)
_ITEM = msgspec.json.Decoder(Item)
_ANY = msgspec.json.Decoder()
#: What differs between two sendings of one message.
_RESTAMPED = frozenset({"sentAt", "writeKey", "receivedAt"})


def as_json(item: bytes | Mapping[str, Any]) -> bytes:
    """The item as JSON; a mapping (an import, a replay) goes the same way as what came over HTTP."""
    if type(item) is msgspec.Raw or not isinstance(item, Mapping):
        return bytes(item)
    try:
        return msgspec.json.encode(item)
    except (TypeError, ValueError, RecursionError):
        raise RefusalError("unreadable", "", "The item cannot be written as JSON.") from None


def decode(raw: bytes, limits: Limits) -> Item:
    """The typed item; the first field of a wrong type is named."""
    if len(raw) > limits.max_item_bytes:
        raise RefusalError("too_large", "", f"The item has {len(raw)} bytes, at most {limits.max_item_bytes} fit.")
    try:
        return _USUAL.decode(raw)
    except (ValueError, RecursionError):
        return _decode_general(raw)


def _decode_general(raw: bytes) -> Item:
    try:
        return decode_mended(_ITEM, raw)
    except msgspec.ValidationError as error:
        found = _PATH.search(str(error))
        field = found.group(1).rstrip(".") if found else ""
        raise RefusalError("wrong_type", field, f"{field or 'The item'} has the wrong type.") from None
    except ValueError:
        raise RefusalError("unreadable", "", "The item is no valid JSON.") from None


def decode_loosely(raw: bytes) -> dict[str, Any]:
    """Whatever can be read of an item that was refused; {} where that is nothing."""
    try:
        value = decode_mended(_ANY, raw)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def canonical(raw: bytes) -> bytes:
    """The content of an item without what each sending stamps anew, keys sorted: equal for a message sent again."""
    value = decode_loosely(raw)
    if not value:
        return raw
    return msgspec.json.encode({key: value[key] for key in value if key not in _RESTAMPED}, order="sorted")
