"""Products, and what they cost and earn from which instant on."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from experiments.domain.errors import DomainError, NotFoundError
from experiments.domain.product import Component, Product
from experiments.store.catalogue.rows import add_new, by_key, required
from experiments.store.tables import FamilyRow, ProductPriceRow, ProductRow

#: What changes over time, as the fields of a product and the columns of `product_price` are both called.
WORTH = ("price", "margin", "months", "held_discount", "one_off", "retention")


def save(session: Session, product: Product, valid_from: int) -> None:
    """Add a product or change it; a changed price, margin or duration is a new line of its history.

    The first line of a new product is valid since ever, so that sales told later of earlier days have a value.

    Raises:
        NotFoundError: family, a replaced product or a component does not exist.
        DomainError: `nested_bundle`, a component is a bundle itself or this product is part of one.
    """
    family = required(by_key(session, FamilyRow, FamilyRow.key, product.family), "family", product.family)
    _check_others(session, product)
    row = by_key(session, ProductRow, ProductRow.key, product.key)
    if row is None:
        row = ProductRow(key=product.key)
        _fill(row, product, family.id)
        add_new(session, row, "product", product.key)
        valid_from = 0
    else:
        _fill(row, product, family.id)
    _save_price(session, row.id, product, valid_from)


def find(session: Session, key: str, at: int | None = None) -> Product | None:
    """The product as it was at an instant; None = now and announced."""
    row = by_key(session, ProductRow, ProductRow.key, key)
    return next(iter(_products(session, [row], at)), None) if row else None


def all_products(session: Session, at: int | None = None) -> tuple[Product, ...]:
    """Every product by family, tier and key, as it was at an instant."""
    found = _products(session, session.scalars(select(ProductRow)), at)
    return tuple(sorted(found, key=lambda product: (product.family, product.tier, product.key)))


def names(session: Session) -> dict[str, str]:
    """The name of each product, by key."""
    return dict(session.execute(select(ProductRow.key, ProductRow.name)).all())


def ids(session: Session) -> dict[str, int]:
    """The code of each product in the fact tables."""
    return dict(session.execute(select(ProductRow.key, ProductRow.id)).all())


def price_history(session: Session, key: str) -> tuple[tuple[int, Product], ...]:
    """(valid from, the product from then on), oldest first."""
    row = required(by_key(session, ProductRow, ProductRow.key, key), "product", key)
    family = session.scalars(select(FamilyRow.key).where(FamilyRow.id == row.family_id)).one()
    prices = session.scalars(
        select(ProductPriceRow).where(ProductPriceRow.product_id == row.id).order_by(ProductPriceRow.valid_from)
    )
    return tuple((price.valid_from, _product(row, family, price)) for price in prices)


def _fill(row: ProductRow, product: Product, family_id: int) -> None:
    row.name = product.name
    row.family_id = family_id
    row.tier = product.tier
    row.multiple = product.multiple
    row.replaces = list(product.replaces)
    row.components = [[part.product, part.quantity] for part in product.components]


def _check_others(session: Session, product: Product) -> None:
    if not product.replaces and not product.components:
        return
    parts = [part.product for part in product.components]
    known: dict[str, list[list[str | int]]] = dict(session.execute(select(ProductRow.key, ProductRow.components)).all())
    for key in (*product.replaces, *parts):
        if key not in known:
            raise NotFoundError("product", key)
    nested = [key for key in parts if known[key]]
    inside = [key for key, its in known.items() if parts and any(part == product.key for part, _ in its)]
    if nested or inside:
        first = (nested or inside)[0]
        message = f"product.components of {product.key!r} and of {first!r}: a bundle cannot be part of a bundle."
        raise DomainError("nested_bundle", message, "product.components")


def _save_price(session: Session, product_id: int, product: Product, valid_from: int) -> None:
    latest = _prices(session, valid_from).get(product_id)
    worth = {name: getattr(product, name) for name in WORTH}
    if latest is not None and {name: getattr(latest, name) for name in WORTH} == worth:
        return
    session.merge(ProductPriceRow(product_id=product_id, valid_from=valid_from, **worth))
    session.flush()


def _prices(session: Session, at: int | None) -> dict[int, ProductPriceRow]:
    """The line of each product that holds at an instant."""
    newest = select(ProductPriceRow.product_id, func.max(ProductPriceRow.valid_from).label("valid_from")).group_by(
        ProductPriceRow.product_id
    )
    if at is not None:
        newest = newest.where(ProductPriceRow.valid_from <= at)
    last = newest.subquery()
    rows = session.scalars(
        select(ProductPriceRow).join(
            last,
            (ProductPriceRow.product_id == last.c.product_id) & (ProductPriceRow.valid_from == last.c.valid_from),
        )
    )
    return {row.product_id: row for row in rows}


def _products(session: Session, rows: Iterable[ProductRow], at: int | None) -> Iterable[Product]:
    prices = _prices(session, at)
    families = dict(session.execute(select(FamilyRow.id, FamilyRow.key)).all())
    return [_product(row, families[row.family_id], prices[row.id]) for row in rows]


def _product(row: ProductRow, family: str, price: ProductPriceRow) -> Product:
    return Product(
        key=row.key,
        name=row.name,
        family=family,
        tier=row.tier,
        multiple=row.multiple,
        replaces=tuple(row.replaces),
        components=tuple(Component(key, quantity) for key, quantity in row.components),
        **{name: getattr(price, name) for name in WORTH},
    )
