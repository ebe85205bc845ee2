"""The product catalogue."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields

from experiments.domain.product import (
    MAX_MONTHS,
    MAX_PARTS,
    MAX_PER_BUNDLE,
    MAX_PRICE,
    MAX_TIER,
    Component,
    Family,
    Product,
)
from experiments.services import catalogue, describe
from experiments.services.clock import from_iso, now_us
from experiments.services.fields import Fields
from web.api import tags
from web.api.document import blueprint, body, described, read, write
from web.api.listing import Filter, Listing, listed
from web.api.schemas import KEY_IN_PATH, distinct, key_field, name_field, within
from web.auth import current_actor

bp = blueprint("products", "Families, tiers, and what a sale is worth.")

#: What a changed product may say; `key` and `value` are what was read before and are ignored.
PRODUCT = (
    "key", "name", "family", "tier", "price", "margin", "months", "multiple", "one_off", "held_discount", "retention",
    "replaces", "components", "value", "valid_from",
)  # fmt: skip


_MONEY: dict[str, Any] = within(0, MAX_PRICE)
_SIGNED: dict[str, Any] = within(-MAX_PRICE, MAX_PRICE)
_MONTHS: dict[str, Any] = within(1, MAX_MONTHS) | {"description": "Expected months a customer keeps it."}


class ComponentSchema(Schema):
    """A part of a bundle."""

    product = key_field(required=True)
    quantity = fields.Integer(metadata=within(1, MAX_PER_BUNDLE))


class ProductSchema(Schema):
    """A product; price, margin and value in minor units."""

    key = key_field()
    name = name_field(required=True)
    family = key_field(required=True)
    tier = fields.Integer(required=True, metadata=within(1, MAX_TIER))
    price = fields.Integer(required=True, metadata=_MONEY | {"description": "Per month, in minor units."})
    margin = fields.Integer(required=True, metadata=_SIGNED | {"description": "Per month, at most the price."})
    months = fields.Integer(required=True, metadata=_MONTHS)
    multiple = fields.Boolean()
    one_off = fields.Integer(metadata=_SIGNED | {"description": "Margin earned once at the sale, in minor units."})
    held_discount = fields.Integer(metadata=_MONEY | {"description": "Margin per month that held products lose."})
    retention = fields.Integer(metadata=_MONEY | {"description": "Value of a renewal, in minor units."})
    replaces = distinct(key_field(), maxItems=MAX_PARTS, description="Other products.")
    components = fields.List(
        fields.Nested(ComponentSchema), metadata={"maxItems": MAX_PARTS, "description": "Other products, each once."}
    )
    value = fields.Integer(metadata={"description": "Margin over the expected months, in minor units."})


PRODUCTS: Listing[Product] = Listing(
    ProductSchema,
    describe.product,
    unique=lambda product: product.key,
    orders={
        "family": lambda product: (product.family, product.tier),
        "key": lambda product: product.key,
        "name": lambda product: product.name.casefold(),
        "price": lambda product: product.price,
        "value": lambda product: product.value,
    },
    usual="family",
    filters=(Filter("family", "Only products of this family.", lambda product: product.family),),
    searched=lambda product: (product.key, product.name),
)


@listed(bp, "/products", PRODUCTS)
def list_products() -> Any:
    """Every product by family, tier and key."""
    with read() as session:
        return PRODUCTS.answer(catalogue.all_products(session))


class FamilySchema(Schema):
    """A group of products of which a customer usually needs one."""

    key = key_field()
    name = name_field(required=True)


class ChangedProductSchema(ProductSchema):
    """A product with the instant from which price, margin and months hold; now where it is left out."""

    valid_from = fields.String(metadata={"format": "date-time"})


class AliasSchema(Schema):
    """A name that another system uses for a product."""

    alias = fields.String()
    product = key_field(required=True)


@bp.put("/products/<key>", parameters=KEY_IN_PATH)
@bp.doc(**described(ChangedProductSchema))
@bp.doc(tagged=True)
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
        known = next((each for each in catalogue.all_products(session) if each.key == key), None)
        tags.check(None if known is None else describe.product(known))
        catalogue.save_product(session, current_actor(), now_us(), product, valid_from=valid_from)
    return tags.tagged(describe.product(product))


@bp.get("/products/<key>")
@bp.response(200, ProductSchema)
def show_product(key: str) -> Any:
    """One product as it is sold today."""
    with read() as session:
        return tags.tagged(describe.product(catalogue.product_by_key(session, key)))


FAMILIES: Listing[Family] = Listing(
    FamilySchema,
    describe.family,
    unique=lambda family: family.key,
    orders={"key": lambda family: family.key, "name": lambda family: family.name.casefold()},
    usual="key",
    searched=lambda family: (family.key, family.name),
)
ALIASES: Listing[tuple[str, str]] = Listing(
    AliasSchema,
    lambda row: {"alias": row[0], "product": row[1]},
    unique=lambda row: row[0],
    orders={"alias": lambda row: row[0], "product": lambda row: row[1]},
    usual="alias",
    filters=(Filter("product", "Only names of this product.", lambda row: row[1]),),
    searched=lambda row: row,
)


@listed(bp, "/families", FAMILIES)
def list_families() -> Any:
    """Every family by key."""
    with read() as session:
        return FAMILIES.answer(catalogue.all_families(session))


@bp.put("/families/<key>", parameters=KEY_IN_PATH)
@bp.doc(**described(FamilySchema))
@bp.doc(tagged=True)
@bp.response(200, FamilySchema)
def save_family(key: str) -> Any:
    """Add a family or change its name."""
    family = Family(key, Fields(body(), "", ("key", "name")).text("name"))
    with write() as session:
        known = next((each for each in catalogue.all_families(session) if each.key == key), None)
        tags.check(None if known is None else describe.family(known))
        catalogue.save_family(session, current_actor(), now_us(), family)
    return tags.tagged(describe.family(family))


@listed(bp, "/product-aliases", ALIASES)
def list_aliases() -> Any:
    """Names of products in other systems."""
    with read() as session:
        return ALIASES.answer(catalogue.all_aliases(session).items())


@bp.put("/product-aliases/<key>")
@bp.doc(**described(AliasSchema))
@bp.doc(tagged=True)
@bp.response(200, AliasSchema)
def save_alias(key: str) -> Any:
    """Let a name stand for a product; what waits for it can be replayed then."""
    product = Fields(body(), "", ("alias", "product")).text("product")
    with write() as session:
        known = catalogue.all_aliases(session).get(key)
        tags.check(None if known is None else {"alias": key, "product": known})
        catalogue.save_alias(session, current_actor(), now_us(), key, product)
    return tags.tagged({"alias": key, "product": product})


@bp.delete("/product-aliases/<key>")
@bp.doc(tagged=True)
@bp.response(200, AliasSchema)
def forget_alias(key: str) -> Any:
    """Forget a name; facts that came of it stay."""
    with write() as session:
        product = catalogue.all_aliases(session).get(key, "")
        tags.check({"alias": key, "product": product} if product else None)
        catalogue.forget_alias(session, current_actor(), now_us(), key)
    return {"alias": key, "product": product}


def _component(item: Any, path: str) -> Component:
    given = Fields(item, path, ("product", "quantity"))
    return Component(given.text("product"), given.whole("quantity", 1))
