"""Saved mappings of columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from experiments.store.catalogue.rows import by_key
from experiments.store.tables import MappingRow


@dataclass(frozen=True, slots=True)
class Mapping:
    """A mapping under a name; `picked_up` where the worker looks for its files in the folder."""

    name: str
    holds: str
    spec: dict[str, Any]
    picked_up: bool
    changed_at: int
    who: str


def save(session: Session, mapping: Mapping) -> None:
    """Add a mapping or replace the one of this name."""
    row = by_key(session, MappingRow, MappingRow.name, mapping.name) or MappingRow(name=mapping.name)
    for name in ("holds", "spec", "picked_up", "changed_at", "who"):
        setattr(row, name, getattr(mapping, name))
    session.add(row)
    session.flush()


def find(session: Session, name: str) -> Mapping | None:
    """The mapping of this name."""
    row = by_key(session, MappingRow, MappingRow.name, name)
    return None if row is None else _mapping(row)


def all_mappings(session: Session) -> list[Mapping]:
    """Every mapping, by name."""
    return [_mapping(row) for row in session.scalars(select(MappingRow).order_by(MappingRow.name))]


def delete(session: Session, name: str) -> bool:
    """Remove a mapping; whether there was one."""
    row = by_key(session, MappingRow, MappingRow.name, name)
    if row is None:
        return False
    session.delete(row)
    session.flush()
    return True


def _mapping(row: MappingRow) -> Mapping:
    return Mapping(row.name, row.holds, row.spec, row.picked_up, row.changed_at, row.who)
