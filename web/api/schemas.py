"""Shapes in the OpenAPI document; answers are written through them, so that the document tells the truth."""

from __future__ import annotations

from functools import cache
from typing import Any

from marshmallow import Schema, fields, validate

from experiments.domain.audience import Operator
from experiments.domain.channel import Channel
from experiments.domain.checks import NAME_MAX, TEXT_MAX
from experiments.domain.experiment import Status, UnitKind
from experiments.domain.holding import Relation
from experiments.domain.metric import MAX_WINDOW_DAYS, Role
from experiments.domain.net_plan import CURRENCY_MAX, MAX_COST, MAX_FAMILIES
from experiments.domain.plan import MAX_LOOKS, MAX_WEEKS, MIN_WEEKS, GoalRule, Spending
from experiments.domain.rollout import MAX_GUARD_DAYS, MAX_STEPS, READ_OUTS, OnHarm, ReadAs, RollOutState
from experiments.services.fields import WHOLE_MAX
from web.api.rules import absent, any_of, both, exactly_one, has, no_items, some_items, where, word

#: At least one character that is no space; written out, because pattern languages differ in what a space is.
SAYS_SOMETHING = r"[^\s\x1c-\x1f\x85]"
#: A key as the document tells it, which every pattern language reads alike.
KEY_TEXT = "^[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?$"
#: A key in an address at which a PUT may add a thing.
KEY_IN_PATH = [
    {"name": "key", "in": "path", "required": True, "schema": {"type": "string", "pattern": KEY_TEXT, "maxLength": 64}}
]


def key_field(*, required: bool = False, **options: Any) -> fields.String:
    """The key of a thing."""
    return fields.String(required=required, metadata={"pattern": KEY_TEXT, "maxLength": 64, **options})


def name_field(*, required: bool = False, at_most: int = NAME_MAX, **options: Any) -> fields.String:
    """A text that must say something."""
    told = {"minLength": 1, "maxLength": at_most, "pattern": SAYS_SOMETHING, **options}
    return fields.String(required=required, metadata=told)


def text_field(at_most: int = TEXT_MAX, **options: Any) -> fields.String:
    """A text that may be empty."""
    return fields.String(metadata={"maxLength": at_most, **options})


def maybe_key_field(description: str) -> fields.String:
    """The key of another thing, or nothing."""
    told = {"anyOf": [{"pattern": KEY_TEXT}, {"maxLength": 0}], "description": description}
    return fields.String(metadata=told)


def day_field(description: str, *, required: bool = False) -> fields.String:
    """A day; where it is not required it may be empty."""
    told: dict[str, Any] = {"format": "date"} if required else {"anyOf": [{"format": "date"}, {"maxLength": 0}]}
    return fields.String(required=required, metadata=told | {"description": description})


def distinct(item: fields.Field[Any], **options: Any) -> fields.List[Any]:
    """A list in which nothing stands twice."""
    return fields.List(item, metadata={"uniqueItems": True, **options})


def within(low: float | None = None, high: float | None = None, *, above: float | None = None) -> dict[str, Any]:
    """Bounds of a number as the document tells them."""
    told = {"minimum": low, "maximum": high, "exclusiveMinimum": above}
    return {name: value for name, value in told.items() if value is not None}


def _one_of(values: Any) -> Any:
    return validate.OneOf([value.value for value in values])


class RuleSchema(Schema):
    """One condition on one attribute."""

    attribute = name_field(required=True)
    op = fields.String(required=True, validate=_one_of(Operator))
    values = fields.List(
        fields.Raw(metadata={"type": ["string", "number", "boolean"]}),
        metadata={"description": "What it is compared with; none for exists and missing, one number for gte and lte."},
    )
    RULES = (
        any_of(
            both(where(op=word("exists", "missing")), where(values=no_items())),
            both(where(op=word("gte", "lte")), has(values=some_items(1, 1) | {"items": {"type": "number"}})),
            both(where(op=word("in", "not_in", "any_of", "none_of")), has(values=some_items())),
        ),
    )


class PolicySchema(Schema):
    """When the offer must not be made."""

    not_with_open_issue = fields.Boolean()
    not_offered_within_days = fields.Integer(metadata=within(1, 730))
    not_refused_within_days = fields.Integer(metadata=within(1, 730))
    only_if_qualified = fields.Boolean()
    most_offers_in_30_days = fields.Integer(metadata=within(1, 1000))


class AudienceSchema(Schema):
    """Who may enter."""

    description = name_field()
    rules = fields.List(fields.Nested(RuleSchema))
    policy = fields.Nested(PolicySchema)


