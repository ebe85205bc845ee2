"""The Report of an imported test, from its units and the spec that its run keeps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sqlalchemy.orm import Session

from experiments.decision.by_segment.given import SegmentMoments, columns_by_segment, nobody
from experiments.decision.inputs import AnalysisInput
from experiments.decision.looks import Looks
from experiments.domain.errors import ConflictError, DomainError, NotFoundError
from experiments.domain.experiment import Experiment
from experiments.domain.plain import from_plain
from experiments.services.clock import maybe_iso, to_iso
from experiments.services.facts import experiment_facts, variant_facts
from experiments.services.import_units.quality import Units, quality_of, units_of
from experiments.services.import_units.spec import KIND, ImportSpec
from experiments.stats.moments import Moments
from experiments.store import imported
from experiments.store.imported import ImportRun


def input_from_units(session: Session, experiment: Experiment, now: int) -> AnalysisInput:
    """What the report of an imported test is computed from: all its units at the one planned look.

    Raises:
        DomainError: the test was imported in another form (`not_available`).
        ConflictError: the units were replaced while they were read (`changed`); asking again helps.
    """
    run, spec = _run_of(session, experiment.key)
    units = units_of(run.id, run.file, run.rows, run.rejected, run.report)
    return input_of(session, experiment, spec, units, now)


def input_of(session: Session, experiment: Experiment, spec: ImportSpec, units: Units, now: int) -> AnalysisInput:
    """The same of a run whether it counts already or not; raises ConflictError (`changed`)."""
    counts = imported.imported_counts(session, units.run_id)
    if sum(counts.values()) != units.rows:
        raise ConflictError("The units were imported again while they were read.", "experiment.key", code="changed")
    moments = imported.imported_moments(session, units.run_id, spec.number_columns)
    return AnalysisInput(
        experiment=experiment_facts(experiment, "units"),
        variants=variant_facts(spec.variants),
        metrics=tuple(metric.plan for metric in spec.metrics),
        moments={variant.key: moments[place] for place, variant in enumerate(spec.variants)},
        exposed={variant.key: counts[place] for place, variant in enumerate(spec.variants)},
        looks=Looks(information=_information(experiment, moments[0])),
        goal_rule=experiment.plan.goal_rule,
        alpha=experiment.plan.alpha,
        segments=_split_by_segment(session, units.run_id, spec),
        segment_moments=tuple(_by_segment(session, units.run_id, spec)),
        quality=quality_of(spec, units),
        data_until=maybe_iso(spec.experiment.ended),
        computed_at=to_iso(now),
    )


def segments_of(session: Session, key: str, segment: str) -> dict[str, dict[str, Moments]]:
    """Moments of an imported test by group of a segment and key of the variant; over the groups they add up.

    Raises:
        NotFoundError: the test or the segment does not exist.
    """
    run, spec = _run_of(session, key)
    named = {item.key: item for item in spec.segments}
    if segment not in named:
        raise NotFoundError("segment", segment)
    found = imported.segment_moments(session, run.id, spec.number_columns, named[segment].column_key)
    groups: dict[str, dict[str, Moments]] = {}
    for (name, place), moments in sorted(found.items(), key=lambda item: item[0]):
        groups.setdefault(name, {})[spec.variants[place].key] = moments
    return groups


def _run_of(session: Session, key: str) -> tuple[ImportRun, ImportSpec]:
    run = imported.current_run(session, key)
    if run is None:
        raise NotFoundError("import", key)
    if run.kind != KIND:
        raise DomainError("not_available", f"{key} was imported as {run.kind}, and has no rows per unit.", "key")
    return run, from_plain(ImportSpec, run.spec)


def _information(experiment: Experiment, control: Moments) -> float | None:
    planned = experiment.plan.units_per_variant
    return control.n / planned if planned else None


def _split_by_segment(session: Session, run_id: int, spec: ImportSpec) -> dict[str, Mapping[str, int]]:
    """Units per variant of every group, named as "segment: group"."""
    keys = [variant.key for variant in spec.variants]
    found: dict[str, dict[str, int]] = {}
    for segment in spec.segments:
        counts = imported.segment_counts(session, run_id, segment.column_key)
        for (group, place), n in sorted(counts.items()):
            row = found.setdefault(f"{segment.name}: {group}", dict.fromkeys(keys, 0))
            row[keys[place]] = n
    return dict(found)


def _by_segment(session: Session, run_id: int, spec: ImportSpec) -> Iterator[SegmentMoments]:
    """Moments by group of every segment, groups in the order of the spec, else by name."""
    columns = columns_by_segment(spec.metrics)
    keys = [variant.key for variant in spec.variants]
    for segment in spec.segments if columns else ():
        found = imported.segment_moments(session, run_id, columns, segment.column_key)
        order = {value.name: place for place, value in enumerate(segment.values)}
        names = sorted({name for name, _ in found}, key=lambda name: (order.get(name, len(order)), name))
        yield SegmentMoments(
            segment.key,
            segment.name,
            {
                name: {key: found.get((name, place)) or nobody(columns) for place, key in enumerate(keys)}
                for name in names
            },
        )
