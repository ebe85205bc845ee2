"""Parts of a spec that every kind of import has: tables that may be missing, lists with paths, the plan."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from experiments.domain.plan import GoalRule, Plan
from experiments.services.fields import Fields


def table(top: Fields, name: str) -> Any:
    """A table of the file, empty where it is missing."""
    return top.raw(name) if top.has(name) else {}


def items(top: Fields, name: str) -> Iterator[tuple[str, Any]]:
    """Entries of a list with their paths: by their key where they have one, else by their place."""
    for path, item in top.items(name):
        key = item.get("key") if isinstance(item, Mapping) else None
        yield (f"{name}.{key}" if isinstance(key, str) and key else path), item


def plan(top: Fields) -> Plan:
    """What was planned, as far as the file says."""
    fields = Fields(table(top, "plan"), "plan", ("alpha", "power", "goal_rule", "units_per_variant"))
    usual = Plan()
    return Plan(
        alpha=fields.number("alpha", usual.alpha),
        power=fields.number("power", usual.power),
        goal_rule=fields.choice("goal_rule", GoalRule, usual.goal_rule),
        units_per_variant=fields.maybe_whole("units_per_variant"),
    )
