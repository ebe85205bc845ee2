"""One row of a file before its cells are read."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RawRow:
    """One row of the file.

    Args:
        line: line where it begins, the header being line 1; of a Parquet file the number of the row.
        number: place among the rows, from 1.
        cells: the wanted cells in the wanted order; empty where there is a problem.
        problem: why the row cannot be read, None where it can.
    """

    line: int
    number: int
    cells: tuple[str, ...]
    problem: str | None = None
