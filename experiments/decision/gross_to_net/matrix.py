"""Who buys what, and where: effects by group at exposure and by what was bought."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

MatrixKind = Literal["family", "channel"]
CellStatus = Literal["ok", "grey"]

#: Cells with fewer kept sales than this in either variant are shown grey and not tested.
LEAST_EVENTS = 10


@dataclass(frozen=True)
class MatrixLine:
    """A row or a column.

    Attributes:
        key: for rows of the family matrix the families held, joined by "+", or `none`, `other`, `unknown`.
        units: by variant key, units of the row; empty for columns.
    """

    key: str
    title: str
    units: Mapping[str, int]


@dataclass(frozen=True)
class MatrixCell:
    """Kept sales per 1,000 units of the row, variant − control.

    Attributes:
        control, variant: sales per 1,000 units.
        value: their difference; None in a row without units.
        lo, hi: simultaneous over all cells that are tested (max-t); None where grey. Those of totals are pointwise.
        p: Holm's over the tested cells; of totals pointwise.
        events: by variant key, kept sales.
        status: `grey` where either variant has fewer than ten sales.
    """

    row: str
    column: str
    control: float | None
    variant: float | None
    value: float | None
    lo: float | None
    hi: float | None
    p: float | None
    events: Mapping[str, int]
    status: CellStatus


@dataclass(frozen=True)
class Matrix:
    """Rows are disjoint groups known at exposure, columns what was bought.

    Attributes:
        kind: "family": holding set at exposure → family bought; "channel": shown in → bought in.
        critical: of the simultaneous intervals; None where no cell is tested.
        row_totals, column_totals: sums over the cells of a row (column key `all`) and of a column (row key `all`).
        tested: number of cells that are not grey.
    """

    kind: MatrixKind
    rows: tuple[MatrixLine, ...]
    columns: tuple[MatrixLine, ...]
    cells: tuple[MatrixCell, ...]
    row_totals: tuple[MatrixCell, ...]
    column_totals: tuple[MatrixCell, ...]
    level: float
    critical: float | None
    tested: int
