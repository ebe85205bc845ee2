"""A new experiment: one form a product manager can fill, with the sample size beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, flash, redirect, render_template, request

from experiments.domain.access import Right
from experiments.domain.errors import DomainError
from experiments.services import experiments, goals
from experiments.services.catalogue import all_families, all_products
from experiments.services.clock import now_us
from experiments.services.metrics import all_metrics
from experiments.services.sessions import reading, writing
from web.auth import current_actor
from web.deployment import deployment
from web.pages.fields import Form
from web.pages.frame import is_fragment, signed_in_only
from web.pages.goal_form import agreed_losses
from web.pages.hypothesis import PARTS
from web.pages.new_definition import Catalogue, places, read_new
from web.pages.sizing_answer import field_values
from web.pages.sizing_form import FIELDS, Sized, read_sizing
from web.pages.variant_rows import ROWS, arms_of, read_variants

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from experiments.services.definitions import Definition
    from web.pages.variant_rows import VariantRow

bp = Blueprint("create", __name__)
signed_in_only(bp)


@bp.get("/experiments/new")
def form() -> ResponseReturnValue:
    """The form; a calculation of the planner may come with the address."""
    current_actor().require(Right.EDIT)
    filled = Form(request.args)
    catalogue = _catalogue()
    sized = Sized()
    if filled.text("goal"):
        sized = read_sizing(filled, catalogue.metrics, deployment().settings.currency, arms_of(()))
    return _page(filled, sized, catalogue)


@bp.post("/experiments/new")
def save() -> ResponseReturnValue:
    """Save the draft; with the button «Calculate» only show the sample size."""
    current_actor().require(Right.EDIT)
    catalogue, filled = _catalogue(), Form(request.form)
    rows = read_variants(filled)
    sized = read_sizing(filled, catalogue.metrics, deployment().settings.currency, arms_of(rows))
    if is_fragment():
        _keep_only(filled, FIELDS)
        return render_template("pages/_sizing_answer.html", **_values(filled, sized, catalogue))
    if filled.text("action") == "size":
        _keep_only(filled, FIELDS)
        return _page(filled, sized, catalogue)
    definition = read_new(filled, rows, sized.outcome, catalogue, current_actor().name)
    if definition is not None and _create(definition, filled, rows):
        flash(f"The draft “{definition.name}” is saved. Check it and launch.", "success")
        return redirect(f"/experiments/{definition.key}")
    return _page(filled, sized, catalogue), 422


def _create(definition: Definition, filled: Form, rows: tuple[VariantRow, ...]) -> bool:
    try:
        with writing(deployment().engine) as session:
            experiments.create(session, current_actor(), now_us(), definition)
    except DomainError as error:
        filled.refuse(error, places(filled, rows))
        return False
    return True


def _keep_only(filled: Form, names: tuple[str, ...]) -> None:
    """Forget errors of fields that were not asked about yet."""
    filled.errors = {name: message for name, message in filled.errors.items() if name in names or not name}


def _catalogue() -> Catalogue:
    with reading(deployment().engine) as session:
        return Catalogue(all_metrics(session), all_families(session), all_products(session))


def _page(filled: Form, sized: Sized, catalogue: Catalogue) -> str:
    with reading(deployment().engine) as session:
        agreed = agreed_losses(goals.current(session), catalogue.metrics, deployment().settings.currency)
    return render_template("pages/create.html", agreed=agreed, **_values(filled, sized, catalogue))


def _values(filled: Form, sized: Sized, catalogue: Catalogue) -> dict[str, Any]:
    families = [(family, catalogue.products_of(family.key)) for family in catalogue.families]
    return {
        **field_values(filled, catalogue.metrics),
        "title": "New experiment",
        "parts": PARTS,
        "variant_numbers": range(1, ROWS + 1),
        "families": [
            (family.key, family.name, ", ".join(product.name for product in products))
            for family, products in families
            if products
        ],
        "secondary": [(metric.key, metric.name, metric.description) for metric in catalogue.metrics],
        "outcome": sized.outcome,
        "fragment": is_fragment(),
        "unit": filled.text("unit") or "visitor",
    }
