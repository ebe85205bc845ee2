"""What a test brought against what it cost: a block of its page, and the form for its cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, flash, redirect, render_template, request
from werkzeug.datastructures import MultiDict

from experiments.domain.access import Right
from experiments.domain.errors import DomainError
from experiments.domain.run_cost import RunCost
from experiments.services.clock import now_us
from experiments.services.returns import return_of_test, set_cost
from experiments.services.sessions import reading, writing
from web.auth import current_actor
from web.deployment import deployment
from web.pages.fields import Form
from web.pages.frame import is_fragment, signed_in_only

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from experiments.services.returns import ReturnOfTest

bp = Blueprint("returns", __name__)
signed_in_only(bp)


@bp.get("/experiments/<key>/return")
def show(key: str) -> ResponseReturnValue:
    """The block, loaded after the first paint; without scripts a page of its own."""
    found = _found(key)
    return _render(found, Form(MultiDict(_typed(found.cost))))


@bp.post("/experiments/<key>/cost")
def type_cost(key: str) -> ResponseReturnValue:
    """Keep what running it cost."""
    current_actor().require(Right.EDIT)
    form = Form(request.form)
    hours, rate, other = (
        form.number(name, label, required=False) or 0.0
        for name, label in (("hours", "Hours"), ("rate", "The rate"), ("other", "Other money"))
    )
    if not form.errors:
        try:
            with writing(deployment().engine) as session:
                cost = RunCost(hours, rate, other, form.text("note"))
                set_cost(session, current_actor(), now_us(), key, cost)
        except DomainError as error:
            form.refuse(error, {f"cost.{name}": name for name in ("hours", "rate", "other", "note")})
        else:
            flash("What running it cost is kept.", "success")
            return redirect(f"/experiments/{key}#return")
    return _render(_found(key), form), 422


def _found(key: str) -> ReturnOfTest:
    with reading(deployment().engine) as session:
        return return_of_test(session, key, now_us(), deployment().settings.currency)


def _typed(cost: RunCost | None) -> dict[str, str]:
    if cost is None:
        return {}
    return {"hours": f"{cost.hours:g}", "rate": f"{cost.rate:g}", "other": f"{cost.other:.12g}", "note": cost.note}


def _render(found: ReturnOfTest, form: Form) -> str:
    return render_template(
        "pages/_return.html" if is_fragment() else "pages/return.html",
        title=f"Return of {found.name}",
        found=found,
        form=form,
        may_edit=current_actor().may(Right.EDIT),
    )
