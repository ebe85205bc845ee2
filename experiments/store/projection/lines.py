"""Lines of an order as they are told: product, quantity, money."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from hashlib import blake2b
from typing import Any, NamedTuple

from experiments.domain.bundle import divide
from experiments.domain.holding import Relation
from experiments.domain.stated import relation_of_word
from experiments.store.codes import RELATION_CODE, STATED_UNREAD
from experiments.store.projection.body import number_of, whole_of
from experiments.store.projection.catalogue import Catalogue, Price, ProductCode
from experiments.store.projection.facts import Flaw

MAX_QUANTITY = 10_000
#: Minor units per month; with the longest months and the largest quantity the money still fits 64 bits.
MAX_PRICE = 10**9
#: Minor units in one major unit of money.
MINOR = 100
#: Line ids that are no small number are hashed to above this, so that the two never meet.
_HASHED_FROM = 1 << 32
_MAX_LINE = 100_000


class Line(NamedTuple):
    """One line; money in minor units: `revenue` per month × quantity, `margin` over the product's months × quantity.

    `stated` is the code of the relation that the sender states, 0 for none; for the components of a bundle always 0,
    because what is said of the bundle need not hold for each of them.
    """

    line: int
    product: ProductCode
    quantity: int
    revenue: int
    margin: int
    stated: int = 0


def read_lines(properties: dict[str, Any], at: int, catalogue: Catalogue) -> Iterator[Line | Flaw]:
    """Every line of a completed order; one with a flaw does not hold up the others."""
    products = properties.get("products")
    if not isinstance(products, list) or not products:
        yield Flaw("no_lines", "properties.products", "products must hold at least one line.")
        return
    numbers = line_numbers(products)
    for index, told in enumerate(products):
        stated = stated_relation(told, properties.get("relation"))
        yield from _lines(told, numbers[index], f"properties.products[{index}]", at, catalogue, stated)


def line_numbers(products: list[Any]) -> list[int]:
    """What tells the lines apart: `line_id`, else the place; the places where the ids are not distinct."""
    numbers = [_line_number(told, index) for index, told in enumerate(products)]
    return numbers if len(set(numbers)) == len(numbers) else list(range(len(products)))


def product_of(told: Any, field: str, catalogue: Catalogue) -> ProductCode | Flaw:
    """The product of a line by its key."""
    key = told.get("product_id") if isinstance(told, dict) else None
    product = catalogue.products.get(key) if isinstance(key, str) else None
    if product is None:
        message = f"product_id == {key!r}, is not in the catalogue."[:500]
        return Flaw("unknown_product", f"{field}.product_id", message)
    return product


def stated_relation(told: Any, of_order: Any = None) -> int:
    """Code of the relation that the line states, else the whole order; "unknown" states nothing."""
    word = told.get("relation") if isinstance(told, dict) else None
    word = of_order if word in (None, "") else word
    if word in (None, ""):
        return 0
    relation = relation_of_word(word) if isinstance(word, str) else None
    if relation is Relation.UNKNOWN:
        return 0
    return STATED_UNREAD if relation is None else RELATION_CODE[relation]


def _lines(told: Any, number: int, field: str, at: int, catalogue: Catalogue, stated: int) -> Iterator[Line | Flaw]:
    """One line, or one per component of a bundle."""
    product = product_of(told, field, catalogue)
    if isinstance(product, Flaw):
        yield product
        return
    quantity = whole_of(told.get("quantity", 1), low=1, high=MAX_QUANTITY)
    if quantity is None:
        yield Flaw("bad_quantity", f"{field}.quantity", f"quantity must be a whole number, 1 to {MAX_QUANTITY}.")
        return
    listed = product.price_at(at)
    if listed is None:
        yield Flaw("no_price", f"{field}.product_id", "The product has no price in the catalogue.")
        return
    price = listed.price if told.get("price") is None else minor_units(told["price"])
    discount = 0 if told.get("discount") is None else minor_units(told["discount"])
    if price is None or discount is None:
        yield Flaw("bad_price", field, "price and discount must be amounts per month, not below 0 and not absurd.")
        return
    if product.components:
        yield from _bundle(product, Line(number, product, quantity, price, discount), listed, at)
        return
    # definitions §3: the margin shrinks by the discount per month; the price is kept as it was told.
    margin = ((listed.margin - discount) * listed.months + listed.one_off) * quantity
    yield Line(number, product, quantity, price * quantity, margin, stated)


def _bundle(product: ProductCode, told: Line, listed: Price, at: int) -> Iterator[Line | Flaw]:
    """A line per component; `told` has price and discount of one bundle.

    What the bundle's margin is below that of its components, and what it earns once, is divided by their list prices.
    """
    parts = [(part, count, part.price_at(at)) for part, count in product.components]
    prices = [(part, count, price) for part, count, price in parts if price is not None]
    if len(prices) < len(parts):
        yield Flaw("no_price", "properties.products", "A component of the bundle has no price in the catalogue.")
        return
    weights = [price.price * count for _, count, price in prices]
    loss = sum(price.margin * count for _, count, price in prices) - listed.margin + told.margin
    shares = zip(*(divide(amount, weights) for amount in (told.revenue, loss, listed.one_off)), strict=True)
    for place, ((part, count, price), (revenue, less, once)) in enumerate(zip(prices, shares, strict=True)):
        margin = (price.margin * count - less) * price.months + once
        number = told.line if place == 0 else _hashed(f"{told.line}/{place}")
        yield Line(number, part, count * told.quantity, revenue * told.quantity, margin * told.quantity)


def minor_units(amount: Any) -> int | None:
    """An amount in major units, as number or text, in minor units; halves go up."""
    number = number_of(amount)
    if number is None or not 0 <= number * MINOR <= MAX_PRICE:
        return None
    return int((Decimal(str(amount).strip()) * MINOR).quantize(Decimal(1), ROUND_HALF_UP))


def _line_number(told: Any, index: int) -> int:
    stated = told.get("line_id", told.get("lineId")) if isinstance(told, dict) else None
    if stated is None:
        return index
    number = whole_of(stated, low=0, high=_MAX_LINE - 1)
    if number is not None:
        return number
    return _hashed(str(stated))


def _hashed(text: str) -> int:
    digest = blake2b(text.encode("utf-8", "replace"), digest_size=8).digest()
    return _HASHED_FROM + (int.from_bytes(digest, "big") >> 2)
