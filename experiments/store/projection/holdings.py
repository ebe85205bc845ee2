"""What customers hold: full statements of `identify`, additions by orders."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, case

from experiments.store.events import StoredEvent
from experiments.store.projection.body import Body
from experiments.store.projection.catalogue import Catalogue, ProductCode, SourceCode
from experiments.store.projection.facts import Fact, Flaw, Ignored, Reading
from experiments.store.tables import HoldingRow
from experiments.store.upserts import dialect_insert

_KEY = ("customer", "as_of", "product_id", "source_id")
_NO_PRODUCT = ProductCode(0, 0, 0, False)


def read(event: StoredEvent, body: Body, source: SourceCode, catalogue: Catalogue) -> Iterator[Reading]:
    """A marker row and one row per product; nothing at all while one of the products is unknown.

    A statement without a product the customer has would call its next sale a cross-sale; unknown is honest.
    """
    stated = body.traits.get("holdings")
    if stated is None:
        return
    if not source.trusted:
        yield Ignored("untrusted_holdings")
        return
    if event.customer is None:
        yield Ignored("holdings_of_nobody")
        return
    products = _products(stated, catalogue)
    if isinstance(products, Flaw):
        yield products
        return
    for product in [_NO_PRODUCT, *products]:
        yield Fact(HoldingRow, holding_row(event, event.customer, product, source, complete=True))


def holding_row(
    event: StoredEvent, customer: int, product: ProductCode, source: SourceCode, *, complete: bool
) -> dict[str, Any]:
    """One line of a statement as of the event."""
    return {
        "customer": customer,
        "as_of": event.occurred_at,
        "product_id": product.id,
        "source_id": event.source_id,
        "complete": complete,
        "received_at": event.received_at,
        "independent": source.complete,
        "family_id": product.family_id,
        "tier": product.tier,
    }


def write(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Insert; one told twice was known from when it was first received, and is complete if either says so."""
    merged: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in rows:
        key = tuple(row[name] for name in _KEY)
        other = merged.get(key, row)
        merged[key] = {
            **row,
            "received_at": min(row["received_at"], other["received_at"]),
            "complete": row["complete"] or other["complete"],
        }
    statement = dialect_insert(connection, HoldingRow)
    new = statement.excluded
    earlier = case((new.received_at < HoldingRow.received_at, new.received_at), else_=HoldingRow.received_at)
    changes = {
        "received_at": earlier,
        "complete": case((new.complete, new.complete), else_=HoldingRow.complete),
        "independent": new.independent,
    }
    statement = statement.on_conflict_do_update(index_elements=_KEY, set_=changes)
    connection.execute(statement, list(merged.values()))


def _products(stated: Any, catalogue: Catalogue) -> list[ProductCode] | Flaw:
    if not isinstance(stated, list):
        return Flaw("bad_holdings", "traits.holdings", "holdings must be a list of product keys.")
    found: dict[int, ProductCode] = {}
    for index, told in enumerate(stated):
        key = told.get("product") if isinstance(told, dict) else told
        product = catalogue.products.get(key) if isinstance(key, str) else None
        if product is None:
            message = f"holdings holds {key!r}, which is not in the catalogue."[:500]
            return Flaw("unknown_product", f"traits.holdings[{index}]", message)
        found.update((part.id, part) for part, _ in product.parts)
    return list(found.values())
