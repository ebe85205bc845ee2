"""Product families."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from experiments.domain.product import Family
from experiments.store.catalogue.rows import add_new, by_key
from experiments.store.tables import FamilyRow


def save(session: Session, family: Family) -> None:
    """Add a family, or change its name."""
    row = by_key(session, FamilyRow, FamilyRow.key, family.key)
    if row is None:
        add_new(session, FamilyRow(key=family.key, name=family.name), "family", family.key)
    else:
        row.name = family.name


def find(session: Session, key: str) -> Family | None:
    """The family with this key."""
    row = by_key(session, FamilyRow, FamilyRow.key, key)
    return None if row is None else Family(row.key, row.name)


def all_families(session: Session) -> tuple[Family, ...]:
    """Every family, by key."""
    rows = session.scalars(select(FamilyRow).order_by(FamilyRow.key))
    return tuple(Family(row.key, row.name) for row in rows)


def ids(session: Session) -> dict[str, int]:
    """The code of each family in the fact tables."""
    return dict(session.execute(select(FamilyRow.key, FamilyRow.id)).all())
