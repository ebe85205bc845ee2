"""What other systems call our products."""

from __future__ import annotations

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from experiments.domain.errors import ConflictError
from experiments.store.catalogue.rows import by_key, required
from experiments.store.tables import ProductAliasRow, ProductRow


def save(session: Session, alias: str, product: str) -> None:
    """Let a name stand for a product from now on.

    Raises:
        NotFoundError: the product does not exist.
        ConflictError: the name is the key of a product itself.
    """
    row = required(by_key(session, ProductRow, ProductRow.key, product), "product", product)
    if by_key(session, ProductRow, ProductRow.key, alias) is not None:
        raise ConflictError(f"alias == {alias!r}, is the key of a product.", "alias")
    session.merge(ProductAliasRow(alias=alias, product_id=row.id))
    session.flush()


def forget(session: Session, alias: str) -> bool:
    """Remove a name; whether there was one."""
    row = session.get(ProductAliasRow, alias)
    if row is None:
        return False
    session.execute(delete(ProductAliasRow).where(ProductAliasRow.alias == alias))
    return True


def all_aliases(session: Session) -> dict[str, str]:
    """Key of the product by name, sorted."""
    query = select(ProductAliasRow.alias, ProductRow.key).join(ProductRow, ProductRow.id == ProductAliasRow.product_id)
    return dict(session.execute(query.order_by(ProductAliasRow.alias)).all())
