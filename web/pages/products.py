"""The product catalogue: families and tiers, prices and margins over time, bundles, and what replaces what."""

from __future__ import annotations

from datetime import datetime, time
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, flash, redirect, render_template, request

from experiments.domain.access import Right
from experiments.domain.errors import DomainError
from experiments.domain.product import Component, Family, Product
from experiments.services import catalogue
from experiments.services.clock import now_us
from experiments.services.import_events.product_list import as_csv
from experiments.services.sessions import reading, writing
from web.auth import current_actor
from web.deployment import deployment
from web.pages.data_frame import area_tabs, csv_answer
from web.pages.fields import Form, slug
from web.pages.frame import signed_in_only

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

bp = Blueprint("products", __name__, url_prefix="/data")
signed_in_only(bp)

NEW_FAMILY = "(new)"
MONEY = ("price", "margin", "one_off", "held_discount", "retention")
PLACES = {
    f"product.{name}": name for name in ("key", "name", "tier", *MONEY, "months", "replaces", "components", "family")
} | {"family.key": "family_name", "family.name": "family_name", "product": "components", "valid_from": "valid_from"}


@bp.get("/products")
def index() -> ResponseReturnValue:
    """Every product by family and tier."""
    with reading(deployment().engine) as session:
        found = catalogue.all_products(session, now_us())
        families = {family.key: family.name for family in catalogue.all_families(session)}
        changes = {product.key: len(catalogue.price_history(session, product.key)) - 1 for product in found}
        aliases = catalogue.all_aliases(session)
    return render_template(
        "pages/products.html",
        title="Products",
        area=area_tabs(),
        rows=[{"product": product, "changes": changes[product.key]} for product in found],
        families=families,
        aliases=aliases,
        may_edit=current_actor().may(Right.EDIT),
    )


@bp.get("/products.csv")
def export() -> ResponseReturnValue:
    """The catalogue as a file that can be changed and brought in again."""
    with reading(deployment().engine) as session:
        histories = [catalogue.price_history(session, one.key) for one in catalogue.all_products(session)]
    headers = {"Content-Disposition": "attachment; filename=products.csv"}
    return Response(as_csv(histories), mimetype="text/csv", headers=headers)


@bp.get("/aliases.csv")
def export_aliases() -> ResponseReturnValue:
    """What products are called elsewhere, as a table."""
    with reading(deployment().engine) as session:
        return csv_answer("product-names", ("alias", "product"), catalogue.all_aliases(session).items())


@bp.get("/products/new")
def new() -> ResponseReturnValue:
    """An empty form."""
    current_actor().require(Right.EDIT)
    return _page(None, _values(None), {})


@bp.get("/products/<key>")
def show(key: str) -> ResponseReturnValue:
    """The form of one product, with its prices over time."""
    with reading(deployment().engine) as session:
        product = catalogue.product_by_key(session, key)
    return _page(product, _values(product), {})


@bp.post("/products/new")
def add() -> ResponseReturnValue:
    """Add a product."""
    return _save(None)


@bp.post("/products/<key>")
def change(key: str) -> ResponseReturnValue:
    """Change a product; sales before the day it holds from keep their value."""
    with reading(deployment().engine) as session:
        before = catalogue.product_by_key(session, key)
    return _save(before)


@bp.post("/aliases")
def save_alias() -> ResponseReturnValue:
    """Let a name of another system stand for a product, or forget it."""
    current_actor().require(Right.EDIT)
    alias, product = request.form.get("alias", "").strip(), request.form.get("product", "")
    try:
        with writing(deployment().engine) as session:
            if product:
                catalogue.save_alias(session, current_actor(), now_us(), alias, product)
            else:
                catalogue.forget_alias(session, current_actor(), now_us(), alias)
    except DomainError as error:
        flash(error.message, "error")
    return redirect("/data/products")


