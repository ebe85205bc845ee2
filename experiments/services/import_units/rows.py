"""From cells to one unit with its variant, numbers and segment values, or the reason why not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from experiments.domain.errors import DomainError
from experiments.domain.ids import hash_id
from experiments.services.import_units.cells import CellError, number_of, shown
from experiments.services.import_units.nearest import nearest
from experiments.services.import_units.raw_row import RawRow
from experiments.services.import_units.read import RowSource
from experiments.services.import_units.segmenting import Segmenter, fits
from experiments.services.import_units.spec import ImportSpec


@dataclass(frozen=True, slots=True)
class Rejection:
    """A row that does not count.

    Args:
        line: line of the file where it begins; the number of the row in a Parquet file.
        reason: which cell, what it holds and what it must hold; never the id of the unit.
    """

    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class UnitRow:
    """One valid row.

    Args:
        unit: keyed hash of the id.
        variant: position of the variant, the control being 0.
        numbers: in the order of `ImportSpec.number_columns`.
        segments: name of the group in each segment, in the order of `ImportSpec.segments`.
    """

    line: int
    unit: int
    variant: int
    numbers: tuple[float, ...]
    segments: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A row that the spec does not ask for. Its unit is known, so that it cannot stand in another variant as well.

    Args:
        variant: position of the variant; those that are left out come after the others.
    """

    line: int
    unit: int
    variant: int


class RowReader:
    """Reads rows by one spec."""

    def __init__(self, spec: ImportSpec, id_key: bytes) -> None:
        self._spec = spec
        self._id_key = id_key
        self._place = {column: place for place, column in enumerate(spec.columns)}
        texts = (*(variant.value for variant in spec.variants), *spec.left_out)
        self._variants = {text: position for position, text in enumerate(texts)}
        self._numbers = [(column, self._place[column], column in spec.rate_columns) for column in spec.number_columns]
        self._segments = [Segmenter(segment, self._place) for segment in spec.segments]

    def read(self, row: RawRow) -> UnitRow | LeftOut | Rejection:
        """The row as a unit, without looking at other rows; the numbers of a row that is left out are not read."""
        if row.problem is not None:
            return Rejection(row.line, row.problem)
        try:
            unit, variant = self._unit(row), self._variant(row.cells)
            if variant >= len(self._spec.variants) or not self._counts(row.cells):
                return LeftOut(row.line, unit, variant)
            return UnitRow(
                line=row.line,
                unit=unit,
                variant=variant,
                numbers=tuple(self._number(row.cells[place], column, rate) for column, place, rate in self._numbers),
                segments=tuple(segment.name_of(row.cells) for segment in self._segments),
            )
        except CellError as error:
            return Rejection(row.line, str(error))

    def _unit(self, row: RawRow) -> int:
        column = self._spec.unit_column
        raw = f"row:{row.number}" if column is None else row.cells[self._place[column]]
        unit = hash_id(self._spec.experiment.unit.value, raw, self._id_key)
        if unit is None:
            raise CellError(f"{column} is empty, must hold the id of the unit")
        return unit

    def _variant(self, cells: Sequence[str]) -> int:
        cell = cells[self._place[self._spec.variant_column]].strip()
        position = self._variants.get(cell)
        if position is None:
            known = ", ".join(self._variants)
            raise CellError(f"{self._spec.variant_column} == {shown(cell)}, must be one of {known}")
        return position

    def _counts(self, cells: Sequence[str]) -> bool:
        return fits({column: cells[self._place[column]].strip() for column, _ in self._spec.when}, self._spec.when)

    def _number(self, cell: str, column: str, is_rate: bool) -> float:
        if not cell.strip():
            if self._spec.empty_is_zero:
                return 0.0
            raise CellError(f"{column} is empty, must be a number")
        number = number_of(cell, column, self._spec.csv.decimal)
        if is_rate and number not in (0.0, 1.0):
            raise CellError(f"{column} == {shown(cell)}, must be 0 or 1 for kind 'rate'")
        return number


def check_columns(spec: ImportSpec, source: RowSource) -> None:
    """Refuse a file that lacks a column of the spec, or whose ids have lost digits.

    Raises:
        DomainError: `unknown_column` with the nearest one there is, or `bad_unit`.
    """
    for where, column in _named(spec):
        if column not in source.header:
            raise DomainError(
                "unknown_column",
                f"{where} == {column!r}, is no column of the file; nearest: {nearest(column, source.header)}.",
                where,
            )
    if spec.unit_column in source.real_columns:
        raise DomainError(
            "bad_unit",
            f"unit.column == {spec.unit_column!r}, holds real numbers, must hold texts or whole numbers: "
            "real numbers lose digits of long ids.",
            "unit.column",
        )


def _named(spec: ImportSpec) -> list[tuple[str, str]]:
    """Each column of the spec with the dotted path of the field that names it."""
    named = [] if spec.unit_column is None else [("unit.column", spec.unit_column)]
    named.append(("variant.column", spec.variant_column))
    for metric in spec.metrics:
        where = f"metrics.{metric.key}"
        named.append((f"{where}.column", metric.column))
        named += [(f"{where}.denominator", metric.denominator)] if metric.denominator else []
        named += [(f"{where}.covariates", column) for column in metric.covariates]
    named += [(f"rows.when.{column}", column) for column, _ in spec.when]
    for segment in spec.segments:
        field = "values" if segment.values else "column"
        named += [(f"segments.{segment.key}.{field}", column) for column in segment.columns]
    return named
