"""In a test of agents: who was served by whom, and how much of the contact centre's work the test sees."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Integer, case, func, select
from sqlalchemy.orm import Session

from experiments.domain.experiment import UnitKind
from experiments.domain.metric import EventKind
from experiments.store.codes import KIND_CODE
from experiments.store.moments.request import MomentsRequest
from experiments.store.moments.units import exposed_units
from experiments.store.tables import OutcomeRow

_CONTACT = KIND_CODE[EventKind.CONTACT]


@dataclass(frozen=True, slots=True)
class HandledCounts:
    """Counts of one phase.

    Args:
        customers: known customers whom agents of the test served inside their windows.
        in_both: those of them whom agents of several variants served.
        contacts: handled contacts since the phase began.
        unnamed: those of them that name no agent, or one whom only a browser named.
        inside: those of them that an agent of the test handled.
    """

    customers: int
    in_both: int
    contacts: int
    unnamed: int
    inside: int


def handled_counts(session: Session, request: MomentsRequest) -> HandledCounts | None:
    """The counts; None where no agents are drawn."""
    if request.unit is not UnitKind.AGENT:
        return None
    return HandledCounts(*_customers(session, request), *_contacts(session, request))


def _customers(session: Session, request: MomentsRequest) -> tuple[int, int]:
    x = exposed_units(request).subquery("x")
    last = max((column.end for column in request.columns), default=0)
    row = OutcomeRow
    served = (
        select(row.customer, func.min(x.c.low).label("low"), func.max(x.c.low).label("high"))
        .join(x, x.c.unit == row.agent)
        .where(x.c.low == x.c.high, row.customer.is_not(None))
        .where(row.at >= x.c.t0, row.at < x.c.t0 + last, row.at <= request.cut)
        .group_by(row.customer)
        .subquery("served")
    )
    several = func.sum(case((served.c.low != served.c.high, 1), else_=0)).cast(Integer)
    total, both = session.execute(select(func.count(), several).select_from(served)).one()
    return int(total), int(both or 0)


def _contacts(session: Session, request: MomentsRequest) -> tuple[int, int, int]:
    x, row = exposed_units(request).subquery("x"), OutcomeRow
    until = request.cut if request.until is None else min(request.cut, request.until)
    unnamed = func.sum(case((row.agent.is_(None), 1), else_=0)).cast(Integer)
    inside = func.count(x.c.unit)
    query = (
        select(func.count(), unnamed, inside)
        .select_from(row)
        .outerjoin(x, x.c.unit == row.agent)
        .where(row.kind == _CONTACT, row.at >= request.since, row.at <= until)
    )
    total, nobody, mine = session.execute(query).one()
    return int(total), int(nobody or 0), int(mine)
