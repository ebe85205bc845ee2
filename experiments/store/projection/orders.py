"""`Order Completed` → claims about order lines, and products that trusted customers now hold; refunds take back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from experiments.store.events import StoredEvent
from experiments.store.projection.body import Body, agent_of, channel_code, whole_of
from experiments.store.projection.catalogue import Catalogue, SourceCode
from experiments.store.projection.facts import Fact, Flaw, Reading
from experiments.store.projection.holdings import holding_row
from experiments.store.projection.lines import MAX_QUANTITY, Line, product_of, read_lines
from experiments.store.tables import HoldingRow, OrderClaimRow, RefundRow

#: More than the lines that fit into an item; the later components of a bundle are numbered above them.
PLACES = 1_600


def read_completed(event: StoredEvent, body: Body, source: SourceCode, catalogue: Catalogue) -> Iterator[Reading]:
    """One claim per line; from a trusted source also what the customer holds from the order on."""
    order_key = order_key_of(body.properties)
    if isinstance(order_key, Flaw):
        yield order_key
        return
    channel = channel_code(body, source)
    for line in read_lines(body.properties, event.occurred_at, catalogue):
        if isinstance(line, Flaw):
            yield line
            continue
        yield Fact(OrderClaimRow, _claim(event, order_key, line, source, channel))
        if source.trusted and event.customer is not None:
            added = holding_row(event, event.customer, line.product, source, complete=False)
            yield Fact(HoldingRow, added)


def read_refunded(event: StoredEvent, body: Body, source: SourceCode, catalogue: Catalogue) -> Iterator[Reading]:
    """What is taken back: the named products, or with none named the whole order."""
    order_key = order_key_of(body.properties)
    if isinstance(order_key, Flaw):
        yield order_key
        return
    products = body.properties.get("products")
    if not products:
        yield Fact(RefundRow, _refund(event, source, order_key, 0, 0, 0))
        return
    if not isinstance(products, list):
        yield Flaw("bad_lines", "properties.products", "products must be a list.")
        return
    for index, told in enumerate(products):
        field = f"properties.products[{index}]"
        product = product_of(told, field, catalogue)
        if isinstance(product, Flaw):
            yield product
            continue
        quantity = 0 if told.get("quantity") is None else whole_of(told["quantity"], low=1, high=MAX_QUANTITY)
        if quantity is None:
            yield Flaw("bad_quantity", f"{field}.quantity", f"quantity must be a whole number, 1 to {MAX_QUANTITY}.")
            continue
        for place, (part, count) in enumerate(product.parts):
            number = index + PLACES * place  # stays what it is when another line is mended later
            yield Fact(RefundRow, _refund(event, source, order_key, number, part.id, quantity * count))


def order_key_of(properties: dict[str, Any]) -> int | Flaw:
    """The order's 64-bit hash, which the 202 path stored in place of its id."""
    stated = properties.get("order_id")
    try:
        key = int(stated) if isinstance(stated, str) else None
    except ValueError:
        key = None
    if key is None or not -(2**63) <= key < 2**63:
        return Flaw("bad_order_id", "properties.order_id", "order_id is no hash of an order.")
    return key


def _claim(event: StoredEvent, order_key: int, line: Line, source: SourceCode, channel: int) -> dict[str, Any]:
    product = line.product
    return {
        "order_key": order_key,
        "line": line.line,
        "event_id": event.id,
        "seq": event.seq,
        "at": event.occurred_at,
        "received_at": event.received_at,
        "source_id": event.source_id,
        "rank": source.rank,
        "visitor": event.visitor,
        "customer": event.customer,
        "channel": channel,
        "product_id": product.id,
        "family_id": product.family_id,
        "tier": product.tier,
        "multiple": product.multiple,
        "quantity": line.quantity,
        "revenue": line.revenue,
        "margin": line.margin,
        "agent": agent_of(event, source),
        "stated_relation": line.stated,
    }


def _refund(
    event: StoredEvent, source: SourceCode, order_key: int, part: int, product_id: int, quantity: int
) -> dict[str, Any]:
    return {
        "seq": event.seq,
        "part": part,
        "order_key": order_key,
        "product_id": product_id,
        "quantity": quantity,
        "at": event.occurred_at,
        "received_at": event.received_at,
        "source_id": event.source_id,
        "rank": source.rank,
    }
