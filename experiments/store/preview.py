"""A sample of units to look at a metric on: those whose hashed id is lowest, which is as good as drawn at random.

Ids are keyed hashes, so a range of them is a fair sample of everybody, and an index leads straight to it: what is read
does not grow with the events an installation holds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, literal, select, text, union
from sqlalchemy.orm import Session

from experiments.domain.experiment import UnitKind
from experiments.store.engines import is_sqlite
from experiments.store.moments.request import MomentsRequest
from experiments.store.moments.statement import unit_totals
from experiments.store.tables import HoldingRow, NameRow, OutcomeRow, PageViewRow

#: Unit hashes are signed 64-bit numbers, evenly spread.
_LOWEST, _HASHES = -(2**63), 2**64
#: PostgreSQL gives up on a preview after so long; nobody waits longer for one.
PATIENCE_MS = 8_000


@dataclass(frozen=True, slots=True)
class Sample:
    """Units with a hash below `bound` (None = everybody), which are `share` of all."""

    unit: UnitKind
    bound: int | None
    share: float


def draw(session: Session, unit: UnitKind, rows: int) -> Sample:
    """The widest range of ids for which no table is read further than `rows` rows."""
    bounds = [
        session.scalar(select(mine).where(mine.is_not(None)).order_by(mine).offset(rows).limit(1))
        for mine in _ids(unit)
    ]
    reached = [bound for bound in bounds if bound is not None]
    if not reached:
        return Sample(unit, None, 1.0)
    return Sample(unit, min(reached), (min(reached) - _LOWEST) / _HASHES)


def entrants(sample: Sample, start: int, until: int) -> Select[int, int, int, int]:
    """Rows (unit, t0, low, high) of the sample's units: visitors seen in the period, or customers ever known."""
    parts = []
    for row, mine, dated in _tables(sample.unit):
        part = select(mine.label("unit")).where(mine.is_not(None))
        if sample.bound is not None:
            part = part.where(mine < sample.bound)
        parts.append(part.where(row.at >= start, row.at < until) if dated else part)
    seen = union(*parts).subquery("sampled")
    return select(seen.c.unit, literal(start).label("t0"), literal(0).label("low"), literal(0).label("high"))


def totals(session: Session, request: MomentsRequest) -> tuple[int, list[tuple[int, int, float]]]:
    """(number of units, [(unit, column, its total)]), nothing where a unit has nothing.

    Raises:
        OperationalError: PostgreSQL needed longer than a reader waits.
    """
    if not is_sqlite(session):
        session.execute(text(f"SET LOCAL statement_timeout = {PATIENCE_MS}"))
    assert request.entrants is not None
    units = session.scalar(select(func.count()).select_from(request.entrants.subquery("e")))
    found = [(int(unit), int(col), float(x)) for unit, col, x in session.execute(unit_totals(request))]
    return int(units or 0), found


def seen_names(session: Session, space: str, most: int) -> tuple[str, ...]:
    """Names of custom events (`event`), pages (`path`) or surveys that events have told, by the alphabet."""
    query = select(NameRow.text).where(NameRow.space == space).order_by(NameRow.text).limit(most)
    return tuple(session.scalars(query))


def _tables(unit: UnitKind) -> tuple[tuple[Any, Any, bool], ...]:
    """(table, its indexed id, whether only rows of the period count)."""
    if unit is UnitKind.VISITOR:
        return (PageViewRow, PageViewRow.visitor, True), (OutcomeRow, OutcomeRow.visitor, True)
    if unit is UnitKind.AGENT:
        return ((OutcomeRow, OutcomeRow.agent, True),)
    return (HoldingRow, HoldingRow.customer, False), (OutcomeRow, OutcomeRow.customer, True)


def _ids(unit: UnitKind) -> list[Any]:
    return [mine for _, mine, _ in _tables(unit)]
