"""Tables inside an experiment's definition: variants, metrics, audience, layer, plan."""

from __future__ import annotations

from typing import Any

from experiments.domain.audience import Audience, OfferPolicy, Operator, Rule, Scalar
from experiments.domain.errors import DomainError
from experiments.domain.layer import LayerSlice
from experiments.domain.metric import Margin, MetricUse, Role, Scale
from experiments.domain.plan import GoalRule, Plan, Spending
from experiments.domain.variant import MIN_VARIANTS, Variant
from experiments.services.fields import Fields, placed
from experiments.services.net_definition import read_net

POLICY = (
    "not_with_open_issue",
    "not_offered_within_days",
    "not_refused_within_days",
    "only_if_qualified",
    "most_offers_in_30_days",
)
PLAN = (
    "looks",
    "weeks",
    "units_per_variant",
    "alpha",
    "power",
    "spending",
    "goal_rule",
    "maturation_days",
    "traffic_per_week",
    "binding",
    "net",
)


def read_variants(top: Fields) -> tuple[Variant, ...]:
    """Two to eight variants; weights left out by all are equal."""
    items = top.items("variants")
    tables = [Fields(item, path, ("key", "name", "weight", "payload")) for path, item in items]
    equal = None if any(fields.has("weight") for fields in tables) else 1 / max(len(tables), MIN_VARIANTS)
    return tuple(_read_variant(fields, path, equal) for fields, (path, _) in zip(tables, items, strict=True))


def _read_variant(fields: Fields, path: str, equal: float | None) -> Variant:
    with placed(path, "variant"):
        key = fields.text("key")
        weight = fields.number("weight", equal)
        return Variant(key, fields.text("name", key), weight, fields.raw("payload"))


def read_use(item: Any, path: str) -> MetricUse:
    """One metric with its role."""
    fields = Fields(item, path, ("metric", "role", "margin", "effect", "measurable", "version"))
    metric = fields.text("metric")
    margin = _read_margin(fields.raw("margin"), fields.at("margin"))
    with placed(path, f"metrics.{metric}", "metrics"):
        return MetricUse(
            metric=metric,
            role=fields.choice("role", Role),
            margin=margin,
            effect=fields.maybe_number("effect"),
            measurable=fields.flag("measurable", True),
            version=fields.maybe_whole("version"),
        )


def _read_margin(data: Any, path: str) -> Margin | None:
    if data is None:
        return None
    fields = Fields(data, path, tuple(Scale))
    given = [scale for scale in Scale if fields.has(scale)]
    if len(given) != 1:
        raise DomainError("bad_margin", f"{path} has {len(given)} entries, must have relative or absolute.", path)
    with placed(f"{path}.{given[0]}", "margin.value"):
        return Margin(given[0], fields.number(given[0]))


def read_audience(data: Any) -> Audience:
    """Rules and offer policy; everyone where absent."""
    if data is None:
        return Audience()
    fields = Fields(data, "audience", ("description", "rules", "policy"))
    rules = tuple(_read_rule(item, path) for path, item in fields.items("rules"))
    return Audience(fields.text("description", "Everyone"), rules, _read_policy(fields.raw("policy")))


def _read_rule(item: Any, path: str) -> Rule:
    fields = Fields(item, path, ("attribute", "op", "values"))
    with placed(path, "audience"):
        op = fields.choice("op", Operator)
        return Rule(fields.text("attribute"), op, tuple(_scalar(value, at) for at, value in fields.items("values")))


def _scalar(value: Any, path: str) -> Scalar:
    if not isinstance(value, str | int | float | bool):
        raise DomainError("bad_type", f"{path} == {value!r}, must be a text, a number, true or false.", path)
    return value


def _read_policy(data: Any) -> OfferPolicy:
    if data is None:
        return OfferPolicy()
    fields = Fields(data, "audience.policy", POLICY)
    with placed("audience.policy", "policy"):
        return OfferPolicy(
            not_with_open_issue=fields.flag("not_with_open_issue", False),
            not_offered_within_days=fields.maybe_whole("not_offered_within_days"),
            not_refused_within_days=fields.maybe_whole("not_refused_within_days"),
            only_if_qualified=fields.flag("only_if_qualified", False),
            most_offers_in_30_days=fields.maybe_whole("most_offers_in_30_days"),
        )


def read_layer(data: Any) -> LayerSlice | None:
    """The slice of a layer; None where absent."""
    if data is None:
        return None
    fields = Fields(data, "layer", ("key", "start", "end"))
    return LayerSlice(fields.text("key"), fields.number("start", 0.0), fields.number("end", 1.0))


def read_plan(data: Any) -> Plan:
    """The plan; the usual one where absent."""
    if data is None:
        return Plan()
    fields = Fields(data, "plan", PLAN)
    usual = Plan()
    return Plan(
        alpha=fields.number("alpha", usual.alpha),
        power=fields.number("power", usual.power),
        looks=fields.whole("looks", usual.looks),
        spending=fields.choice("spending", Spending, usual.spending),
        goal_rule=fields.choice("goal_rule", GoalRule, usual.goal_rule),
        weeks=fields.maybe_whole("weeks"),
        units_per_variant=fields.maybe_whole("units_per_variant"),
        maturation_days=fields.whole("maturation_days", usual.maturation_days),
        traffic_per_week=fields.maybe_number("traffic_per_week"),
        binding=fields.text("binding") if fields.has("binding") else None,
        net=read_net(fields.raw("net")),
    )
