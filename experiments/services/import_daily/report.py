"""The Report of a test with day totals: binomial counts per variant over the days that are mature."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time

import numpy as np
from sqlalchemy.orm import Session

from experiments.decision.inputs import AnalysisInput
from experiments.decision.looks import Looks
from experiments.decision.quality import Quality
from experiments.domain.errors import DomainError, NotFoundError
from experiments.domain.experiment import Experiment
from experiments.domain.plain import from_plain
from experiments.services.clock import to_iso
from experiments.services.facts import experiment_facts, variant_facts
from experiments.services.import_daily.days import Days, mature_for_all, total
from experiments.services.import_daily.robustness import robustness_notes
from experiments.services.import_daily.spec import KIND, DailyMetric, DailySpec
from experiments.services.import_units.quality import limits_of
from experiments.stats.moments import Moments
from experiments.store import imported

#: Days with fewer units say nothing about the split of that day.
LEAST_PER_DAY = 100


def input_from_daily(session: Session, experiment: Experiment, now: int) -> AnalysisInput:
    """What the report of a test imported as day totals is computed from.

    Raises:
        NotFoundError: nothing was imported.
        DomainError: the test was imported in another form (`not_available`).
    """
    run = imported.current_run(session, experiment.key)
    if run is None:
        raise NotFoundError("import", experiment.key)
    if run.kind != KIND:
        raise DomainError(
            "not_available", f"{experiment.key} was imported as {run.kind}, and has no day totals.", "key"
        )
    days = Days.from_plain(run.report["days"])
    return input_of(experiment, from_plain(DailySpec, run.spec), days, run.file, now)


def input_of(experiment: Experiment, spec: DailySpec, days: Days, file: str, now: int) -> AnalysisInput:
    """The same from days at hand.

    Counts are taken as independent units: the events of a metric are binomial in its own units, and metrics whose units
    differ have no covariance.
    """
    exposed = {variant.key: total(days.days, variant.key, spec.exposure) for variant in spec.variants}
    mature = mature_for_all(days, spec)
    counted = {variant.key: total(mature, variant.key, spec.exposure) for variant in spec.variants}
    return AnalysisInput(
        experiment=experiment_facts(experiment, "daily"),
        variants=variant_facts(spec.variants),
        metrics=tuple(metric.plan for metric in spec.metrics),
        moments={key: Moments(n, (), np.zeros(0), np.zeros((0, 0))) for key, n in counted.items()},
        exposed=exposed,
        looks=Looks(information=_information(spec, counted)),
        goal_rule=experiment.plan.goal_rule,
        alpha=experiment.plan.alpha,
        segments=_split_by_day(spec, days),
        quality=Quality(immature=sum(exposed.values()) - sum(counted.values()), notes=tuple(_notes(spec, days, file))),
        data_until=datetime.combine(days.last, time.max, UTC).isoformat().replace("+00:00", "Z"),
        computed_at=to_iso(now),
        own_moments={metric.key: _moments(spec, metric, days) for metric in spec.metrics},
    )


def _moments(spec: DailySpec, metric: DailyMetric, days: Days) -> dict[str, Moments]:
    mature = days.mature(metric.lag_days)
    return {
        variant.key: Moments.from_counts(
            total(mature, variant.key, metric.denominator), total(mature, variant.key, metric.events), metric.events
        )
        for variant in spec.variants
    }


def _information(spec: DailySpec, counted: dict[str, int]) -> float | None:
    planned = spec.plan.units_per_variant
    return counted[spec.variants[0].key] / planned if planned else None


def _split_by_day(spec: DailySpec, days: Days) -> dict[str, dict[str, int]]:
    found = {}
    for day in days.days:
        counts = {variant.key: day.counts[variant.key][spec.exposure] or 0 for variant in spec.variants}
        if sum(counts.values()) >= LEAST_PER_DAY:
            found[day.day.isoformat()] = counts
    return found


def _notes(spec: DailySpec, days: Days, file: str) -> Iterator[str]:
    yield (
        f"Day totals as given in {file}. They are analysed as counts of independent units; a unit that comes on "
        "several days counts several times, and intervals are then too narrow. Numbers per 1,000 count what each "
        "metric is divided by."
    )
    for metric in spec.metrics:
        if metric.lag_days:
            mature = len(days.mature(metric.lag_days))
            yield (
                f"{metric.spec.name}: {mature} of {len(days.days)} days count, the others are younger than "
                f"{metric.lag_days} days."
            )
    yield from robustness_notes(spec, days)
    yield from limits_of(spec.experiment)
