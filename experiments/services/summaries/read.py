"""A summary file as experiments: CSV or Parquet, all of it or an error."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from experiments.domain.errors import DomainError
from experiments.domain.metric import Margin
from experiments.services.import_units.nearest import nearest
from experiments.services.import_units.raw_row import RawRow
from experiments.services.import_units.read import open_rows
from experiments.services.import_units.spec import CsvOptions
from experiments.services.summaries.cells import Cells
from experiments.services.summaries.experiment import SummaryExperiment, assemble
from experiments.services.summaries.row import NAMES, REQUIRED, Column, SummaryRow, read_row


def read_summary(
    path: Path, *, margins: Mapping[str, Margin] | None = None, split: Sequence[float] = ()
) -> tuple[SummaryExperiment, ...]:
    """The experiments of a file, in the order of their first rows; docs/summary-files.md describes the file.

    Args:
        margins: by metric; makes the metric a guardrail.
        split: planned shares of the variants of every experiment, the control first; empty = as the file says.

    Raises:
        DomainError: the file cannot be read, or a row is not what it must be; the message names line, column, value
            and bound.
    """
    by_experiment: dict[str, list[SummaryRow]] = {}
    for row in _rows(path):
        by_experiment.setdefault(row.experiment, []).append(row)
    if not by_experiment:
        raise DomainError("no_rows", f"file == {path.name!r}, has no row below its header.", "file")
    margins = margins or {}
    _check_margins(margins, {row.metric for rows in by_experiment.values() for row in rows})
    return tuple(assemble(rows, margins, split) for rows in by_experiment.values())


def _rows(path: Path) -> list[SummaryRow]:
    with open_rows(path, CsvOptions()) as source:
        _check_header(source.header)
        return [read_row(_cells(raw, source.header)) for raw in source.rows(source.header)]


def _cells(raw: RawRow, header: Sequence[str]) -> Cells:
    if raw.problem is not None:
        raise DomainError("bad_row", f"line {raw.line}: {raw.problem}.", "file")
    return Cells(raw.line, dict(zip(header, raw.cells, strict=True)), NAMES)


def _check_header(header: Sequence[str]) -> None:
    for name in header:
        if name not in set(Column):
            raise DomainError(
                "unknown_column",
                f"column {name!r} is none of a summary file's; nearest: {nearest(name, Column)}.",
                name,
            )
    for column in REQUIRED:
        if column not in header:
            raise DomainError("unknown_column", f"column {column.value!r} is missing, must be there.", column)


def _check_margins(margins: Mapping[str, Margin], metrics: set[str]) -> None:
    for metric in margins:
        if metric not in metrics:
            raise DomainError(
                "unknown_choice",
                f"--margin == {metric!r}, is no metric of the file; nearest: {nearest(metric, sorted(metrics))}.",
                "margin",
            )
