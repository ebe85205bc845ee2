"""Metrics about channels in a test of visitors: read from units that were known customers at first exposure.

A sale on the web carries the visitor, a sale by phone the customer only. Of a visitor whom nobody knows, a sale that
moves from the phone to the web would therefore read as a new one (definitions, matching).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy.orm import Session

from experiments.decision.inputs import AnalysisInput
from experiments.domain.experiment import Experiment, UnitKind
from experiments.domain.metric import EventKind, Metric
from experiments.stats.moments import Moments
from experiments.store.moments import MomentsRequest, compute_linked
from experiments.store.moments.quality import sales_without_visitor

#: Fewer units have no variance.
LEAST = 2
NOBODY = (
    "Not measured: no visitor was known to be a customer at first exposure, so sales of other channels cannot be "
    "matched."
)


def reads_channels(metric: Metric) -> bool:
    """Whether a metric tells channels apart; one over all channels does not."""
    parts = [metric.column, metric.denominator]
    return any(part is not None and part.event.channels for part in parts)


def warning(session: Session, experiment: Experiment, metrics: Sequence[Metric]) -> tuple[str, ...]:
    """A sentence about metrics over all channels in a test of visitors, where sales without a visitor are stored."""
    mixed = [m.name for m in metrics if m.column.event.kind is EventKind.SALE and not reads_channels(m)]
    if experiment.unit is not UnitKind.VISITOR or not mixed or not sales_without_visitor(session):
        return ()
    return (
        f"{', '.join(mixed)}: sales that carry no visitor id are matched for linked visitors only, so a sale that "
        "moves between channels can read as an effect. Where other channels enter the verdict, randomise customers.",
    )


def linked_moments(
    session: Session, experiment: Experiment, metrics: Sequence[Metric], request: MomentsRequest
) -> dict[str, dict[str, Moments]]:
    """Per metric that tells channels apart, moments per variant key; nothing for a test that draws no visitors."""
    chosen = [metric.key for metric in metrics if reads_channels(metric)]
    if experiment.unit is not UnitKind.VISITOR or not chosen:
        return {}
    found = compute_linked(session, request)
    keys = [column.key for column in request.columns]
    none = Moments.from_sums(0, keys, [0.0] * len(keys), [[0.0] * len(keys)] * len(keys))
    groups = {variant.key: found.get(place, none) for place, variant in enumerate(experiment.phase.variants)}
    return dict.fromkeys(chosen, groups)


def with_linked(data: AnalysisInput, own: dict[str, dict[str, Moments]]) -> AnalysisInput:
    """The analysis with these metrics read from linked units, and with a sentence that says so."""
    if not own:
        return data
    measured = {key for key, groups in own.items() if min(group.n for group in groups.values()) >= LEAST}
    plans = tuple(
        replace(plan, fault=NOBODY) if plan.key in own and plan.key not in measured else plan for plan in data.metrics
    )
    titles = ", ".join(plan.title for plan in plans if plan.key in own)
    note = (
        f"{titles}: only visitors known to be customers at their first exposure count; others' sales cannot be matched."
    )
    quality = replace(data.quality, notes=(*data.quality.notes, note))
    return replace(data, metrics=plans, quality=quality, own_moments=own)
