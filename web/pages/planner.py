"""The planner: a free calculator whose address holds all its inputs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, redirect, render_template, request
from werkzeug.datastructures import MultiDict

from experiments.decision.sizing.lines import MAX_VARIANTS
from experiments.domain.access import Right
from experiments.domain.errors import DomainError
from experiments.insight.prior import prior_words
from experiments.services import measuring
from experiments.services.clock import now_us
from experiments.services.learn import told
from experiments.services.learn.chance import ship_chance
from experiments.services.sessions import reading, writing
from web.auth import current_actor
from web.deployment import deployment
from web.pages.data_frame import csv_answer
from web.pages.fields import Form
from web.pages.frame import is_fragment, signed_in_only
from web.pages.measured import measuring_bar
from web.pages.planning.answer import TABLE, curves, snippets, table_rows, turned_round
from web.pages.planning.asked import Asked, history_values, read
from web.pages.planning.measuring import audience_query, copied, filled, read_asked, refuse, with_audience_of
from web.pages.planning.options import LOOKS, Question, address_of, beyond_builder
from web.pages.sizing_answer import command_line, field_values, power_chart

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from experiments.decision.sizing import Sizing, SizingOutcome

bp = Blueprint("planner", __name__)
signed_in_only(bp)

#: A first example that a newcomer changes into their own.
EXAMPLE = {
    "goal": "cross-sell",
    "goal_baseline": "3.2",
    "goal_effect": "10",
    "goal_value": "240",
    "guardrail1": "up-sell",
    "guardrail1_baseline": "4.2",
    "guardrail1_margin": "5",
    "guardrail1_form": "relative",
    "guardrail1_value": "180",
    "traffic": "90000",
    "power": "80",
    "looks": "3",
    "variant_count": "2",
}


@bp.get("/planner")
def show() -> ResponseReturnValue:
    """The form, and the answer to what its address asks; what was just measured goes into the fields first."""
    asked = read(Form(request.args or MultiDict(EXAMPLE)))
    if asked.form.text("fill") and not is_fragment() and asked.measurement is not None:
        return redirect(f"/planner?{address_of(filled(asked.form, asked.measurement))}")
    if not is_fragment():
        return _page(asked, example=not request.args)
    answer = Response(render_template("pages/_planner_answer.html", **_values(asked)))
    answer.headers["HX-Replace-Url"] = f"/planner?{asked.address}"
    return answer


@bp.post("/planner/measure")
def measure() -> ResponseReturnValue:
    """Have the worker measure the values of today; the address that follows fills them in."""
    current_actor().require(Right.EDIT)
    form = Form(request.form)
    try:
        with writing(deployment().engine) as session:
            form = with_audience_of(session, form)
            question = read_asked(form)
            found = None if question is None else measuring.ask(session, current_actor(), now_us(), question, anew=True)
    except DomainError as error:
        refuse(form, error)
        found = None
    if found is None:
        errors = dict(form.errors)
        asked = read(form)
        asked.form.errors = errors
        return _page(asked), 422
    address = address_of(copied(form, measured=found.name, fill="1"))
    return redirect(f"/planner?{address}#measure")


@bp.get("/planner/measuring/<name>")
def measuring_state(name: str) -> ResponseReturnValue:
    """How far the worker is, as a fragment; the whole page is asked for again when it is done."""
    with reading(deployment().engine) as session:
        found = measuring.by_name(session, name)
    if not found.is_busy:
        return "", 200, {"HX-Refresh": "true"}
    poll = {"hx-get": f"/planner/measuring/{name}", "hx-trigger": "every 2s", "hx-swap": "outerHTML"}
    return render_template("pages/_measuring.html", poll=poll, bar=measuring_bar(found, now_us()))


@bp.get("/planner.csv")
def export() -> ResponseReturnValue:
    """The table of the plan.

    Raises:
        DomainError: `required`, the address asks for nothing that can be calculated.
    """
    asked = read(Form(request.args or MultiDict(EXAMPLE)))
    outcome = asked.question.sized.outcome
    if outcome is None:
        field, message = next(iter(asked.form.errors.items()), ("goal", "The goal is empty, choose a metric."))
        raise DomainError("required", message, field)
    return csv_answer("plan", TABLE, table_rows(outcome))


def _page(asked: Asked, *, example: bool = False) -> str:
    return render_template("pages/planner.html", **_values(asked), is_example=example)


def _values(asked: Asked) -> dict[str, Any]:
    form, titles = asked.form, {metric.key: metric.name for metric in asked.metrics}
    return {
        **field_values(form, asked.metrics, form.text("currency") or deployment().settings.currency),
        **_answer(asked.question, titles, form),
        **history_values(asked),
        "title": "Planner",
        "address": asked.address,
        "builder_address": "&".join(part for part in (asked.address, audience_query(form)) if part),
        "fragment": is_fragment(),
        "variant_choices": [(str(number), str(number)) for number in range(2, MAX_VARIANTS + 1)],
        "look_choices": LOOKS,
        "beyond_builder": beyond_builder(form),
        "may_create": current_actor().may(Right.EDIT),
    }


def _past(sizing: Sizing, outcome: SizingOutcome) -> dict[str, Any]:
    """What past tests of the goal say of this plan."""
    goal = sizing.goals[0]
    with reading(deployment().engine) as session:
        prior = told.prior_for(session, now_us(), goal.key)
    worth = ship_chance(prior, goal, outcome)
    return {"prior": prior_words(prior), "worth": worth, "planned": outcome.joint_power}


def _answer(question: Question, titles: dict[str, str], form: Form) -> dict[str, Any]:
    sizing, outcome = question.sized.sizing, question.sized.outcome
    if sizing is None or outcome is None:
        return {"outcome": None}
    chart, table = power_chart(sizing, outcome, titles)
    return {
        "outcome": outcome,
        "sizing": sizing,
        "reached": turned_round(question, form),
        "chart": chart,
        "chart_columns": ["Week", *(titles.get(line.key, line.key) for line in outcome.lines)],
        "chart_table": table,
        "past": _past(sizing, outcome),
        **curves(sizing, outcome, titles),
        **snippets(sizing, command_line(sizing), form),
    }
