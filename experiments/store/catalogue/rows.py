"""What all nouns share: find a row by its key, add one that must be new."""

from __future__ import annotations

from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import InstrumentedAttribute, Session

from experiments.domain.checks import storable
from experiments.domain.errors import ConflictError, NotFoundError
from experiments.store.tables import Base

R = TypeVar("R", bound=Base)


def by_key(session: Session, table: type[R], column: InstrumentedAttribute[str], key: str) -> R | None:
    """The row whose unique column holds the key; a text that no database could hold finds nothing."""
    if not storable(key):
        return None
    return session.scalars(select(table).where(column == key)).one_or_none()


def required(row: R | None, noun: str, key: object) -> R:
    """The row, or NotFoundError."""
    if row is None:
        raise NotFoundError(noun, key)
    return row


def add_new(session: Session, row: Any, noun: str, key: str) -> None:
    """Add a row whose key must be free, whoever else is adding at the same moment.

    Raises:
        ConflictError: `exists`.
    """
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError as error:
        raise ConflictError(f"{noun}.key == {key!r}, exists already.", f"{noun}.key", code="exists") from error
