"""Goals, where the cycle starts: what success is, which losses are accepted, who agreed, and until when."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, redirect, render_template, request
from werkzeug.datastructures import MultiDict

from experiments.domain.access import Right
from experiments.domain.errors import DomainError
from experiments.services import goals
from experiments.services.clock import now_us
from experiments.services.metrics import all_metrics
from experiments.services.sessions import reading, writing
from web.auth import current_actor
from web.deployment import deployment
from web.pages.data_frame import csv_answer
from web.pages.fields import Form
from web.pages.frame import signed_in_only
from web.pages.goal_form import PLACES, VALUE_EXAMPLE, goal_values, read_goal, value_answer
from web.pages.metric_forms import metric_forms

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from experiments.domain.metric import Metric

bp = Blueprint("goals", __name__)
signed_in_only(bp)

#: Agreements are proposed to be looked at again after so many days.
REVIEW_DAYS = 182
_FORM_OF_KIND = {"rate": "percent", "mean": "number:2", "ratio": "number:3"}


@bp.get("/goals")
def index() -> ResponseReturnValue:
    """What holds, what was agreed before, and the form; `?metric=` fills it with what holds for one."""
    return _page(None)


@bp.post("/goals")
def agree() -> ResponseReturnValue:
    """Write an agreement down."""
    current_actor().require(Right.AGREE)
    form = Form(request.form)
    with reading(deployment().engine) as session:
        metrics = {metric.key: metric for metric in all_metrics(session)}
    agreement = read_goal(form, metrics)
    if agreement is not None:
        try:
            with writing(deployment().engine) as session:
                goals.agree(session, current_actor(), now_us(), agreement)
        except DomainError as error:
            form.refuse(error, PLACES)
    if agreement is None or form.errors:
        return _page(form), 422
    flash(f"What was agreed about “{metrics[agreement.metric].name}” is kept.", "success")
    return redirect("/goals")


@bp.get("/goals.csv")
def export() -> ResponseReturnValue:
    """Everything that was ever agreed, newest first."""
    head = ("recorded_at", "who", "metric", "success", "margin_form", "margin", "target", "guardrails", "agreed_by",
            "agreed_on", "review_on", "reason", "ended")  # fmt: skip
    with reading(deployment().engine) as session:
        every = goals.history(session)
    cells = (
        (datetime.fromtimestamp(one.recorded_at / 1e6, UTC).isoformat(timespec="seconds"), one.who,
         one.agreement.metric, one.agreement.success,
         one.agreement.margin.scale.value if one.agreement.margin else "",
         one.agreement.margin.value if one.agreement.margin else "",
         "" if one.agreement.target is None else one.agreement.target, " ".join(one.agreement.guardrails),
         one.agreement.agreed_by, one.agreement.agreed_on, one.agreement.review_on, one.agreement.reason,
         int(one.agreement.ended))
        for one in every
    )  # fmt: skip
    return csv_answer("goals", head, cells)


def _page(form: Form | None) -> str:
    today = datetime.now(ZoneInfo(deployment().settings.time_zone)).date()
    with reading(deployment().engine) as session:
        metrics = {metric.key: metric for metric in all_metrics(session)}
        held, every = goals.current(session), goals.history(session)
    chosen = held.get(request.args.get("metric", ""))
    if form is None:
        values = goal_values(chosen.agreement, metrics[chosen.agreement.metric]) if chosen else []
        values += [("agreed_on", today.isoformat()), ("review_on", (today + timedelta(REVIEW_DAYS)).isoformat())]
        form = Form(MultiDict(values))
    asked = Form(request.args if "spend" in request.args else MultiDict(VALUE_EXAMPLE))
    forms = _forms(metrics)
    return render_template(
        "pages/goals.html",
        title="Goals",
        rows=[_row(one, held, metrics, forms, today.isoformat()) for one in held.values()],
        history=[_row(one, held, metrics, forms, today.isoformat()) for one in every],
        form=form,
        metric_options=[(key, metric.name) for key, metric in metrics.items()],
        guarded=[(key, metrics[key].name) for key, one in held.items() if one.agreement.margin],
        asked=asked,
        answer=value_answer(asked),
        is_example="spend" not in request.args,
        may_agree=current_actor().may(Right.AGREE),
    )


def _forms(metrics: dict[str, Metric]) -> dict[str, str]:
    usual = {key: _FORM_OF_KIND[metric.kind.value] for key, metric in metrics.items()}
    return usual | metric_forms(metrics.values(), deployment().settings.currency)


def _row(
    one: goals.Recorded, held: dict[str, goals.Recorded], metrics: dict[str, Metric], forms: dict[str, str], today: str
) -> dict[str, Any]:
    agreement = one.agreement
    guards = [
        {"name": metrics[key].name, "margin": held[key].agreement.margin, "form": forms[key], "metric": metrics[key]}
        for key in agreement.guardrails
        if key in held
    ]
    return {
        "recorded": one,
        "agreement": agreement,
        "metric": metrics[agreement.metric],
        "form": forms[agreement.metric],
        "guards": guards,
        "overdue": agreement.overdue(today),
    }
