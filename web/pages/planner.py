"""The planner: a free calculator whose address holds all its inputs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, render_template, request
from werkzeug.datastructures import MultiDict

from experiments.decision.sizing.lines import MAX_VARIANTS
from experiments.domain.access import Right
from experiments.domain.errors import DomainError
from experiments.insight.prior import prior_words
from experiments.services.clock import now_us
from experiments.services.learn import told
from experiments.services.learn.chance import ship_chance
from experiments.services.metrics import all_metrics
from experiments.services.sessions import reading
from web.auth import current_actor
from web.deployment import deployment
from web.pages.data_frame import csv_answer
from web.pages.fields import Form
from web.pages.frame import is_fragment, signed_in_only
from web.pages.planning.answer import TABLE, curves, snippets, table_rows, turned_round
from web.pages.planning.options import LOOKS, Question, address_of, beyond_builder, read_question
from web.pages.sizing_answer import command_line, field_values, power_chart

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flask.typing import ResponseReturnValue

    from experiments.decision.sizing import Sizing, SizingOutcome
    from experiments.domain.metric import Metric

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
    """The form, and the answer to what its address asks."""
    form, metrics, question = _asked()
    address = address_of(form)
    titles = {metric.key: metric.name for metric in metrics}
    values = {
        **field_values(form, metrics),
        **_answer(question, titles, form),
        "title": "Planner",
        "address": address,
        "is_example": not request.args,
        "fragment": is_fragment(),
        "variant_choices": [(str(number), str(number)) for number in range(2, MAX_VARIANTS + 1)],
        "look_choices": LOOKS,
        "beyond_builder": beyond_builder(form),
        "may_create": current_actor().may(Right.EDIT),
    }
    if not is_fragment():
        return render_template("pages/planner.html", **values)
    answer = Response(render_template("pages/_planner_answer.html", **values))
    answer.headers["HX-Replace-Url"] = f"/planner?{address}"
    return answer


@bp.get("/planner.csv")
def export() -> ResponseReturnValue:
    """The table of the plan.

    Raises:
        DomainError: `required`, the address asks for nothing that can be calculated.
    """
    form, _, question = _asked()
    outcome = question.sized.outcome
    if outcome is None:
        field, message = next(iter(form.errors.items()), ("goal", "The goal is empty, choose a metric."))
        raise DomainError("required", message, field)
    return csv_answer("plan", TABLE, table_rows(outcome))


def _asked() -> tuple[Form, Sequence[Metric], Question]:
    with reading(deployment().engine) as session:
        metrics = all_metrics(session)
    form = Form(request.args or MultiDict(EXAMPLE))
    return form, metrics, read_question(form, metrics, deployment().settings.currency)


def _past(sizing: Sizing, outcome: SizingOutcome) -> dict[str, Any]:
    """What past tests of the goal say of this plan."""
    goal = sizing.goals[0]
    with reading(deployment().engine) as session:
        prior = told.prior_for(session, now_us(), goal.key)
    effect = goal.effect if goal.scale == "relative" else goal.effect / goal.baseline
    worth = ship_chance(prior, outcome.line(goal.key), outcome, effect)
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
