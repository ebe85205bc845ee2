"""The bar of each variant's blocks: that of its goals and guardrails, so that a page has one level."""

from __future__ import annotations

from experiments.decision.arms import Rows
from experiments.decision.bar import decision_bar
from experiments.decision.gross_to_net.figures import Bar
from experiments.decision.inputs import AnalysisInput
from experiments.domain.metric import Role


def net_bars(given: AnalysisInput, metrics: Rows) -> dict[str, Bar]:
    """Level and boundary by variant.

    At looks every variant carries alpha / k. Without looks the level is the step of Holm's procedure that judged the
    variant; rows judged at the harm boundary carry a lower one and do not count.
    """
    keys = [variant.key for variant in given.treatments]
    if given.looks.sequential:
        if not given.looks.is_look:
            return {key: Bar(1 - 2 * given.alpha / len(keys), None) for key in keys}
        deciding = decision_bar(given.looks, given.alpha / len(keys))
        return {key: Bar(deciding.level, deciding.critical) for key in keys}
    return {key: Bar(_level(given, metrics, key), None) for key in keys}


def _level(given: AnalysisInput, metrics: Rows, variant: str) -> float:
    rows = [row for row in metrics if row.variant == variant and row.role in (Role.GOAL, Role.GUARDRAIL)]
    return max((row.absolute.level for row in rows), default=1 - 2 * given.alpha)
