"""The imported test as a normal experiment: stopped, one phase, variants and plan of the spec."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from sqlalchemy.orm import Session

from experiments.domain.errors import ConflictError
from experiments.domain.experiment import Experiment, Status
from experiments.domain.metric import MetricUse
from experiments.domain.phase import SALT_BYTES, Phase
from experiments.domain.plan import Plan
from experiments.domain.variant import Variant
from experiments.services.import_units.spec import ExperimentSpec, VariantSpec
from experiments.store.catalogue import experiments


class ListedMetric(Protocol):
    """A metric as far as the experiment lists it."""

    @property
    def use(self) -> MetricUse:
        """Key, role and margin."""


class FinishedTest(Protocol):
    """What the spec of any import says about the test, whether its file has units or day totals."""

    @property
    def experiment(self) -> ExperimentSpec:
        """The test itself."""

    @property
    def variants(self) -> tuple[VariantSpec, ...]:
        """The control first."""

    @property
    def metrics(self) -> Sequence[ListedMetric]:
        """In the order of the report."""

    @property
    def plan(self) -> Plan:
        """Levels and sizes."""


def check_replaceable(found: Experiment | None, key: str) -> None:
    """Refuse to write over a test that ran here, or over one that people have decided on.

    Raises:
        ConflictError: `exists` or `frozen`.
    """
    if found is None:
        return
    if not found.imported:
        raise ConflictError(
            f"experiment.key == {key!r}, belongs to a test that was not imported.", "experiment.key", code="exists"
        )
    if found.status is not Status.STOPPED:
        raise ConflictError(
            f"experiment.key == {key!r}, is {found.status.value}; only a stopped test can be imported again.",
            "experiment.key",
            code="frozen",
        )


def save_experiment(session: Session, spec: FinishedTest, now: int) -> int:
    """Add the experiment or bring it up to the spec; returns its id. Errors as in `check_replaceable`."""
    key = spec.experiment.key
    found = experiments.find(session, key)
    check_replaceable(found, key)
    if found is None:
        return experiments.add(session, experiment_of(spec, secrets.token_hex(SALT_BYTES), now))
    made = experiment_of(spec, found.phase.salt, found.created_at)
    experiments.save(session, replace(made, revision=found.revision, owner=made.owner or found.owner))
    return experiments.id_of(session, key)


def experiment_of(spec: FinishedTest, salt: str, created_at: int) -> Experiment:
    """The experiment that a spec describes."""
    test = spec.experiment
    variants = tuple(Variant(variant.key, variant.name, variant.weight) for variant in spec.variants)
    return Experiment(
        key=test.key,
        name=test.name,
        hypothesis=test.hypothesis,
        unit=test.unit,
        metrics=tuple(metric.use for metric in spec.metrics),
        phases=(Phase(1, salt, variants, started_at=test.started, ended_at=test.ended),),
        plan=spec.plan,
        status=Status.STOPPED,
        owner=test.owner,
        imported=True,
        created_at=created_at,
        launched_at=test.started,
        stopped_at=test.ended,
    )
