"""Plans: how many units and weeks a test needs, and what was fixed for each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from marshmallow import Schema, fields, validate

from experiments.decision.sizing import MarginForm, size_test
from experiments.decision.sizing.frozen import frozen_plan
from experiments.decision.sizing.lines import MAX_VARIANTS
from experiments.domain.experiment import Status
from experiments.domain.metric import MetricKind
from experiments.domain.plan import MAX_LOOKS, GoalRule, Spending
from experiments.services import describe
from experiments.services import experiments as service
from experiments.services.clock import now_us
from experiments.services.sizing_documents import read_sizing
from web.api import tags
from web.api.document import blueprint, body, described, read, write
from web.api.listing import Filter, Listing, listed
from web.api.rules import Rule, absent, any_of, both, has, where, word
from web.api.schemas import PlanSchema, key_field, within
from web.auth import current_actor
from web.deployment import deployment

if TYPE_CHECKING:
    from experiments.domain.experiment import Experiment

bp = blueprint("plans", "How long a test must run, and what was fixed before it did.")


def _one_of(values: Any) -> Any:
    return validate.OneOf([value.value for value in values])


SHARE: Rule = {"exclusiveMinimum": 0, "exclusiveMaximum": 1}


class LineSchema(Schema):
    """What goals and guardrails share; money in major units."""

    metric = key_field(required=True)
    kind = fields.String(required=True, validate=_one_of(MetricKind))
    baseline = fields.Float(required=True, metadata={"description": "Share of a rate, else the mean per unit."})
    sd = fields.Float(allow_none=True, metadata=within(above=0) | {"description": "Per unit; of anything but a rate."})
    value = fields.Float(
        allow_none=True, metadata=within(above=0) | {"description": "What one event or one unit of it is worth."}
    )
    variance_explained = fields.Float(
        metadata=within(0) | {"exclusiveMaximum": 1} | {"description": "Share of the variance that covariates remove."}
    )
    RULES: ClassVar[tuple[dict[str, Any], ...]] = (
        any_of(
            both(where(kind=word(MetricKind.RATE), baseline=SHARE), absent("sd")),
            both(where(kind=word(MetricKind.MEAN, MetricKind.RATIO)), has("sd")),
        ),
    )


class GoalLineSchema(LineSchema):
    """A metric that must rise, or fall where the effect is below 0."""

    effect = fields.Float(required=True, metadata={"not": {"const": 0}})
    scale = fields.String(validate=validate.OneOf(["relative", "absolute"]))


class GuardrailLineSchema(LineSchema):
    """A metric that must not be worse than its margin."""

    margin = fields.Float(required=True, metadata=within(above=0))
    form = fields.String(validate=_one_of(MarginForm))
    expected_change = fields.Float()
    direction = fields.String(validate=validate.OneOf(["higher", "lower"]))
    RULES = (
        *LineSchema.RULES,
        any_of(
            where(form=word(MarginForm.RELATIVE, None), margin={"exclusiveMaximum": 1}),
            has(form=word(MarginForm.PER_1000, MarginForm.GAIN_SHARE)),
        ),
    )


class AgentsSchema(Schema):
    """What is known of the agents of a contact centre."""

    available = fields.Integer(
        required=True, metadata=within(4, 1_000_000) | {"description": "Who can take part, all variants."}
    )
    contacts = fields.Float(
        required=True, metadata=within(1, 1_000_000) | {"description": "Mean contacts of one agent inside the window."}
    )
    icc = fields.Float(
        required=True, metadata=within(0, 1) | {"description": "Share of a contact's variance between agents."}
    )
    cv = fields.Float(metadata=within(0, 10) | {"description": "Spread of contacts per agent over their mean."})


class QuestionSchema(Schema):
    """Everything the power calculation needs."""

    goals = fields.List(fields.Nested(GoalLineSchema), required=True, metadata={"minItems": 1})
    guardrails = fields.List(fields.Nested(GuardrailLineSchema))
    traffic_per_week = fields.Float(
        metadata=within(above=0)
        | {"description": "New eligible units, all variants; required unless agents are drawn."}
    )
    agents = fields.Nested(
        AgentsSchema,
        allow_none=True,
        metadata={
            "description": "Where agents are drawn: baselines, effects and margins are then those of one contact."
        },
    )
    alpha = fields.Float(metadata=within(high=0.2, above=0))
    power = fields.Float(metadata={"minimum": 0.5, "exclusiveMaximum": 1})
    looks = fields.Integer(metadata=within(1, MAX_LOOKS))
    spending = fields.String(validate=_one_of(Spending))
    variants = fields.Integer(metadata=within(2, MAX_VARIANTS))
    allocation = fields.Float(
        metadata=within(0.01, 100) | {"description": "Units of a tested variant over the control's."}
    )
    window_days = fields.Integer(metadata=within(0, 730))
    goal_rule = fields.String(validate=_one_of(GoalRule))
    correlation = fields.Float(
        allow_none=True, metadata=within(-1, 1) | {"description": "Only where all goals must be met."}
    )
    RULES = (
        any_of(where(goal_rule=word(GoalRule.ALL, None)), absent("correlation")),
        any_of(both(absent("agents"), has("traffic_per_week")), both(has("agents"), where(looks=word(1, None)))),
        # A share of the gain's money needs the money.
        any_of(
            where(goals={"items": has("value")}),
            where(guardrails={"items": where(form=word(MarginForm.RELATIVE, MarginForm.PER_1000, None))}),
        ),
    )


class KeptPlanSchema(Schema):
    """The plan of a test."""

    experiment = fields.String()
    status = fields.String(validate=_one_of(Status))
    plan = fields.Nested(PlanSchema)
    sizing = fields.Dict(metadata={"description": "The calculation as it was shown; empty where none was kept."})
    revision = fields.Integer()


def _kept(test: Experiment) -> dict[str, Any]:
    return {
        "experiment": test.key,
        "status": test.status.value,
        "plan": describe.plan(test.plan),
        "sizing": test.plan.sizing,
        "revision": test.revision,
    }


PLANS: Listing[Experiment] = Listing(
    KeptPlanSchema,
    _kept,
    unique=lambda test: test.key,
    orders={
        "experiment": lambda test: test.key,
        "created_at": lambda test: test.created_at,
        "weeks": lambda test: test.plan.weeks,
    },
    usual="-created_at",
    filters=(
        Filter("status", "Only of tests in this state.", lambda test: test.status.value, tuple(Status)),
        Filter("binding", "Only where this metric needs the most units.", lambda test: test.plan.binding),
    ),
    searched=lambda test: (test.key, test.name),
)


@listed(bp, "/plans", PLANS)
def list_plans() -> Any:
    """The plan of every test, newest first."""
    with read() as session:
        return PLANS.answer(service.all_experiments(session))


@bp.post("/plans/size")
@bp.doc(**described(QuestionSchema))
@bp.response(200, description="Units and weeks of each metric and of the rule that needs them all; docs/power.md.")
def size() -> Any:
    """Calculate units and weeks; keeps nothing."""
    return size_test(read_sizing(body(), deployment().settings.currency)).to_dict()


@bp.get("/experiments/<key>/plan")
@bp.response(200, KeptPlanSchema)
def show_plan(key: str) -> Any:
    """The plan of one test with the calculation it rests on."""
    with read() as session:
        return tags.tagged(_kept(service.by_key(session, key)))


@bp.put("/experiments/<key>/plan")
@bp.doc(**described(QuestionSchema))
@bp.doc(tagged=True)
@bp.response(200, KeptPlanSchema)
def keep_plan(key: str) -> Any:
    """Calculate and keep the plan of a draft or of a test in rehearsal."""
    question = read_sizing(body(), deployment().settings.currency)
    plan = frozen_plan(size_test(question), question.window_days)
    with write() as session:
        before = service.by_key(session, key)
        tags.check(_kept(before))
        changed = service.set_plan(session, current_actor(), now_us(), key, plan, revision=before.revision)
        return tags.tagged(_kept(changed))
