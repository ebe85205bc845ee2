"""The question of the power calculation as a JSON document."""

from __future__ import annotations

from typing import Any, Literal, cast

from experiments.decision.sizing import Agents, GoalLine, GuardrailLine, MarginForm, Sizing
from experiments.domain.errors import DomainError
from experiments.domain.metric import Direction, MetricKind
from experiments.domain.plan import GoalRule, Spending
from experiments.services.fields import Fields, placed

SIZING = (
    "goals", "guardrails", "traffic_per_week", "alpha", "power", "looks", "spending", "variants", "allocation",
    "window_days", "goal_rule", "correlation", "agents",
)  # fmt: skip
LINE = ("metric", "kind", "baseline", "sd", "value", "variance_explained")


def read_sizing(data: Any, currency: str) -> Sizing:
    """The question that a document asks.

    Raises:
        DomainError: with the dotted path of the first field that does not fit.
    """
    fields = Fields(data, "", SIZING)
    agents, window = _agents(fields.raw("agents")), fields.whole("window_days", 28)
    return Sizing(
        goals=tuple(_goal(item, path) for path, item in fields.items("goals")),
        guardrails=tuple(_guardrail(item, path) for path, item in fields.items("guardrails")),
        traffic_per_week=fields.number("traffic_per_week") if agents is None else agents.per_week(window),
        alpha=fields.number("alpha", 0.025),
        power=fields.number("power", 0.8),
        looks=fields.whole("looks", 1),
        spending=fields.choice("spending", Spending, Spending.OBRIEN_FLEMING),
        variants=fields.whole("variants", 2),
        allocation=fields.number("allocation", 1.0),
        window_days=window,
        goal_rule=fields.choice("goal_rule", GoalRule, GoalRule.ALL),
        correlation=fields.maybe_number("correlation"),
        currency=currency,
        agents=agents,
    )


def _agents(data: Any) -> Agents | None:
    if data is None:
        return None
    fields = Fields(data, "agents", ("available", "contacts", "icc", "cv"))
    available, contacts = fields.whole("available", 0), fields.number("contacts")
    return Agents(available, contacts, fields.number("icc"), fields.number("cv", 0.0))


def _goal(item: Any, path: str) -> GoalLine:
    fields = Fields(item, path, (*LINE, "effect", "scale"))
    key, scale = fields.text("metric"), fields.text("scale", "relative")
    if scale not in ("relative", "absolute"):
        told = f"{path}.scale == {scale!r}, must be one of relative, absolute."
        raise DomainError("unknown_choice", told, f"{path}.scale")
    with placed(path, f"goal.{key}"):
        return GoalLine(
            key,
            fields.choice("kind", MetricKind),
            fields.number("baseline"),
            fields.number("effect"),
            scale=cast("Literal['relative', 'absolute']", scale),
            sd=fields.maybe_number("sd"),
            value=fields.maybe_number("value"),
            variance_explained=fields.number("variance_explained", 0.0),
        )


def _guardrail(item: Any, path: str) -> GuardrailLine:
    fields = Fields(item, path, (*LINE, "margin", "form", "expected_change", "direction"))
    key = fields.text("metric")
    with placed(path, f"guardrail.{key}"):
        return GuardrailLine(
            key,
            fields.choice("kind", MetricKind),
            fields.number("baseline"),
            fields.number("margin"),
            fields.choice("form", MarginForm, MarginForm.RELATIVE),
            sd=fields.maybe_number("sd"),
            value=fields.maybe_number("value"),
            expected_change=fields.number("expected_change", 0.0),
            direction=_direction(fields),
            variance_explained=fields.number("variance_explained", 0.0),
        )


def _direction(fields: Fields) -> Direction:
    word = fields.text("direction", "higher")
    if word not in ("higher", "lower"):
        told = f"{fields.at('direction')} == {word!r}, must be one of higher, lower."
        raise DomainError("unknown_choice", told, fields.at("direction"))
    return Direction.HIGHER if word == "higher" else Direction.LOWER
