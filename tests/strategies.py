"""Hypothesis strategies for values of the domain."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from experiments.domain.audience import Audience, OfferPolicy, Operator, Rule
from experiments.domain.channel import Channel
from experiments.domain.holding import Relation
from experiments.domain.layer import LayerSlice
from experiments.domain.metric import (
    Column,
    Direction,
    EventFilter,
    EventKind,
    Margin,
    Metric,
    MetricKind,
    MetricUse,
    Role,
    Scale,
    Value,
)
from experiments.domain.net_plan import CsatScale, NetPlan, SaleSet
from experiments.domain.plan import GoalRule, Plan, Spending
from experiments.domain.variant import Variant

keys = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,12}[a-z0-9])?", fullmatch=True)
#: Any text a person could type, trimmed, without what databases refuse.
texts = (
    st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\x00"), min_size=1, max_size=40)
    .map(str.strip)
    .filter(bool)
)
shares = st.floats(0.01, 1.0)
scalars = st.one_of(texts, st.integers(-(2**53), 2**53), st.floats(-1e6, 1e6), st.booleans())
payloads = st.recursive(
    st.one_of(st.none(), scalars),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(texts, inner, max_size=3)),
    max_leaves=8,
)


@st.composite
def rules(draw: st.DrawFn) -> Rule:
    op = draw(st.sampled_from(Operator))
    attribute = draw(st.one_of(texts, st.sampled_from(["holdings", "open_severity"])))
    if op in (Operator.EXISTS, Operator.MISSING):
        return Rule(attribute, op)
    if op in (Operator.GTE, Operator.LTE):
        return Rule(attribute, op, (draw(st.floats(-1e6, 1e6)),))
    return Rule(attribute, op, tuple(draw(st.lists(scalars, min_size=1, max_size=3))))


policies = st.builds(
    OfferPolicy,
    not_with_open_issue=st.booleans(),
    not_offered_within_days=st.none() | st.integers(1, 730),
    not_refused_within_days=st.none() | st.integers(1, 730),
    only_if_qualified=st.booleans(),
    most_offers_in_30_days=st.none() | st.integers(1, 1000),
)
audiences = st.builds(Audience, texts, st.lists(rules(), max_size=3).map(tuple), policies)


@st.composite
def variants(draw: st.DrawFn, *, allow_none: bool = True) -> tuple[Variant, ...]:
    names = draw(st.lists(keys, min_size=2, max_size=5, unique=True))
    parts = draw(st.lists(st.integers(1, 100), min_size=len(names), max_size=len(names)))
    weights = [part / sum(parts) for part in parts]
    values = payloads if allow_none else payloads.filter(lambda value: not _holds_none(value))
    return tuple(Variant(key, draw(texts), weight, draw(values)) for key, weight in zip(names, weights, strict=True))


@st.composite
def margins(draw: st.DrawFn) -> Margin:
    scale = draw(st.sampled_from(Scale))
    return Margin(scale, draw(st.floats(1e-6, 0.99) if scale is Scale.RELATIVE else st.floats(1e-6, 1e6)))


@st.composite
def metric_uses(draw: st.DrawFn, metrics: st.SearchStrategy[str] = keys) -> tuple[MetricUse, ...]:
    names = draw(st.lists(metrics, max_size=4, unique=True))
    return tuple(draw(_uses(name)) for name in names)


@st.composite
def _uses(draw: st.DrawFn, metric: str) -> MetricUse:
    role = draw(st.sampled_from(Role))
    return MetricUse(
        metric=metric,
        role=role,
        margin=draw(margins()) if role is Role.GUARDRAIL else None,
        effect=draw(st.none() | st.floats(1e-6, 10)),
        measurable=draw(st.booleans()),
    )


@st.composite
def plans(draw: st.DrawFn, *, sizing: bool = True) -> Plan:
    weeks = draw(st.none() | st.integers(2, 104))
    return Plan(
        alpha=draw(st.floats(0.001, 0.2)),
        power=draw(st.floats(0.5, 0.99)),
        looks=draw(st.integers(1, min(14, weeks or 14))),
        spending=draw(st.sampled_from(Spending)),
        goal_rule=draw(st.sampled_from(GoalRule)),
        weeks=weeks,
        units_per_variant=draw(st.none() | st.integers(2, 2**40)),
        maturation_days=draw(st.integers(0, 730)),
        traffic_per_week=draw(st.none() | st.floats(0, 1e9)),
        binding=draw(st.none() | keys),
        sizing=draw(st.dictionaries(texts, payloads, max_size=2)) if sizing else {},
        net=draw(st.none() | net_plans()),
    )


@st.composite
def net_plans(draw: st.DrawFn) -> NetPlan:
    horizon = draw(st.integers(2, 730))
    channels = draw(st.lists(st.sampled_from(Channel), min_size=1, max_size=4, unique=True))
    others = [channel for channel in Channel if channel not in channels]
    costs = st.dictionaries(st.sampled_from(Channel), st.floats(0, 1e9), max_size=3)
    sets = st.builds(
        SaleSet,
        st.lists(keys, max_size=3, unique=True).map(tuple),
        st.lists(st.sampled_from(Relation), min_size=1, max_size=3, unique=True).map(tuple),
    )
    return NetPlan(
        promoted=draw(sets),
        protected=draw(sets),
        channels=tuple(channels),
        expected_channels=tuple(draw(st.lists(st.sampled_from(others), max_size=2, unique=True))),
        horizon_days=horizon,
        early_days=draw(st.integers(1, horizon - 1)),
        return_days=draw(st.integers(0, 730)),
        second_cost=draw(costs),
        sale_cost=draw(costs),
        offer_cost=draw(st.floats(0, 1e9)),
        retention=draw(st.integers(0, 10**9)),
        cap=draw(st.none() | st.floats(1, 1e12)),
        covariate_days=draw(st.integers(0, 730)),
        csat=CsatScale(0.0, 10.0, draw(st.floats(0, 9))),
        currency=draw(st.sampled_from(["", "EUR"])),
        assumed=tuple(draw(st.lists(st.sampled_from(["channels", "currency"]), unique=True))),
    )


@st.composite
def slices(draw: st.DrawFn, layer: str) -> LayerSlice:
    cuts = draw(st.lists(st.floats(0, 1), min_size=2, max_size=2, unique=True).map(sorted))
    return LayerSlice(layer, cuts[0], cuts[1])


@st.composite
def _filters(draw: st.DrawFn) -> EventFilter:
    kind = draw(st.sampled_from(EventKind))
    sale = kind is EventKind.SALE
    return EventFilter(
        kind=kind,
        name=draw(texts) if kind is EventKind.CUSTOM else draw(st.none() | texts),
        relations=tuple(draw(st.lists(st.sampled_from(Relation), unique=True))) if sale else (),
        families=tuple(draw(st.lists(keys, max_size=2))) if sale else (),
        products=tuple(draw(st.lists(keys, max_size=2))) if sale else (),
        channels=tuple(draw(st.lists(st.sampled_from(Channel), unique=True))),
    )


#: Values that only one kind of event has.
ONLY_OF = {Value.ORDERS: EventKind.SALE, Value.NET_SCORE: EventKind.SURVEY}


@st.composite
def columns(draw: st.DrawFn, most_at_least: int = 1) -> Column:
    event = draw(_filters())
    values = [value for value in Value if ONLY_OF.get(value, event.kind) is event.kind]
    cap = draw(st.none() | st.floats(1e-6, 1e9))
    return Column(event, draw(st.sampled_from(values)), cap, draw(st.integers(1, most_at_least)))


@st.composite
def metrics(draw: st.DrawFn, version: int = 1) -> Metric:
    kind = draw(st.sampled_from(MetricKind))
    return Metric(
        key=draw(keys),
        name=draw(texts),
        kind=kind,
        column=draw(columns(9 if kind is MetricKind.RATE else 1)),
        version=version,
        window_days=draw(st.integers(1, 730)),
        direction=draw(st.sampled_from(Direction)),
        denominator=draw(columns()) if kind is MetricKind.RATIO else None,
        covariate_days=draw(st.integers(0, 730)),
        protected=draw(st.booleans()),
        description=draw(texts),
        sources=tuple(draw(st.lists(keys, max_size=2))),
        return_days=draw(st.integers(0, 90)),
    )


def _holds_none(value: Any) -> bool:
    if isinstance(value, dict):
        return any(_holds_none(item) for item in value.values())
    if isinstance(value, list):
        return any(_holds_none(item) for item in value)
    return value is None
