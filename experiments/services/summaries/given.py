"""One moment of a summary as what the report is computed from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from experiments.decision.inputs import AnalysisInput, ExperimentFacts, MetricPlan
from experiments.decision.looks import Looks
from experiments.decision.quality import Quality
from experiments.domain.metric import MetricKind
from experiments.services.summaries.experiment import COLUMN, SummaryExperiment
from experiments.services.summaries.row import SummaryRow
from experiments.services.summaries.taken import Taken
from experiments.stats.moments import Moments

NO_VALUE = "The file gives neither successes nor a mean or sum."
NO_VARIANCE = "The file gives no variance, or sums whose difference is lost in rounding."


def moments_to_look_at(experiment: SummaryExperiment) -> tuple[tuple[Taken, float], ...]:
    """The looks: moments at which information has grown, with its share of what was planned.

    Without a planned number the last moment is the end. With one, the first moment that reaches it is the end, and
    what the file holds beyond it is left out.
    """
    sizes = [sum(exposed_at(experiment, taken).values()) for taken in experiment.taken]
    planned = experiment.planned_n or sizes[-1]
    looks = [(experiment.taken[0], sizes[0])]
    for (_, before), (taken, size) in pairwise(zip(experiment.taken, sizes, strict=True)):
        if before >= planned:
            break
        if size > before:
            looks.append((taken, size))
    # A test without any unit has no information; its one look says that nobody was exposed.
    return tuple((taken, size / planned if size else 1.0) for taken, size in looks if size or len(looks) == 1)


def given_at(
    experiment: SummaryExperiment, looks: Sequence[tuple[Taken, float]], number: int, computed_at: str | None
) -> AnalysisInput:
    """The analysis at one of the looks.

    Args:
        looks: all of them, from `moments_to_look_at`.
        number: from 1.
    """
    taken = looks[number - 1][0]
    position = _looks(tuple(share for _, share in looks), number)
    exposed = exposed_at(experiment, taken)
    own = {metric.key: _own(experiment, metric, taken) for metric in experiment.metrics}
    return AnalysisInput(
        experiment=ExperimentFacts(
            experiment.key,
            experiment.key,
            experiment.unit,
            "stopped" if position.closing else "running",
            source="summary",
        ),
        variants=experiment.variants,
        metrics=tuple(replace(metric, fault=_fault(experiment, metric, taken)) for metric in experiment.metrics),
        moments={key: Moments(n, (), np.zeros(0), np.zeros((0, 0))) for key, n in exposed.items()},
        exposed=exposed,
        looks=position,
        quality=Quality(notes=tuple(_notes(experiment, taken))),
        computed_at=computed_at,
        own_moments=own,
    )


def _notes(experiment: SummaryExperiment, taken: Taken) -> Iterator[str]:
    if experiment.variants[0].weight is None:
        yield "No planned shares were stated, so the split is not checked."
    counts = {
        tuple(taken.rows[variant.key, metric.key].n for variant in experiment.variants) for metric in experiment.metrics
    }
    if len(counts) > 1:
        yield "Metrics have numbers of units of their own; the largest ones are shown and checked."
    if len(experiment.taken) > 1 and experiment.planned_n is None:
        yield "The last moment of the file counts as the planned end."


def exposed_at(experiment: SummaryExperiment, taken: Taken) -> dict[str, int]:
    """Units per variant: those of the metric that has most of them, since the file counts units per metric."""
    counts = [
        {variant.key: taken.rows[variant.key, metric.key].n for variant in experiment.variants}
        for metric in experiment.metrics
    ]
    return max(counts, key=lambda by_variant: sum(by_variant.values()))


def _looks(shares: tuple[float, ...], number: int) -> Looks:
    if len(shares) == 1 and shares[0] >= 1:
        return Looks()
    ended = shares[-1] >= 1
    return Looks(
        planned=(*shares[:-1], 1.0) if ended else (*shares, 1.0),
        number=number,
        reached=shares[:number],
        final=ended and number == len(shares),
    )


def _own(experiment: SummaryExperiment, metric: MetricPlan, taken: Taken) -> dict[str, Moments]:
    rows = {variant.key: taken.rows[variant.key, metric.key] for variant in experiment.variants}
    spread = all(_has_variance(row) for row in rows.values())
    return {key: _moments(row, spread) for key, row in rows.items()}


def _moments(row: SummaryRow, spread: bool) -> Moments:
    if row.mean is None:
        return Moments(0, (COLUMN,), np.zeros(1), np.zeros((1, 1)))
    if row.kind is MetricKind.RATE:
        return Moments.from_counts(row.n, round(row.mean * row.n), COLUMN)
    # One arm's variance alone would be that of no comparison.
    variance = row.variance if spread and row.variance is not None else 0.0
    return Moments(row.n, (COLUMN,), np.array([row.mean]), np.array([[variance]]))


def _has_variance(row: SummaryRow) -> bool:
    return row.kind is MetricKind.RATE or row.n < 2 or row.variance is not None


def _fault(experiment: SummaryExperiment, metric: MetricPlan, taken: Taken) -> str | None:
    rows = [taken.rows[variant.key, metric.key] for variant in experiment.variants]
    if any(row.n > 0 and row.mean is None for row in rows):
        return NO_VALUE
    return None if all(_has_variance(row) for row in rows) else NO_VARIANCE
