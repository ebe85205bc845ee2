"""Which group of a segment a row belongs to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from experiments.domain.checks import NAME_MAX, storable
from experiments.domain.errors import DomainError
from experiments.services.import_units.cells import CellError, number_of, shown
from experiments.services.import_units.spec import EMPTY, MAX_SEGMENT_VALUES, OTHER, SegmentSpec, When

#: Combinations of cells to remember.
_REMEMBERED = 10_000


class Segmenter:
    """One segment; remembers the cells it has seen, which are few as a rule."""

    def __init__(self, segment: SegmentSpec, place: Mapping[str, int]) -> None:
        self._segment = segment
        self._places = [place[column] for column in segment.columns]
        self._known: dict[tuple[str, ...], str] = {}
        self._names: set[str] = set()

    def name_of(self, cells: Sequence[str]) -> str:
        """Name of the group.

        Raises:
            CellError: the text cannot be stored.
            DomainError: the column has more texts than a segment can have groups.
        """
        wanted = tuple(cells[place].strip() for place in self._places)
        name = self._known.get(wanted)
        if name is None:
            name = self._described(wanted) if self._segment.values else self._own(wanted[0])
            self._remember(wanted, name)
        return name

    def _described(self, cells: tuple[str, ...]) -> str:
        row = dict(zip(self._segment.columns, cells, strict=True))
        for value in self._segment.values:
            if fits(row, value.when):
                return value.name
        return OTHER

    def _own(self, cell: str) -> str:
        if len(cell) > NAME_MAX or not storable(cell):
            raise CellError(f"{self._segment.columns[0]} == {shown(cell)}, must be a text of at most {NAME_MAX}")
        return cell or EMPTY

    def _remember(self, cells: tuple[str, ...], name: str) -> None:
        self._names.add(name)
        if not self._segment.values and len(self._names) > MAX_SEGMENT_VALUES:
            where = f"segments.{self._segment.key}.column"
            raise DomainError(
                "out_of_range",
                f"{where} == {self._segment.columns[0]!r}, has more than {MAX_SEGMENT_VALUES} different texts.",
                where,
            )
        if len(self._known) < _REMEMBERED:
            self._known[cells] = name


def fits(row: Mapping[str, str], when: When) -> bool:
    """Whether a row, as cells by column, has all the cells wanted."""
    return all(_same(row[column], text) for column, text in when)


def _same(cell: str, text: str) -> bool:
    """Equal as texts or as numbers: 1, 1.0 and true are one value."""
    if cell == text:
        return True
    try:
        return number_of(cell, "") == number_of(text, "")
    except CellError:
        return False
