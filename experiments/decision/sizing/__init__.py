"""Sizing a test in product words: margins in shares, sales or money; the answer in units, weeks and money."""

from experiments.decision.sizing.lines import GoalLine, GuardrailLine, MarginForm, Sizing
from experiments.decision.sizing.outcome import LineOutcome, MarginWorth, SizingOutcome
from experiments.decision.sizing.size import size_test

__all__ = [
    "GoalLine",
    "GuardrailLine",
    "LineOutcome",
    "MarginForm",
    "MarginWorth",
    "Sizing",
    "SizingOutcome",
    "size_test",
]
