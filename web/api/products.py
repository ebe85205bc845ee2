"""The product catalogue."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields

from experiments.domain.product import Component, Family, Product
from experiments.services import catalogue, describe
from experiments.services.clock import from_iso, now_us
from experiments.services.fields import Fields
from web.api.document import blueprint, body, described, read, write
from web.api.schemas import page, page_of
from web.auth import current_actor

bp = blueprint("products", "Families, tiers, and what a sale is worth.")

#: What a changed product may say; `key` and `value` are what was read before and are ignored.
PRODUCT = (
    "key", "name", "family", "tier", "price", "margin", "months", "multiple", "one_off", "held_discount", "retention",
    "replaces", "components", "value", "valid_from",
)  # fmt: skip


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


class FamilySchema(Schema):
    """A group of products of which a customer usually needs one."""

    key = fields.String()
    name = fields.String(required=True)


class ChangedProductSchema(ProductSchema):
    """A product with the instant from which price, margin and months hold; now where it is left out."""

    valid_from = fields.String()


class AliasSchema(Schema):
    """A name that another system uses for a product."""

    alias = fields.String()
    product = fields.String(required=True)


@bp.put("/products/<key>")
@bp.doc(**described(ChangedProductSchema))
@bp.response(200, ProductSchema)
def save_product(key: str) -> Any:
    """Add a product or change it; sales before `valid_from` keep what held on their day."""
    given = Fields(body(), "", PRODUCT)
    valid_from = from_iso(given.text("valid_from"), "valid_from") if given.has("valid_from") else None
    product = Product(
        key=key,
        name=given.text("name"),
        family=given.text("family"),
        tier=given.whole("tier"),
        price=given.whole("price"),
        margin=given.whole("margin"),
        months=given.whole("months"),
        multiple=given.flag("multiple", False),
        one_off=given.whole("one_off", 0),
        held_discount=given.whole("held_discount", 0),
        retention=given.whole("retention", 0),
        replaces=given.texts("replaces"),
        components=tuple(_component(item, path) for path, item in given.items("components")),
    )
    with write() as session:
        catalogue.save_product(session, current_actor(), now_us(), product, valid_from=valid_from)
    return describe.product(product)


@bp.get("/families")
@bp.response(200, page_of(FamilySchema))
def list_families() -> Any:
    """Every family by key."""
    with read() as session:
        return page([describe.family(family) for family in catalogue.all_families(session)])


@bp.put("/families/<key>")
@bp.doc(**described(FamilySchema))
@bp.response(200, FamilySchema)
def save_family(key: str) -> Any:
    """Add a family or change its name."""
    family = Family(key, Fields(body(), "", ("key", "name")).text("name"))
    with write() as session:
        catalogue.save_family(session, current_actor(), now_us(), family)
    return describe.family(family)


@bp.get("/product-aliases")
@bp.response(200, page_of(AliasSchema))
def list_aliases() -> Any:
    """Names of products in other systems."""
    with read() as session:
        found = catalogue.all_aliases(session)
    return page([{"alias": alias, "product": product} for alias, product in found.items()])


@bp.put("/product-aliases/<key>")
@bp.doc(**described(AliasSchema))
@bp.response(200, AliasSchema)
def save_alias(key: str) -> Any:
    """Let a name stand for a product; what waits for it can be replayed then."""
    product = Fields(body(), "", ("alias", "product")).text("product")
    with write() as session:
        catalogue.save_alias(session, current_actor(), now_us(), key, product)
    return {"alias": key, "product": product}


@bp.delete("/product-aliases/<key>")
@bp.response(200, AliasSchema)
def forget_alias(key: str) -> Any:
    """Forget a name; facts that came of it stay."""
    with write() as session:
        product = catalogue.all_aliases(session).get(key, "")
        catalogue.forget_alias(session, current_actor(), now_us(), key)
    return {"alias": key, "product": product}


def _component(item: Any, path: str) -> Component:
    given = Fields(item, path, ("product", "quantity"))
    return Component(given.text("product"), given.whole("quantity", 1))
