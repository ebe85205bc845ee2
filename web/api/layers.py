"""Layers of tests that exclude each other."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields

from experiments.services import catalogue, describe
from experiments.services.clock import now_us
from experiments.services.fields import Fields, placed
from web.api.document import blueprint, body, described, read, write
from web.api.schemas import page, page_of
from web.auth import current_actor

bp = blueprint("layers", "Tests of one layer exclude each other.")


class LayerSchema(Schema):
    """A layer; the holdout is the share of units kept out of all its tests."""

    key = fields.String(required=True)
    name = fields.String(required=True)
    holdout = fields.Float()


@bp.get("/layers")
@bp.response(200, page_of(LayerSchema))
def list_layers() -> Any:
    """Every layer."""
    with read() as session:
        return page([describe.layer(layer) for layer in catalogue.all_layers(session)])


@bp.post("/layers")
@bp.doc(**described(LayerSchema))
@bp.response(201, LayerSchema)
def add_layer() -> Any:
    """Add a layer."""
    given = Fields(body(), "", ("key", "name", "holdout"))
    wanted: dict[str, Any] = {
        "key": given.text("key"),
        "name": given.text("name"),
        "holdout": given.number("holdout", 0.0),
    }
    with placed("", "layer"), write() as session:
        return describe.layer(catalogue.add_layer(session, current_actor(), now_us(), **wanted))
