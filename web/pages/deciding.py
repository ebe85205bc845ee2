"""The decision on a stopped test: ship a variant with a holdback, or keep the control."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, flash, redirect, render_template, request

from experiments.domain.access import Right
from experiments.domain.errors import ConflictError, DomainError, ForbiddenError, NotFoundError
from experiments.services.approvals.requests import decide_or_ask
from experiments.services.clock import now_us
from experiments.services.decide import Choice
from experiments.services.experiments import by_key
from experiments.services.sessions import reading, writing
from web.auth import current_actor
from web.deployment import deployment
from web.pages.decide_form import KEEP, decide_form, refused_form
from web.pages.fields import Form
from web.pages.frame import is_fragment, signed_in_only
from web.pages.holdback_view import holdback_view
from web.pages.results import find_page, render_results
from web.pages.ship_form import PLACES as SHIP_PLACES
from web.pages.ship_form import read_ship

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from experiments.domain.rollout import RollOut

bp = Blueprint("deciding", __name__)
signed_in_only(bp)

#: Where in the form a path of the decision is asked.
PLACES = SHIP_PLACES | {"reason": "reason"}


@bp.post("/experiments/<key>/decide")
def conclude(key: str) -> ResponseReturnValue:
    """Write the decision down; where it is refused, show the page with what was typed."""
    current_actor().require(Right.DECIDE)
    form = Form(request.form)
    choice = form.required("choice", "The choice")
    rollout = _roll_out(form, choice)
    if not form.errors:
        _decide(key, form, rollout)
    if form.errors:
        page = find_page(key)
        return render_results(page, refused_form(page, form)), 422
    return redirect(f"/experiments/{key}")


@bp.get("/experiments/<key>/decide/holdback")
def holdback(key: str) -> ResponseReturnValue:
    """What the read-outs of a holdback could see: alone for scripts, else the page with the form as it was typed."""
    if is_fragment():
        with reading(deployment().engine) as session:
            experiment = by_key(session, key)
            seen = holdback_view(session, experiment, request.args)
        known = {"unit": experiment.unit.value, "imported": experiment.imported, "address": request.path}
        return render_template("pages/_holdback_preview.html", **known, **seen)
    page = find_page(key)
    if decide_form(page) is None:
        return redirect(f"/experiments/{key}")
    return render_results(page, refused_form(page, Form(request.args)))


def _decide(key: str, form: Form, rollout: RollOut | None) -> None:
    choice = Choice.SHIP if rollout else Choice.KEEP_CONTROL
    try:
        with writing(deployment().engine) as session:
            given: dict[str, Any] = {"rollout": rollout, "reason": form.text("reason")}
            outcome = decide_or_ask(session, current_actor(), now_us(), key, choice, **given)
    except (ForbiddenError, NotFoundError):
        raise
    except ConflictError as error:  # somebody else was faster, so there is no form left to fill
        flash(error.message, "error")
    except DomainError as error:
        form.refuse(error, PLACES)
    else:
        shipped = "Decided: the winner is rolled out. The tab “Roll-out” shows how it goes on."
        decided = shipped if rollout else "Decided: the control stays."
        asked = "A second person must agree before the winner is shipped; it waits under Approvals."
        flash(asked if outcome.asked else decided, "success")


def _roll_out(form: Form, choice: str) -> RollOut | None:
    """The roll-out that was chosen, None for the control; errors stay in the form."""
    if choice in ("", KEEP):
        return None
    word, _, variant = choice.partition(":")
    if word != Choice.SHIP.value:
        form.errors["choice"] = f"choice == {choice!r}, must be {KEEP} or ship:<variant>."
    holdback = form.number("holdback", "Holdback", percent=True)
    if form.errors or holdback is None:
        return None
    return read_ship(form, variant, holdback, now_us())
