"""The stored body of an event, and the values that many kinds of events share."""

from __future__ import annotations

import math
from typing import Any

import msgspec

from experiments.domain.channel import Channel
from experiments.store.codes import CHANNEL_CODE
from experiments.store.events import StoredEvent
from experiments.store.projection.catalogue import SourceCode

UNKNOWN_CHANNEL = 0
#: Our own words, and those of the Segment libraries for where they run.
_CHANNELS = {channel.value: channel for channel in Channel} | {"browser": Channel.WEB, "mobile": Channel.APP}
_NOT_A_CHANNEL = frozenset({"", "server"})
MAX_AMOUNT = 10**12


class Body(msgspec.Struct):
    """Properties of a track or page call, traits of an identify call, and what was kept of the context.

    `verified` is True where a browser brought the customer's id with the signature of the shop.
    """

    properties: dict[str, Any] = {}
    traits: dict[str, Any] = {}
    context: dict[str, Any] = {}
    verified: bool = False


decode_body = msgspec.json.Decoder(Body).decode


def channel_code(body: Body, source: SourceCode) -> int:
    """Code of the channel that is stated; a browser key without a word of it is web, or app inside an app.

    A word we do not know is `other`; 0 means that nobody said.
    """
    for part in (body.properties, body.context):
        stated = part.get("channel")
        word = stated.strip().lower() if isinstance(stated, str) else ""
        if word not in _NOT_A_CHANNEL:
            return CHANNEL_CODE[_CHANNELS.get(word, Channel.OTHER)]
    if source.trusted:
        return UNKNOWN_CHANNEL
    return CHANNEL_CODE[Channel.APP if body.context.get("app") else Channel.WEB]


def agent_of(event: StoredEvent, source: SourceCode) -> int | None:
    """Hash of the agent who handled it; a browser key is public, so its word counts for nothing."""
    return event.agent if source.trusted else None


def number_of(value: Any) -> float | None:
    """A finite number of a sensible size, also written as text; None for everything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) and abs(number) <= MAX_AMOUNT else None


def whole_of(value: Any, *, low: int, high: int) -> int | None:
    """A whole number inside its bounds; None for everything else."""
    number = number_of(value)
    if number is None or number != int(number) or not low <= number <= high:
        return None
    return int(number)


def last_64_bits(event_id: bytes) -> int:
    """The key of a fact that is no order: the half of the message's id that is always a hash.

    The first half of the ids of our own SDKs is time and run of the sender, the same for all messages of seconds.
    """
    return int.from_bytes(event_id[8:], "big", signed=True)
