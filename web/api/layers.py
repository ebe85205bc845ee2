"""Layers of tests that exclude each other."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields

from experiments.domain.layer import Layer
from experiments.services import catalogue, describe
from experiments.services.clock import now_us
from experiments.services.fields import Fields, placed
from web.api import tags
from web.api.document import blueprint, body, described, read, write
from web.api.listing import Listing, listed
from web.api.schemas import key_field, name_field, within
from web.auth import current_actor

bp = blueprint("layers", "Tests of one layer exclude each other.")


class LayerSchema(Schema):
    """A layer; the holdout is the share of units kept out of all its tests."""

    key = key_field(required=True)
    name = name_field(required=True)
    holdout = fields.Float(metadata=within(0, 0.5))


class ChangedLayerSchema(Schema):
    """Name and holdout; the key in the body is what was read and is ignored."""

    key = key_field()
    name = name_field(required=True)
    holdout = fields.Float(required=True, metadata=within(0, 0.5))


LAYERS: Listing[Layer] = Listing(
    LayerSchema,
    describe.layer,
    unique=lambda layer: layer.key,
    orders={"key": lambda layer: layer.key, "name": lambda layer: layer.name.casefold()},
    usual="key",
    searched=lambda layer: (layer.key, layer.name),
)


@listed(bp, "/layers", LAYERS)
def list_layers() -> Any:
    """Every layer."""
    with read() as session:
        return LAYERS.answer(catalogue.all_layers(session))


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


@bp.get("/layers/<key>")
@bp.response(200, LayerSchema)
def show_layer(key: str) -> Any:
    """One layer."""
    with read() as session:
        return tags.tagged(describe.layer(catalogue.layer_by_key(session, key)))


@bp.put("/layers/<key>")
@bp.doc(**described(ChangedLayerSchema))
@bp.doc(tagged=True)
@bp.response(200, LayerSchema)
def change_layer(key: str) -> Any:
    """Change name and holdout; the holdout only while nothing in the layer is launched or rolled out."""
    given = Fields(body(), "", ("key", "name", "holdout"))
    wanted: dict[str, Any] = {"name": given.text("name"), "holdout": given.number("holdout")}
    with placed("", "layer"), write() as session:
        tags.check(describe.layer(catalogue.layer_by_key(session, key)))
        return tags.tagged(describe.layer(catalogue.change_layer(session, current_actor(), now_us(), key, **wanted)))
