"""The quarantine: what waits and why, what mends it, try again, or give up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, flash, redirect, render_template, request

from experiments.domain.access import Right
from experiments.domain.errors import DomainError
from experiments.services import catalogue, quarantine
from experiments.services.clock import now_us
from experiments.services.import_desk import desk
from experiments.services.ingest import Limits
from experiments.services.quarantine import STATES, Wanted
from experiments.services.sessions import reading, writing
from web.auth import current_actor
from web.deployment import deployment
from web.pages.data_frame import area_tabs, csv_answer
from web.pages.frame import signed_in_only
from web.pages.import_words import refused_file

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flask.typing import ResponseReturnValue

bp = Blueprint("quarantine", __name__, url_prefix="/data/quarantine")
signed_in_only(bp)
SHOWN = 20


@bp.get("")
def index() -> ResponseReturnValue:
    """Groups of items in a state."""
    wanted = _wanted(request.args)
    try:
        with reading(deployment().engine) as session:
            found = quarantine.groups(session, wanted)
            sources = [(source.key, source.name) for source in catalogue.all_sources(session)]
            files = desk.with_refused_rows(session) if _all_that_waits(wanted) else []
            products = [(one.key, f"{one.name} ({one.key})") for one in catalogue.all_products(session)]
    except DomainError as error:
        flash(error.message, "error")
        return redirect("/data/quarantine")
    return render_template(
        "pages/quarantine.html",
        title="Quarantine",
        area=area_tabs(),
        groups=found,
        files=[refused_file(run) for run in files],
        wanted=wanted,
        states=STATES,
        sources=sources,
        products=products,
        may_edit=current_actor().may(Right.EDIT),
    )


def _all_that_waits(wanted: Wanted) -> bool:
    return wanted == Wanted()


@bp.get("/items")
def items() -> ResponseReturnValue:
    """Single items of a group."""
    wanted = _wanted(request.args)
    with reading(deployment().engine) as session:
        found = quarantine.items(session, wanted, limit=SHOWN)
    return render_template(
        "pages/quarantine_items.html",
        title="Items in quarantine",
        items=found,
        wanted=wanted,
        may_edit=current_actor().may(Right.EDIT),
    )


@bp.get("/items.csv")
def export() -> ResponseReturnValue:
    """The items as a file, ids masked."""
    head = ("id", "source", "reason", "field", "message", "count", "first_seen", "last_seen", "item")
    with reading(deployment().engine) as session:
        found = quarantine.items(session, _wanted(request.args))
    return csv_answer("quarantine", head, ([item[name] for name in head] for item in found))


@bp.post("/replay")
def replay() -> ResponseReturnValue:
    """Try a group or one item again."""
    current_actor().require(Right.EDIT)
    limits = Limits.of(deployment().settings)
    try:
        done = quarantine.replay_all(
            deployment().engine, current_actor(), now_us(), _wanted(request.form), limits, ids=_ids(request.form)
        )
        kind = "success" if done.passed else "info"
        flash(f"{done.passed:,} of {done.tried:,} items went through; the others wait on.", kind)
    except DomainError as error:
        flash(error.message, "error")
    return redirect("/data/quarantine")


@bp.post("/discard")
def discard() -> ResponseReturnValue:
    """Give up on a group or one item."""
    current_actor().require(Right.EDIT)
    why = request.form.get("why", "")
    try:
        gone = quarantine.discard(
            deployment().engine, current_actor(), now_us(), _wanted(request.form), why, ids=_ids(request.form)
        )
        flash(f"{gone:,} items are discarded.", "success")
    except DomainError as error:
        flash(error.message, "error")
    return redirect("/data/quarantine")


@bp.post("/name")
def name() -> ResponseReturnValue:
    """Say which product a name stands for, and replay what waited for it."""
    current_actor().require(Right.EDIT)
    alias, product = request.form.get("alias", ""), request.form.get("product", "")
    if not product:
        flash(f"Choose what “{alias}” is.", "error")
        return redirect("/data/quarantine")
    try:
        with writing(deployment().engine) as session:
            catalogue.save_alias(session, current_actor(), now_us(), alias, product)
    except DomainError as error:
        flash(error.message, "error")
        return redirect("/data/quarantine")
    return replay()


def _wanted(given: Mapping[str, str]) -> Wanted:
    return Wanted(
        given.get("state") or quarantine.WAITING, given.get("source", ""), given.get("reason", ""), given.get("field")
    )


def _ids(given: Mapping[str, str]) -> tuple[bytes, ...]:
    return (quarantine.item_id(given["id"]),) if given.get("id") else ()
