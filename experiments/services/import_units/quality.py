"""What a report says about the rows of an imported test: what was rejected, left out, and cannot be known from them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from experiments.decision.formats import inside_sentence, listed
from experiments.decision.quality import Quality
from experiments.services.import_units.spec import ExperimentSpec, ImportSpec


@dataclass(frozen=True, slots=True)
class Units:
    """A run as a report sees it.

    Args:
        rows, rejected: units kept and rows refused.
        in_two_variants: units left out because they stood in two variants.
        left_out: rows left out because of their variant, in the order of `ImportSpec.left_out`.
        unmatched: rows of the other variants left out because the spec asks for other cells.
    """

    run_id: int
    file: str
    rows: int
    rejected: int
    in_two_variants: int
    left_out: tuple[int, ...] = ()
    unmatched: int = 0


def units_of(run_id: int, file: str, rows: int, rejected: int, report: Mapping[str, Any]) -> Units:
    """A run from what it found; runs of earlier versions left nothing out."""
    left_out = tuple(report.get("left_out", ()))
    return Units(run_id, file, rows, rejected, report["in_two_variants"], left_out, report.get("unmatched", 0))


def quality_of(spec: ImportSpec, units: Units) -> Quality:
    """Counts and sentences about the rows."""
    twice, kept = units.in_two_variants, units.rows
    return Quality(
        in_two_variants=twice,
        in_two_variants_share=twice / (kept + twice) if kept + twice else 0.0,
        notes=(*_notes(spec, units), *limits_of(spec.experiment)),
    )


def limits_of(experiment: ExperimentSpec) -> tuple[str, ...]:
    """What the spec says that the data cannot answer."""
    return tuple(f"Not measurable with these data: {inside_sentence(sentence)}" for sentence in experiment.not_measured)


def condition(spec: ImportSpec) -> str:
    """The cells of the rows that count: mens = 1 and womens = 0."""
    return listed([f"{column} = {text.removesuffix('.0')}" for column, text in spec.when])


def _notes(spec: ImportSpec, units: Units) -> Iterator[str]:
    yield f"Units and variants as given in {units.file}; who was assigned and not exposed is not known."
    if units.rejected:
        # A row that was left out was read, too.
        read = units.rows + units.rejected + sum(units.left_out) + units.unmatched
        yield f"{units.rejected:,} of {read:,} rows were rejected by the import."
    for text, count in zip(spec.left_out, units.left_out, strict=True):
        yield f"{count:,} rows of variant {text!r} were left out: the spec compares the others."
    if spec.when:
        yield f"{units.unmatched:,} rows were left out: only those with {condition(spec)} count."
