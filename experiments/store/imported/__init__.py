"""Imported units: runs that are written bit by bit and count only once they are done, and their Moments."""

from experiments.store.imported.moments import imported_counts, imported_moments, segment_counts, segment_moments
from experiments.store.imported.runs import (
    ImportRun,
    begin_run,
    claim,
    current_run,
    fail_run,
    finish_run,
    leftover_runs,
    remove_some,
)
from experiments.store.imported.units import StoredColumn, drop_units, segment_names, tell_planner, write_units

__all__ = [
    "ImportRun",
    "StoredColumn",
    "begin_run",
    "claim",
    "current_run",
    "drop_units",
    "fail_run",
    "finish_run",
    "imported_counts",
    "imported_moments",
    "leftover_runs",
    "remove_some",
    "segment_counts",
    "segment_moments",
    "segment_names",
    "tell_planner",
    "write_units",
]
