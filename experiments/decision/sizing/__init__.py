"""Sizing a test in product words: margins in shares, sales or money; the answer in units, weeks and money."""

from experiments.decision.sizing.agents import Agents
from experiments.decision.sizing.known import KnownMetric
from experiments.decision.sizing.lines import GoalLine, GuardrailLine, MarginForm, Sizing
from experiments.decision.sizing.outcome import LineOutcome, Look, MarginWorth, SizingOutcome
from experiments.decision.sizing.per_agent import per_agent, resolved
from experiments.decision.sizing.reach import reach, reach_in_weeks
from experiments.decision.sizing.reached import Amount, ReachLine, ReachOutcome
from experiments.decision.sizing.size import size_test
from experiments.decision.sizing.specs import design_of, make_design, traffic_of

__all__ = [
    "Agents",
    "Amount",
    "GoalLine",
    "GuardrailLine",
    "KnownMetric",
    "LineOutcome",
    "Look",
    "MarginForm",
    "MarginWorth",
    "ReachLine",
    "ReachOutcome",
    "Sizing",
    "SizingOutcome",
    "design_of",
    "make_design",
    "per_agent",
    "reach",
    "reach_in_weeks",
    "resolved",
    "size_test",
    "traffic_of",
]
