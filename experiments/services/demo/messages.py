"""Events as the demo's shop, back office, CRM and nightly import send them."""

from __future__ import annotations

from typing import Any, NamedTuple

from experiments.services.demo.company import BACKEND, CRM, OFFLINE, PRICE, SHOP
from experiments.services.demo.people import People, customer_id, visitor_id
from netlift.result import Result

Item = dict[str, Any]
WEB = {"library": {"name": "netlift-js", "version": "1.0.0"}}
#: Families of browsers by the end of their share.
BROWSERS = {"Chrome": 0.58, "Safari": 0.83, "Edg": 0.91, "Firefox": 0.97, "other": 1.0}
APP = {"app": {"name": "Polder", "version": "7.2"}}


class Message(NamedTuple):
    """One item on its way.

    Args:
        received: µs; when it reaches the service.
        sender: key of the source that sends it.
    """

    received: int
    sender: str
    item: Item


def exposure(
    at: int, stamp: str, number: int, properties: dict[str, Any], *, page: str | None, message_id: str
) -> Message:
    """`Experiment Viewed`, from the web shop's pages or the app."""
    context = APP if page is None else {**WEB, "page": {"path": page}}
    item = _both_ids(number) | {"type": "track", "event": "Experiment Viewed", "context": context}
    if page is not None:
        properties = properties | _browser(number)
    return Message(at, SHOP, item | {"messageId": message_id, "timestamp": stamp, "properties": properties})


def desk_exposure(
    at: int, stamp: str, number: int, properties: dict[str, Any], channel: str, message_id: str
) -> Message:
    """`Experiment Viewed`, from the desk's own server: the agent sees what to offer."""
    told = properties | {"channel": channel}
    return tracked(at, BACKEND, stamp, number, "Experiment Viewed", told, f"desk-{message_id}")


def decided(key: str, result: Result, *, suppressed: bool = False) -> dict[str, Any]:
    """Properties of the exposure of what was decided."""
    told = {
        "experiment_id": key,
        "variation_id": result.variant,
        "phase": result.phase,
        "config_version": result.config_version,
        "reason": result.reason,
        "unit": "customer",
    }
    return told | ({"suppressed": True} if suppressed else {})


def _browser(number: int) -> dict[str, Any]:
    """The browser of a person, and whether it had forgotten its id since the last visit, as Safari does within days."""
    place = number * 2_654_435_761 % 2**32 / 2**32  # spread over [0, 1)
    browser = next(name for name, edge in BROWSERS.items() if place < edge)
    new = place * 1000 % 1 < (0.38 if browser == "Safari" else 0.11)
    return {"browser": browser} | ({"new_id": True} if new else {})


def page_view(at: int, stamp: str, number: int, path: str, message_id: str) -> Message:
    """A page of the web shop, seen by somebody who is signed in."""
    item = _both_ids(number) | {"type": "page", "context": WEB, "properties": {"path": path}}
    return Message(at, SHOP, item | {"messageId": message_id, "timestamp": stamp})


def sign_in(at: int, stamp: str, number: int, message_id: str) -> Message:
    """The back office vouches for it that this browser is this customer's."""
    item = _both_ids(number) | {"type": "identify", "traits": {}}
    return Message(at, BACKEND, item | {"messageId": message_id, "timestamp": stamp})


def statement(at: int, stamp: str, number: int, people: People) -> Message:
    """What the CRM knows of a customer's products."""
    traits = {"holdings": people.holdings(number)}
    item = {"type": "identify", "userId": customer_id(number), "traits": traits}
    return Message(at, CRM, item | {"messageId": f"crm-{number:06d}", "timestamp": stamp})


def order(at: int, received: int, stamp: str, number: int, order_id: str, product: str, channel: str) -> Message:
    """A sale: of the web and the app from the back office at once, of phone and store from the nightly import."""
    online = channel in ("web", "app")
    item = (_both_ids(number) if online else {"userId": customer_id(number)}) | _order(order_id, product, channel)
    sender = BACKEND if online else OFFLINE
    return Message(at if online else received, sender, item | {"messageId": f"{sender}-{order_id}", "timestamp": stamp})


def order_page(at: int, stamp: str, number: int, order_id: str, product: str) -> Message:
    """The same sale as the browser tells it on the thank-you page; the back office's word counts."""
    item = {"anonymousId": visitor_id(number), "context": WEB} | _order(order_id, product, "web")
    return Message(at, SHOP, item | {"messageId": f"page-{order_id}", "timestamp": stamp})


def refund(at: int, stamp: str, number: int, order_id: str) -> Message:
    """The whole order is given back."""
    item = {"type": "track", "event": "Order Refunded", "userId": customer_id(number), "timestamp": stamp}
    return Message(at, BACKEND, item | {"messageId": f"refund-{order_id}", "properties": {"order_id": order_id}})


def tracked(
    received: int, sender: str, stamp: str, number: int, event: str, properties: dict[str, Any], message_id: str
) -> Message:
    """Anything else that happened to a customer: a contact, an answer."""
    item = {"type": "track", "event": event, "userId": customer_id(number), "properties": properties}
    return Message(received, sender, item | {"messageId": message_id, "timestamp": stamp})


def _both_ids(number: int) -> Item:
    return {"anonymousId": visitor_id(number), "userId": customer_id(number)}


def _order(order_id: str, product: str, channel: str) -> Item:
    line = {"product_id": product, "quantity": 1, "price": PRICE[product]}
    properties = {"order_id": order_id, "channel": channel, "products": [line]}
    return {"type": "track", "event": "Order Completed", "properties": properties}