def _save(before: Product | None) -> ResponseReturnValue:
    current_actor().require(Right.EDIT)
    form = Form(request.form)
    made = _read(form, before)
    if made is not None:
        product, family, valid_from = made
        try:
            with writing(deployment().engine) as session:
                if family is not None:
                    catalogue.save_family(session, current_actor(), now_us(), family)
                if before is None:
                    catalogue.check_free(session, product.key)
                catalogue.save_product(session, current_actor(), now_us(), product, valid_from=valid_from)
        except DomainError as error:
            form.refuse(error, PLACES)
    if form.errors or made is None:
        return _page(before, {name: form.text(name) for name in request.form}, form.errors), 422
    flash(f"“{made[0].name}” is saved.", "success")
    return redirect("/data/products")


def _read(form: Form, before: Product | None) -> tuple[Product, Family | None, int | None] | None:
    """(product, its family where it is new, from when); None where a field needs attention."""
    name = form.required("name", "The name")
    family = None
    if form.text("family") in ("", NEW_FAMILY):
        family_name = form.required("family_name", "The name of the family")
        family = Family(slug(family_name), family_name) if family_name else None
    numbers = {
        label: form.number(label, label.replace("_", " ").capitalize(), required=label in ("price", "margin"))
        for label in MONEY
    }
    for label in MONEY:
        form.stored_as(label, 100)
    tier, months = form.whole("tier", "The tier", 1), form.whole("months", "Months", 0)
    valid_from = _instant(form)
    if form.errors:
        return None
    try:
        product = Product(
            key=before.key if before else form.text("key") or slug(name),
            name=name,
            family=family.key if family else form.text("family"),
            tier=tier,
            months=months,
            multiple=bool(form.text("multiple")),
            replaces=tuple(form.many("replaces")),
            components=tuple(Component.read(part) for part in form.text("components").replace(",", " ").split()),
            **{label: _minor(value) for label, value in numbers.items()},
        )
    except DomainError as error:
        form.refuse(error, PLACES)
        return None
    return product, family, valid_from


def _instant(form: Form) -> int | None:
    """The beginning of the day from which it holds; None = now."""
    text = form.text("valid_from")
    if not text:
        return None
    try:
        day = datetime.strptime(text, "%Y-%m-%d").date()
    except ValueError:
        form.errors["valid_from"] = f"valid_from == {text!r}, must be a date."
        return None
    start = datetime.combine(day, time(), ZoneInfo(deployment().settings.time_zone))
    return round(start.timestamp() * 1_000_000)


def _minor(value: float | None) -> int:
    return int((Decimal(str(value or 0)) * 100).quantize(Decimal(1), ROUND_HALF_UP))


def _values(product: Product | None) -> dict[str, Any]:
    if product is None:
        return {"tier": "1", "months": "24"}
    parts = [part.product if part.quantity == 1 else f"{part.product}*{part.quantity}" for part in product.components]
    return {
        "key": product.key,
        "name": product.name,
        "family": product.family,
        "tier": str(product.tier),
        "months": str(product.months),
        "multiple": "1" if product.multiple else "",
        "components": " ".join(parts),
        **{name: f"{getattr(product, name) / 100:.2f}" for name in MONEY},
    }


def _page(product: Product | None, values: dict[str, Any], errors: dict[str, str]) -> str:
    with reading(deployment().engine) as session:
        families = catalogue.all_families(session)
        others = [one for one in catalogue.all_products(session) if product is None or one.key != product.key]
        history = catalogue.price_history(session, product.key) if product else ()
    chosen = request.form.getlist("replaces") if request.method == "POST" else list(product.replaces) if product else []
    return render_template(
        "pages/product.html",
        title=product.name if product else "New product",
        product=product,
        values=values,
        errors=errors,
        families=[*((family.key, family.name) for family in families), (NEW_FAMILY, "a new one, named below")],
        others=[(one.key, one.name) for one in others],
        replaces=chosen,
        history=history,
        may_edit=current_actor().may(Right.EDIT),
    )
