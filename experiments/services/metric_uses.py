"""Which tests use which metric, and in which version."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from experiments.domain.experiment import Experiment
from experiments.domain.metric import Role
from experiments.services.experiments import all_experiments


@dataclass(frozen=True, slots=True)
class MetricUseIn:
    """One use; version None = not pinned yet, the newest at launch."""

    experiment: Experiment
    role: Role
    version: int | None


def tests_by_metric(session: Session) -> dict[str, tuple[MetricUseIn, ...]]:
    """The tests of every metric that has any, whatever their state."""
    found: dict[str, list[MetricUseIn]] = {}
    for experiment in all_experiments(session):
        for use in experiment.metrics:
            found.setdefault(use.metric, []).append(MetricUseIn(experiment, use.role, use.version))
    return {key: tuple(uses) for key, uses in found.items()}