class VariantSchema(Schema):
    """One variant; the first is the control."""

    key = key_field(required=True)
    name = name_field()
    weight = fields.Float(
        metadata={
            "exclusiveMinimum": 0,
            "exclusiveMaximum": 1,
            "description": "Share of enrolled units. All of a test sum to 1; left out by all, they are equal.",
        }
    )
    payload = fields.Raw(metadata={"description": "JSON that travels to the browser; it is public."})


class MarginSchema(Schema):
    """A loss that is accepted: a share of the control's value, or a difference per unit; one of the two."""

    relative = fields.Float(metadata={"exclusiveMinimum": 0, "exclusiveMaximum": 1})
    absolute = fields.Float(metadata=within(above=0))
    RULES = (exactly_one("relative", "absolute"),)


class MetricUseSchema(Schema):
    """A metric with its role."""

    metric = key_field(required=True)
    role = fields.String(required=True, validate=_one_of(Role))
    margin = fields.Nested(
        MarginSchema,
        metadata={"description": "What a guardrail may lose; no default, and only guardrails have one."},
    )
    effect = fields.Float(metadata=within(above=0))
    measurable = fields.Boolean()
    version = fields.Integer(metadata=within(1))
    RULES = (
        any_of(
            both(where(role=word("guardrail")), has("margin")),
            both(where(role=word("goal", "secondary", "exploratory")), absent("margin")),
        ),
    )


class SaleSetSchema(Schema):
    """Sales by family bought and by relation to the holdings at first exposure; empty = any."""

    families = distinct(key_field(), maxItems=MAX_FAMILIES)
    relations = distinct(fields.String(validate=_one_of(Relation)))


class CsatScaleSchema(Schema):
    """The scale of answers, and up to which one somebody is dissatisfied."""

    low = fields.Float(metadata=within(-100, 100))
    high = fields.Float(metadata=within(high=1000) | {"description": "Above low."})
    dissatisfied = fields.Float(metadata={"description": "From low on, below high."})


#: Minor units by channel.
CostsSchema = Schema.from_dict(
    {channel.value: fields.Float(metadata=within(0, MAX_COST)) for channel in Channel}, name="Costs"
)


class NetPlanSchema(Schema):
    """How the gain is followed from gross to net; money in minor units."""

    promoted = fields.Nested(SaleSetSchema)
    protected = fields.Nested(SaleSetSchema)
    channels = distinct(fields.String(validate=_one_of(Channel)), minItems=1)
    expected_channels = distinct(fields.String(validate=_one_of(Channel)), description="Other ones than channels.")
    horizon_days = fields.Integer(metadata=within(2, MAX_WINDOW_DAYS))
    early_days = fields.Integer(metadata=within(1, MAX_WINDOW_DAYS) | {"description": "Below the horizon."})
    return_days = fields.Integer(metadata=within(0, MAX_WINDOW_DAYS))
    second_cost = fields.Nested(CostsSchema)
    sale_cost = fields.Nested(CostsSchema)
    offer_cost = fields.Float(metadata=within(0, MAX_COST))
    retention = fields.Integer(metadata=within(0, MAX_COST))
    cap = fields.Float(metadata=within(above=0))
    covariate_days = fields.Integer(metadata=within(0, MAX_WINDOW_DAYS))
    csat = fields.Nested(CsatScaleSchema)
    currency = fields.String(metadata={"maxLength": CURRENCY_MAX})
    assumed = fields.List(
        fields.String(), metadata={"description": "Names of the fields that nobody stated; filled in at launch."}
    )


class PlanSchema(Schema):
    """What is fixed before launch."""

    looks = fields.Integer(metadata=within(1, MAX_LOOKS) | {"description": "At most as many as weeks."})
    weeks = fields.Integer(metadata=within(MIN_WEEKS, MAX_WEEKS))
    units_per_variant = fields.Integer(metadata=within(2))
    alpha = fields.Float(metadata=within(high=0.2, above=0))
    power = fields.Float(metadata={"minimum": 0.5, "exclusiveMaximum": 1})
    spending = fields.String(validate=_one_of(Spending))
    goal_rule = fields.String(validate=_one_of(GoalRule))
    maturation_days = fields.Integer(metadata=within(0, 730))
    traffic_per_week = fields.Float()
    binding = fields.String()
    net = fields.Nested(NetPlanSchema)


