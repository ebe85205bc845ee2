"""Units already read: a unit counts once, and a unit in two variants not at all."""

from __future__ import annotations

from experiments.services.import_units.result import RowTally
from experiments.services.import_units.rows import Rejection, UnitRow

#: Line and variant of a unit share one integer, so that a million units need no million tuples.
_VARIANT_BITS = 4


class SeenUnits:
    """The first line and the variant of every unit read so far."""

    def __init__(self, tally: RowTally) -> None:
        self._tally = tally
        self._first: dict[int, int] = {}
        self.crossed: set[int] = set()

    def keep(self, row: UnitRow) -> bool:
        """Whether the row is the first of its unit; later ones are rejected with the line of the first.

        A unit that stands in a second variant is a fault: its first row is rejected as well, and the unit has to be
        taken out again.
        """
        first = self._first.setdefault(row.unit, row.line << _VARIANT_BITS | row.variant)
        line, variant = first >> _VARIANT_BITS, first & ((1 << _VARIANT_BITS) - 1)
        if line == row.line:
            self._tally.kept[variant] += 1
            return True
        elsewhere = " in another variant" if variant != row.variant else ""
        self._tally.reject(Rejection(row.line, f"the unit stands in line {line}{elsewhere} already"))
        if elsewhere and row.unit not in self.crossed:
            self.crossed.add(row.unit)
            self._tally.kept[variant] -= 1
            self._tally.in_two_variants += 1
            self._tally.reject(Rejection(line, f"the unit stands in line {row.line} in another variant"))
        return False
