"""The planner: a free calculator whose address holds all its inputs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, render_template, request
from werkzeug.datastructures import MultiDict

from experiments.decision.sizing.lines import MAX_VARIANTS
from experiments.insight.prior import prior_words
from experiments.services.clock import now_us
from experiments.services.learn import told
from experiments.services.learn.chance import ship_chance
from experiments.services.metrics import all_metrics
from experiments.services.sessions import reading
from web.deployment import deployment
from web.pages.fields import Form
from web.pages.frame import is_fragment, signed_in_only
from web.pages.sizing_answer import command_line, field_values, power_chart
from web.pages.sizing_form import Arms, Sized, address_of, read_sizing

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
    """The form, and the answer to what its address asks."""
    settings = deployment().settings
    with reading(deployment().engine) as session:
        metrics = all_metrics(session)
    form = Form(request.args or MultiDict(EXAMPLE))
    sized = read_sizing(form, metrics, settings.currency, Arms(form.whole("variant_count", "Variants", 2)))
    address = address_of(form)
    values = {
        **field_values(form, metrics),
        **_answer(sized, {metric.key: metric.name for metric in metrics}),
        "title": "Planner",
        "address": address,
        "is_example": not request.args,
        "fragment": is_fragment(),
        "variant_choices": [(str(number), str(number)) for number in range(2, MAX_VARIANTS + 1)],
    }
    if not is_fragment():
        return render_template("pages/planner.html", **values)
    answer = Response(render_template("pages/_planner_answer.html", **values))
    answer.headers["HX-Replace-Url"] = f"/planner?{address}"
    return answer


def _past(sizing: Sizing, outcome: SizingOutcome) -> dict[str, Any]:
    """What past tests of the goal say of this plan."""
    goal = sizing.goals[0]
    with reading(deployment().engine) as session:
        prior = told.prior_for(session, now_us(), goal.key)
    effect = goal.effect if goal.scale == "relative" else goal.effect / goal.baseline
    worth = ship_chance(prior, outcome.line(goal.key), outcome, effect)
    return {"prior": prior_words(prior), "worth": worth, "planned": outcome.joint_power}


def _answer(sized: Sized, titles: dict[str, str]) -> dict[str, Any]:
    sizing, outcome = sized.sizing, sized.outcome
    if sizing is None or outcome is None:
        return {"outcome": None}
    chart, table = power_chart(sizing, outcome, titles)
    return {
        "outcome": outcome,
        "sizing": sizing,
        "chart": chart,
        "chart_columns": ["Week", *(titles.get(line.key, line.key) for line in outcome.lines)],
        "chart_table": table,
        "command": command_line(sizing),
        "past": _past(sizing, outcome),
    }
