"""Units already read: a unit counts once, and a unit in two variants not at all."""

from __future__ import annotations

from experiments.services.import_units.result import RowTally
from experiments.services.import_units.rows import LeftOut, Rejection, UnitRow

#: Line and place of a unit share one integer, so that a million units need no million tuples.
_PLACE_BITS = 5


class SeenUnits:
    """The first line and the place of every unit read so far: its variant, and whether it counts."""

    def __init__(self, tally: RowTally) -> None:
        self._tally = tally
        self._first: dict[int, int] = {}
        self.crossed: set[int] = set()

    def keep(self, row: UnitRow | LeftOut) -> bool:
        """Whether the row is the first of its unit; later ones are rejected with the line of the first.

        A unit that stands in a second variant is a fault, even where one of the two is left out: its first row is
        rejected as well, and the unit has to be taken out again.
        """
        counts = isinstance(row, UnitRow)
        first = self._first.setdefault(row.unit, row.line << _PLACE_BITS | row.variant << 1 | counts)
        line, variant, counted = first >> _PLACE_BITS, (first & ((1 << _PLACE_BITS) - 1)) >> 1, bool(first & 1)
        if line == row.line:
            self._tally.count(variant, counts=counted)
            return True
        elsewhere = " in another variant" if variant != row.variant else ""
        self._tally.reject(Rejection(row.line, f"the unit stands in line {line}{elsewhere} already"))
        if elsewhere and row.unit not in self.crossed:
            self.crossed.add(row.unit)
            self._tally.count(variant, counts=counted, by=-1)
            self._tally.in_two_variants += 1
            self._tally.reject(Rejection(line, f"the unit stands in line {row.line} in another variant"))
        return False
