"""Facts about units and identities that decide whether a result may be read."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, case, distinct, func, select
from sqlalchemy.orm import Session

from experiments.domain.experiment import UnitKind
from experiments.domain.metric import EventKind
from experiments.store.codes import BROWSER_CODE, KIND_CODE
from experiments.store.moments.request import DAY, MomentsRequest
from experiments.store.moments.units import exposed_units
from experiments.store.tables import ExposureRow, LinkRow, OutcomeRow


@dataclass(frozen=True, slots=True)
class IdentityFacts:
    """Counts over the clean exposed units, mature or not, by variant position.

    Args:
        linked_at_exposure: units whose customer was known at their first exposure.
        linked_at_cut: units whose customer is known by now.
        customers: customers with at least one exposed visitor.
        contaminated: of those, customers with visitors in several variants.
    """

    linked_at_exposure: dict[int, int]
    linked_at_cut: dict[int, int]
    customers: int
    contaminated: int


def identity_facts(session: Session, request: MomentsRequest) -> IdentityFacts | None:
    """How well visitors are matched to customers; None where another unit is drawn and nothing can mismatch."""
    if request.unit is not UnitKind.VISITOR:
        return None
    x = exposed_units(request).subquery("x")
    clean = x.c.low == x.c.high
    before = (LinkRow.at <= x.c.t0) & (LinkRow.received_at <= x.c.t0)

    def linked(*conditions: ColumnElement[bool]) -> dict[int, int]:
        statement = (
            select(x.c.low, func.count(distinct(x.c.unit)))
            .join(LinkRow, LinkRow.visitor == x.c.unit)
            .where(clean, LinkRow.verified, LinkRow.received_at <= request.cut, *conditions)
            .group_by(x.c.low)
        )
        return {int(v): int(n) for v, n in session.execute(statement)}

    per_customer = (
        select(LinkRow.customer, func.min(x.c.low).label("low"), func.max(x.c.low).label("high"))
        .join(x, x.c.unit == LinkRow.visitor)
        .where(clean, LinkRow.verified, LinkRow.received_at <= request.cut)
        .group_by(LinkRow.customer)
        .subquery("p")
    )
    total = session.scalar(select(func.count()).select_from(per_customer)) or 0
    mixed = select(func.count()).select_from(per_customer).where(per_customer.c.low != per_customer.c.high)
    return IdentityFacts(linked(before), linked(), total, session.scalar(mixed) or 0)


def sales_without_visitor(session: Session) -> bool:
    """Whether any sale names its customer only, as those by phone or in a shop do."""
    sold = OutcomeRow.kind == KIND_CODE[EventKind.SALE]
    query = select(OutcomeRow.id).where(OutcomeRow.visitor.is_(None), OutcomeRow.customer.is_not(None), sold).limit(1)
    return session.scalar(query) is not None


def suppressed_units(session: Session, request: MomentsRequest) -> dict[int, int]:
    """Clean exposed units from which the offer was kept back later, by variant position; of the control too."""
    x = exposed_units(request).subquery("x")
    statement = (
        select(x.c.low, func.count(distinct(x.c.unit)))
        .join(ExposureRow, (ExposureRow.unit == x.c.unit) & (ExposureRow.phase_id == request.phase_id))
        .where(x.c.low == x.c.high, ExposureRow.suppressed, ExposureRow.variant >= 0, ExposureRow.at <= request.cut)
        .group_by(x.c.low)
    )
    return {int(variant): int(units) for variant, units in session.execute(statement)}


def new_ids(session: Session, request: MomentsRequest) -> dict[str, dict[int, tuple[int, int]]]:
    """Clean exposed units and those of them whose id was new at their first exposure, by browser and variant position.

    Only units whose exposure names its browser; browsers differ in how long they keep an id that a script set.
    """
    x = exposed_units(request).subquery("x")
    first = and_(ExposureRow.unit == x.c.unit, ExposureRow.at == x.c.t0, ExposureRow.phase_id == request.phase_id)
    is_new = case((ExposureRow.browser < 0, x.c.unit))
    family = func.abs(ExposureRow.browser)
    statement = (
        select(family, x.c.low, func.count(distinct(x.c.unit)), func.count(distinct(is_new)))
        .join(ExposureRow, first)
        .where(x.c.low == x.c.high, ExposureRow.browser != 0)
        .group_by(family, x.c.low)
    )
    found: dict[str, dict[int, tuple[int, int]]] = {}
    words = {code: word for word, code in BROWSER_CODE.items()}
    for code, variant, units, new in session.execute(statement):
        found.setdefault(words[int(code)], {})[int(variant)] = (int(units), int(new))
    return dict(sorted(found.items()))


def late_exposures(session: Session, request: MomentsRequest) -> int:
    """Exposures of the phase that came more than a day after they happened, of whatever unit."""
    row = ExposureRow
    late = select(func.count()).where(
        row.phase_id == request.phase_id,
        row.variant >= 0,
        row.received_at - row.at > DAY,
        row.received_at <= request.cut,
    )
    return int(session.scalar(late) or 0)


def exposed_by_day(session: Session, request: MomentsRequest, offset: int = 0) -> dict[int, dict[int, int]]:
    """Clean exposed units by day of first exposure (days since 1970, shifted by `offset` µs) and variant position."""
    x = exposed_units(request).subquery("x")
    shifted = x.c.t0 + offset
    day = (shifted - shifted % DAY) / DAY
    statement = select(day, x.c.low, func.count()).where(x.c.low == x.c.high).group_by(day, x.c.low)
    days: dict[int, dict[int, int]] = {}
    for number, variant, units in session.execute(statement):
        days.setdefault(int(number), {})[int(variant)] = int(units)
    return dict(sorted(days.items()))
