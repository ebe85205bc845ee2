"""Layers of experiments that exclude each other."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from experiments.domain.layer import Layer
from experiments.store.catalogue.rows import add_new, by_key, required
from experiments.store.tables import LayerRow


def add(session: Session, layer: Layer) -> None:
    """Add a layer; its salt never changes afterwards."""
    row = LayerRow(key=layer.key, name=layer.name, salt=layer.salt, holdout=layer.holdout)
    add_new(session, row, "layer", layer.key)


def change(session: Session, key: str, *, name: str, holdout: float) -> None:
    """Change name and holdout."""
    row = required(by_key(session, LayerRow, LayerRow.key, key), "layer", key)
    row.name, row.holdout = name, holdout
    session.flush()


def find(session: Session, key: str) -> Layer | None:
    """The layer with this key."""
    row = by_key(session, LayerRow, LayerRow.key, key)
    return None if row is None else _layer(row)


def lock(session: Session, key: str) -> None:
    """Let no other transaction launch into this layer until this one ends."""
    row = session.scalars(select(LayerRow).where(LayerRow.key == key).with_for_update()).one_or_none()
    required(row, "layer", key)


def all_layers(session: Session) -> tuple[Layer, ...]:
    """Every layer, by key."""
    return tuple(_layer(row) for row in session.scalars(select(LayerRow).order_by(LayerRow.key)))


def _layer(row: LayerRow) -> Layer:
    return Layer(row.key, row.name, row.salt, row.holdout)
