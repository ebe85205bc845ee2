"""Exposed visitors who were seen again later under the same id."""

from __future__ import annotations

from sqlalchemy import case, func, or_, select
from sqlalchemy.orm import Session

from experiments.store.moments.request import MomentsRequest
from experiments.store.moments.units import cohort
from experiments.store.tables import ExposureRow, OutcomeRow, PageViewRow


def seen_again(session: Session, request: MomentsRequest, after: int, until: int) -> dict[int, tuple[int, int]]:
    """By variant position, mature visitors and those of them with any page, exposure or event of their own id.

    Args:
        after, until: µs after first exposure between which they were seen; the first excluded, the last included.
    """
    u = cohort(request)
    seen = [
        select(at).where(unit == u.c.unit, at > u.c.t0 + after, at <= u.c.t0 + until, at <= request.cut).exists()
        for unit, at in (
            (PageViewRow.visitor, PageViewRow.at),
            (OutcomeRow.visitor, OutcomeRow.at),
            (ExposureRow.unit, ExposureRow.at),
        )
    ]
    again = func.sum(case((or_(*seen), 1), else_=0))
    rows = session.execute(select(u.c.v, func.count(), again).group_by(u.c.v))
    return {int(variant): (int(units), int(found)) for variant, units, found in rows}
