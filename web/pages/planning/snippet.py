"""The calculation as a piece of Python that gives the same numbers."""

from __future__ import annotations

from dataclasses import fields
from enum import Enum
from typing import TYPE_CHECKING, Any

from experiments.decision.sizing import GoalLine, GuardrailLine, Sizing

if TYPE_CHECKING:
    from collections.abc import Iterable

_HEAD = """from experiments.decision.sizing import Agents, GoalLine, GuardrailLine, MarginForm, Sizing, size_test
from experiments.domain.metric import Direction, MetricKind
from experiments.domain.plan import GoalRule, Spending
"""
_FOOT = """outcome = size_test(question)
print(outcome.joint_total, "units,", outcome.weeks, "weeks;", outcome.binding, "decides")"""


def python_snippet(sizing: Sizing) -> str:
    """Self-contained; arguments at their defaults are left out."""
    lines = [_HEAD, "question = Sizing("]
    lines += ["    goals=(", *(f"        {_call(goal)}," for goal in sizing.goals), "    ),"]
    lines += ["    guardrails=(", *(f"        {_call(line)}," for line in sizing.guardrails), "    ),"]
    lines += [f"    {name}={text}," for name, text in _arguments(sizing, skip=("goals", "guardrails"))]
    return "\n".join([*lines, ")", _FOOT])


def _call(line: GoalLine | GuardrailLine) -> str:
    arguments = ", ".join(f"{name}={text}" for name, text in _arguments(line))
    return f"{type(line).__name__}({arguments})"


def _arguments(value: Any, skip: tuple[str, ...] = ()) -> Iterable[tuple[str, str]]:
    for field in fields(value):
        given = getattr(value, field.name)
        if field.name not in skip and given != field.default:
            yield field.name, _text(given)


def _text(value: Any) -> str:
    return f"{type(value).__name__}.{value.name}" if isinstance(value, Enum) else repr(value)
