"""Products, and what they cost and earn from which instant on."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from experiments.domain.product import Product
from experiments.store.catalogue.rows import add_new, by_key, required
from experiments.store.tables import FamilyRow, ProductPriceRow, ProductRow


def save(session: Session, product: Product, valid_from: int) -> None:
    """Add a product or change it; a changed price, margin or duration is a new line of its history.

    The first line of a new product is valid since ever, so that sales told later of earlier days have a value.
    """
    family = required(by_key(session, FamilyRow, FamilyRow.key, product.family), "family", product.family)
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


def _save_price(session: Session, product_id: int, product: Product, valid_from: int) -> None:
    latest = _prices(session, valid_from).get(product_id)
    worth = (product.price, product.margin, product.months)
    if latest is not None and (latest.price, latest.margin, latest.months) == worth:
        return
    session.merge(
        ProductPriceRow(
            product_id=product_id,
            valid_from=valid_from,
            price=product.price,
            margin=product.margin,
            months=product.months,
        )
    )
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
        price=price.price,
        margin=price.margin,
        months=price.months,
        multiple=row.multiple,
    )
