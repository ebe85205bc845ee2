"""What an import did."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from experiments.services.import_units.rows import Rejection
from experiments.services.import_units.spec import ImportSpec

#: Rejected rows listed; all of them are counted.
LISTED = 1_000

Outcome = Literal["imported", "replaced", "unchanged"]


@dataclass(frozen=True, slots=True)
class ImportResult:
    """The outcome of one import.

    Args:
        outcome: a new experiment; an experiment whose rows were replaced; or nothing done, because the same file was
            imported by the same spec before.
        experiment: key.
        run_id: the run that counts now.
        rows: units kept.
        rejected: rows refused, all of them.
        rejections: the first of them.
        in_two_variants: units that stood in two variants and were left out.
        variants: units kept by key of the variant, the control first.
        left_out: rows left out because of their variant, by its text in the file.
        unmatched: rows of the other variants left out because the spec asks for other cells.
    """

    outcome: Outcome
    experiment: str
    run_id: int
    rows: int
    rejected: int
    rejections: tuple[Rejection, ...]
    in_two_variants: int
    variants: dict[str, int]
    left_out: dict[str, int]
    unmatched: int


class RowTally:
    """Counts of one run while it reads."""

    def __init__(self, variants: int, left_out: int = 0) -> None:
        self.kept = [0] * variants
        self.left_out = [0] * left_out
        self.unmatched = 0
        self.rejected = 0
        self.rejections: list[Rejection] = []
        self.in_two_variants = 0

    @property
    def rows(self) -> int:
        """Units kept."""
        return sum(self.kept)

    def count(self, variant: int, *, counts: bool, by: int = 1) -> None:
        """Count a row as kept, or as left out for its variant or else for its cells."""
        if variant >= len(self.kept):
            self.left_out[variant - len(self.kept)] += by
        elif counts:
            self.kept[variant] += by
        else:
            self.unmatched += by

    def reject(self, rejection: Rejection) -> None:
        """Count a row that does not count, and list it while there is room."""
        self.rejected += 1
        if len(self.rejections) < LISTED:
            self.rejections.append(rejection)

    def to_plain(self) -> dict[str, Any]:
        """What the run keeps."""
        return {
            "kept": self.kept,
            "in_two_variants": self.in_two_variants,
            "left_out": self.left_out,
            "unmatched": self.unmatched,
            "rejections": [{"line": rejection.line, "reason": rejection.reason} for rejection in self.rejections],
        }


def result_of(outcome: Outcome, spec: ImportSpec, run_id: int, rejected: int, report: dict[str, Any]) -> ImportResult:
    """The result of a run from what it kept."""
    keys = [variant.key for variant in spec.variants]
    return ImportResult(
        outcome=outcome,
        experiment=spec.experiment.key,
        run_id=run_id,
        rows=sum(report["kept"]),
        rejected=rejected,
        rejections=tuple(Rejection(item["line"], item["reason"]) for item in report["rejections"]),
        in_two_variants=report["in_two_variants"],
        variants=dict(zip(keys, report["kept"], strict=True)),
        # Runs of earlier versions left nothing out.
        left_out=dict(zip(spec.left_out, report.get("left_out", ()), strict=True)),
        unmatched=report.get("unmatched", 0),
    )
