"""A world with all that counts between gross and net: bundles, replaced products, prices that change, surveys."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta
from typing import Any

from tests.reference.world import START, Item, Message, World, make_items, make_world


def net_items() -> list[Item]:
    """The usual catalogue, with one of each trap."""
    items = {item.key: item for item in make_items()}
    week = START + timedelta(days=7)
    items["tv-2"] = replace(items["tv-2"], one_off=-900, held_discount=35)
    items["mobile-2"] = replace(items["mobile-2"], retention=777, changes=((week, 900, 20),))
    items["broadband-3"] = replace(items["broadband-3"], replaces=("tv-1", "mobile-1"), one_off=1_500)
    items["tv-3"] = replace(items["tv-3"], changes=((START - timedelta(days=3), 1_000, 30), (week, 1_400, 40)))
    parts = (("broadband-1", 1), ("tv-1", 2))
    items["duo"] = Item("duo", "broadband", 2, 2_801, 1_003, 24, False, one_off=501, components=parts)
    return list(items.values())


def make_net_world(seed: int, *, unit: str) -> World:
    """Events as in `make_world`, with channels of exposures, chats and answers added."""
    world = make_world(seed, unit=unit, items=net_items(), visitors=520, customers=240)
    rng = random.Random(1_000 + seed)
    bodies = {id(message.body): message.body for message in world.messages}
    for body in bodies.values():
        if body.get("event") == "Experiment Viewed":
            body["context"] = {"channel": rng.choice(["web", "app", "store"])}
            body["properties"]["suppressed"] = rng.random() < 0.2
        if body.get("event") == "Contact Handled" and rng.random() < 0.4:
            body["properties"]["channel"] = "chat"
    contacts = [message for message in world.messages if message.body.get("event") == "Contact Handled"]
    for number, message in enumerate(contacts):
        if rng.random() < 0.7:
            world.messages.append(_answer(rng, number, message))
    world.messages.sort(key=lambda message: message.received)
    return world


def _answer(rng: random.Random, number: int, contact: Message) -> Message:
    ids = {key: contact.body[key] for key in ("anonymousId", "userId") if key in contact.body}
    properties: dict[str, Any] = {"csat": rng.choice([1, 2, 3, 4, 5, 5]), "channel": rng.choice(["phone", "chat"])}
    if rng.random() < 0.2:
        properties["nps"] = 9
    body = {"type": "track", "event": "Survey Answered", "messageId": f"s{number}", "properties": properties, **ids}
    return Message("shop", contact.received, {**body, "timestamp": contact.body["timestamp"]})
