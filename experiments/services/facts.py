"""What a report says about the test itself, the same wherever its numbers come from."""

from __future__ import annotations

from collections.abc import Iterable

from experiments.decision.heads import Source
from experiments.decision.inputs import ExperimentFacts, VariantFacts
from experiments.domain.experiment import Experiment
from experiments.domain.variant import Variant
from experiments.services.import_units.spec import VariantSpec


def experiment_facts(experiment: Experiment, source: Source = "events") -> ExperimentFacts:
    """The test as its report names it."""
    return ExperimentFacts(
        experiment.key,
        experiment.name,
        experiment.unit.value,
        experiment.status.value,
        experiment.phase.number,
        source,
    )


def variant_facts(variants: Iterable[Variant | VariantSpec]) -> tuple[VariantFacts, ...]:
    """The variants with the control first, as everywhere."""
    return tuple(
        VariantFacts(variant.key, variant.name, variant.weight, control=place == 0)
        for place, variant in enumerate(variants)
    )
