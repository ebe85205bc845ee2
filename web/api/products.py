"""The product catalogue."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields

from experiments.services import catalogue, describe
from web.api.document import blueprint, read
from web.api.schemas import page, page_of

bp = blueprint("products", "Families, tiers, and what a sale is worth.")


class ComponentSchema(Schema):
    """A part of a bundle."""

    product = fields.String(required=True)
    quantity = fields.Integer()


class ProductSchema(Schema):
    """A product; price, margin and value in minor units."""

    key = fields.String()
    name = fields.String()
    family = fields.String()
    tier = fields.Integer()
    price = fields.Integer(metadata={"description": "Per month, in minor units."})
    margin = fields.Integer(metadata={"description": "Per month, in minor units."})
    months = fields.Integer(metadata={"description": "Expected months a customer keeps it."})
    multiple = fields.Boolean()
    one_off = fields.Integer(metadata={"description": "Margin earned once at the sale, in minor units."})
    held_discount = fields.Integer(metadata={"description": "Margin per month that held products lose, minor units."})
    retention = fields.Integer(metadata={"description": "Value of a renewal, in minor units."})
    replaces = fields.List(fields.String())
    components = fields.List(fields.Nested(ComponentSchema))
    value = fields.Integer(metadata={"description": "Margin over the expected months, in minor units."})


@bp.get("/products")
@bp.response(200, page_of(ProductSchema))
def list_products() -> Any:
    """Every product by family, tier and key."""
    with read() as session:
        return page([describe.product(product) for product in catalogue.all_products(session)])
