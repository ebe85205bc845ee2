"""One sentence per fact behind a decision."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from experiments.decision.evidence import Arm, Evidence
from experiments.decision.metric_result import MetricResult
from experiments.decision.net_words import net_figures
from experiments.decision.phrases import after_stop_words, figures, limit_part
from experiments.decision.words import Action


def arm_reasons(evidence: Evidence, arm: Arm, actions: Mapping[str, Action]) -> Iterator[str]:
    """Goals, guardrails and net of one variant, and what an early stop does to the estimate."""
    unit = evidence.experiment.unit
    where = f"{arm.variant.title}: " if len(evidence.arms) > 1 else ""
    for row in (*arm.goals, *arm.guardrails):
        yield f"{where}{_row_reason(row, unit)}"
    for row in arm.goals:
        if words := after_stop_words(row, unit):
            yield f"{where}{row.title}: {words}"
    if arm.net is not None and arm.net.status == "ok":
        yield f"{where}Net {net_figures(arm.net, unit)}."
    if actions[arm.variant.key] is Action.SHIP and not evidence.look.final:
        look = evidence.look
        yield f"{where}Stopped at look {look.number} of {look.planned}: an early stop flatters the measured gain."


def _row_reason(row: MetricResult, unit: str) -> str:
    word = row.verdict.value.replace("_", " ")
    note = f" {row.note}" if row.note else ""
    return f"{row.title}: {word}, {figures(row, unit)}{limit_part(row, unit, ', ')}.{note}"