class LayerSliceSchema(Schema):
    """The part of a layer."""

    key = key_field(required=True)
    start = fields.Float(metadata=within(0, 1) | {"description": "Below the end."})
    end = fields.Float(metadata=within(0, 1))


class DefinitionSchema(Schema):
    """An experiment as people write it down; the same document as EXPERIMENT.toml."""

    key = key_field(required=True)
    name = name_field(required=True)
    hypothesis = text_field()
    unit = fields.String(validate=_one_of(UnitKind))
    owner = fields.String()
    enrolment = fields.Float(metadata=within(high=1, above=0))
    audience = fields.Nested(AudienceSchema)
    variants = fields.List(fields.Nested(VariantSchema), required=True, metadata={"minItems": 2, "maxItems": 8})
    metrics = fields.List(fields.Nested(MetricUseSchema), metadata={"description": "Each metric once."})
    plan = fields.Nested(PlanSchema)
    layer = fields.Nested(LayerSliceSchema, allow_none=True)


class RevisedDefinitionSchema(DefinitionSchema):
    """A changed definition, with the revision it started from."""

    revision = fields.Integer(
        metadata={"description": "What you last saw; not needed beside If-Match.", "minimum": 0, "maximum": WHOLE_MAX}
    )


class PhaseSchema(Schema):
    """A phase as history shows it."""

    number = fields.Integer()
    enrolment = fields.Float()
    audience = fields.Nested(AudienceSchema)
    variants = fields.List(fields.Nested(VariantSchema))
    layer = fields.Nested(LayerSliceSchema, allow_none=True)
    started_at = fields.String(allow_none=True)
    ended_at = fields.String(allow_none=True)


class RollOutStepSchema(Schema):
    """A larger share, and when it is reached at the earliest."""

    share = fields.Float(required=True, metadata=within(high=1, above=0))
    earliest = fields.String(required=True, metadata={"format": "date-time"})


class RollOutSchema(Schema):
    """A shipped winner."""

    variant = key_field(required=True)
    share = fields.Float(metadata=within(high=1, above=0))
    holdback = fields.Float(metadata=within(0, 0.5))
    started_at = fields.String(allow_none=True, dump_only=True)
    state = fields.String(dump_only=True, validate=_one_of(RollOutState))
    steps = fields.List(
        fields.Nested(RollOutStepSchema),
        metadata={"description": "Rising shares, at least a day apart; they need a holdback.", "maxItems": MAX_STEPS},
    )
    keep = fields.Boolean(
        metadata={"description": "Enrolled units keep their variant until the test's windows have closed."}
    )
    keep_until = fields.String(allow_none=True, dump_only=True)
    last_read_out = fields.Integer(
        allow_none=True,
        metadata={
            "description": "Days; visitors 30 at most. The holdback ends there by itself.",
            "enum": [*READ_OUTS, None],
        },
    )
    holdback_until = fields.String(allow_none=True, dump_only=True)
    read_as = fields.String(
        validate=_one_of(ReadAs),
        metadata={"description": "spending: read-outs share one error rate; descriptive: nothing is concluded."},
    )
    on_harm = fields.String(validate=_one_of(OnHarm))
    guard_days = fields.Integer(
        metadata={"description": "Days after first exposure that the guard counts.", **within(1, MAX_GUARD_DAYS)}
    )
    guard_since = fields.String(allow_none=True, dump_only=True)
    halted_at = fields.String(allow_none=True, dump_only=True)
    RULES = (any_of(where(steps=no_items()), where(holdback={"type": ["number", "null"], "exclusiveMinimum": 0})),)


class ExperimentSchema(DefinitionSchema):
    """An experiment with its state."""

    status = fields.String(validate=_one_of(Status))
    phase = fields.Integer()
    phases = fields.List(fields.Nested(PhaseSchema))
    rollout = fields.Nested(RollOutSchema, allow_none=True)
    imported = fields.Boolean()
    created_at = fields.String()
    launched_at = fields.String(allow_none=True)
    stopped_at = fields.String(allow_none=True)
    revision = fields.Integer()


@cache
def page_of(schema: type[Schema]) -> type[Schema]:
    """A list: `items`, and the address of the next page or null."""
    name = schema.__name__.removesuffix("Schema")
    members: dict[str, Any] = {
        "items": fields.List(fields.Nested(schema), required=True),
        "next": fields.String(required=True, allow_none=True),
    }
    return Schema.from_dict(members, name=f"{name}List")


def page(items: list[Any]) -> dict[str, Any]:
    """Everything on one page, of a list that is never long; others use `web.api.listing`."""
    return {"items": items, "next": None}
