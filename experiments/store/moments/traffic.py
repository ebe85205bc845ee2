"""Units that are no ordinary customers: left out of the cohort by a rule that cannot know the variant, and counted.

Bots and internal traffic are left out where the mark was known at first exposure, so that nothing a unit did under its
variant decides whether it counts. The rate is the exception: it is about what happened later too, and therefore has a
bound that no person reaches, and its counts per variant are compared.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from experiments.domain.experiment import UnitKind
from experiments.store.codes import ID_KIND, MARK_CODE
from experiments.store.tables import UnitMarkRow

NAMES = {code: name for name, code in MARK_CODE.items()}


def any_marked(session: Session, unit: UnitKind) -> bool:
    """Whether there is anything to leave out; without it the cohort is not searched."""
    return session.scalar(select(UnitMarkRow.unit).where(UnitMarkRow.kind == ID_KIND[unit.value]).limit(1)) is not None


def counts_against(x: Any, unit: UnitKind, cut: int) -> ColumnElement[bool]:
    """Whether a mark belongs to a row (unit, t0) of `x` and keeps it out."""
    in_time = or_(UnitMarkRow.reason == MARK_CODE["busy"], UnitMarkRow.at <= x.c.t0)
    return and_(
        UnitMarkRow.kind == ID_KIND[unit.value], UnitMarkRow.unit == x.c.unit, UnitMarkRow.received_at <= cut, in_time
    )


def without_marked(exposed: Select[int, int, int, int], unit: UnitKind, cut: int) -> Select[int, int, int, int]:
    """Rows (unit, t0, low, high) of the units that count."""
    x = exposed.subquery("every")
    marked = select(UnitMarkRow.unit).where(counts_against(x, unit, cut)).exists()
    return select(x.c.unit, x.c.t0, x.c.low, x.c.high).where(~marked)


def marked_counts(
    session: Session, exposed: Select[int, int, int, int], unit: UnitKind, cut: int
) -> dict[str, dict[int, int]]:
    """Units left out by reason and variant; one with several reasons counts under the first of bot, internal, busy."""
    x = exposed.subquery("every")
    first = (
        select(x.c.unit, x.c.low, func.min(UnitMarkRow.reason).label("reason"))
        .join(UnitMarkRow, counts_against(x, unit, cut))
        .where(x.c.low == x.c.high)
        .group_by(x.c.unit, x.c.low)
        .subquery("first")
    )
    query = select(first.c.reason, first.c.low, func.count()).group_by(first.c.reason, first.c.low)
    found: dict[str, dict[int, int]] = {}
    for reason, variant, count in session.execute(query):
        found.setdefault(NAMES[reason], {})[int(variant)] = int(count)
    return found
