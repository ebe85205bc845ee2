"""Moments of imported units: the twin of the query over events, in the same long form joined with itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, select
from sqlalchemy.orm import Session, aliased

from experiments.stats.moments import Moments
from experiments.store.sparse import PairSums, dense_moments, needed_shifts
from experiments.store.tables import ImportColumnRow, ImportUnitRow, ImportValueRow, NameRow

#: A group of units: name of the group in a segment, and position of the variant.
Group = tuple[str, int]


def imported_counts(session: Session, run_id: int) -> dict[int, int]:
    """Units by position of their variant."""
    return {variant: n for (_, variant), n in _counts(session, _Cut(run_id)).items()}


def segment_counts(session: Session, run_id: int, segment: str) -> dict[Group, int]:
    """Units by group of a stored segment and position of their variant.

    Raises:
        KeyError: the segment is not stored.
    """
    return _counts(session, _segment_cut(session, run_id, segment))


def imported_moments(session: Session, run_id: int, columns: Sequence[str]) -> dict[int, Moments]:
    """Moments of the given stored columns by position of the variant.

    Raises:
        KeyError: a column is not stored.
    """
    return {variant: moments for (_, variant), moments in _moments(session, _Cut(run_id), columns).items()}


def segment_moments(session: Session, run_id: int, columns: Sequence[str], segment: str) -> dict[Group, Moments]:
    """Moments by group of a stored segment and position of the variant; the groups of one segment are disjoint.

    Raises:
        KeyError: a column or the segment is not stored.
    """
    return _moments(session, _segment_cut(session, run_id, segment), columns)


@dataclass(frozen=True)
class _Cut:
    """How the units of a run are grouped besides by variant: by nothing, or by the values of a position."""

    run_id: int
    position: int | None = None
    names: Mapping[int, str] | None = None

    def grouped(self, query: Any) -> Any:
        """The query per variant and group, both in front of its columns."""
        if self.position is None:
            return query.group_by(ImportUnitRow.variant)
        g = aliased(ImportValueRow)
        of_unit = and_(
            g.import_id == ImportUnitRow.import_id, g.unit == ImportUnitRow.unit, g.position == self.position
        )
        return query.join(g, of_unit).add_columns(g.value).group_by(ImportUnitRow.variant, g.value)

    def name(self, values: Sequence[Any]) -> str:
        """Name of the group from what stands behind the columns of the query."""
        return self.names[int(values[0])] if self.names is not None else ""


def _segment_cut(session: Session, run_id: int, segment: str) -> _Cut:
    position = _positions(session, run_id)[segment]
    used = (
        select(ImportValueRow.value)
        .where(ImportValueRow.import_id == run_id, ImportValueRow.position == position)
        .distinct()
    )
    ids = [int(value) for value in session.scalars(used)]
    names = select(NameRow.id, NameRow.text).where(NameRow.id.in_(ids))
    return _Cut(run_id, position, dict(session.execute(names).all()))


def _positions(session: Session, run_id: int) -> dict[str, int]:
    query = select(ImportColumnRow.key, ImportColumnRow.position).where(ImportColumnRow.import_id == run_id)
    return dict(session.execute(query).all())


def _counts(session: Session, cut: _Cut) -> dict[Group, int]:
    query: Any = select(ImportUnitRow.variant, func.count()).where(ImportUnitRow.import_id == cut.run_id)
    rows = session.execute(cut.grouped(query))
    return {(cut.name(group), variant): n for variant, n, *group in rows}


def _moments(session: Session, cut: _Cut, columns: Sequence[str]) -> dict[Group, Moments]:
    stored = _positions(session, cut.run_id)
    # In the order of the positions, so that a pair a <= b of the statement is one of places as well.
    positions = {column: stored[column] for column in sorted(columns, key=stored.__getitem__)}
    counts = _counts(session, cut)
    found = _shifted_moments(session, cut, positions, counts, {})
    shifts = needed_shifts(found.values())
    if shifts:
        found = _shifted_moments(session, cut, positions, counts, shifts)
    return {group: moments.select(columns) for group, moments in found.items()}


def _shifted_moments(
    session: Session,
    cut: _Cut,
    positions: Mapping[str, int],
    counts: Mapping[Group, int],
    shifts: Mapping[str, float],
) -> dict[Group, Moments]:
    place = {position: index for index, position in enumerate(positions.values())}
    sums: dict[Group, list[PairSums]] = {group: [] for group in counts}
    statement = _products(cut, list(place), {positions[column]: shift for column, shift in shifts.items()})
    for variant, a, b, pairs, sum_a, sum_b, sum_ab, *group in session.execute(statement):
        sums[cut.name(group), variant].append((place[a], place[b], pairs, sum_a, sum_b, sum_ab))
    shift = [shifts.get(column, 0.0) for column in positions]
    return {group: dense_moments(counts[group], tuple(positions), shift, rows) for group, rows in sums.items()}


def _products(cut: _Cut, positions: Sequence[int], shifts: Mapping[int, float]) -> Any:
    """Rows (variant, a, b, pairs, sum_a, sum_b, sum_ab, group…) for every pair of columns a <= b some unit has."""
    a, b = aliased(ImportValueRow), aliased(ImportValueRow)
    x, y = _shifted(a, shifts), _shifted(b, shifts)
    query: Any = (
        select(ImportUnitRow.variant, a.position, b.position, func.count(), func.sum(x), func.sum(y), func.sum(x * y))
        .join(a, and_(a.import_id == ImportUnitRow.import_id, a.unit == ImportUnitRow.unit))
        .join(b, and_(b.import_id == a.import_id, b.unit == a.unit, b.position >= a.position))
        .where(ImportUnitRow.import_id == cut.run_id, a.position.in_(positions), b.position.in_(positions))
    )
    return cut.grouped(query.group_by(a.position, b.position))


def _shifted(row: Any, shifts: Mapping[int, float]) -> ColumnElement[float]:
    """The value less the constant of its column."""
    value: ColumnElement[float] = row.value
    if not shifts:
        return value
    return value - case(shifts, value=row.position, else_=0.0)
