"""How many units of an audience were seen in a stretch of time, on a sample that leads through an index."""

from __future__ import annotations

from sqlalchemy import func, select, text, union_all
from sqlalchemy.orm import Session

from experiments.store.engines import is_sqlite
from experiments.store.history import Sight, sightings
from experiments.store.moments.relations import FrozenHoldings
from experiments.store.moments.request import MomentsRequest
from experiments.store.preview import PATIENCE_MS, Sample


def seen_and_fitting(session: Session, sight: Sight, sample: Sample) -> tuple[int, int]:
    """(units of the sample seen in the period, those of them that fit).

    Args:
        sight: `holds` and `lacks` are codes of families: at least one of the first is held at the first sight, none of
            the second; whoever's holdings are unknown fits neither.

    Raises:
        OperationalError: PostgreSQL needed longer than a reader waits.
    """
    if not is_sqlite(session):
        session.execute(text(f"SET LOCAL statement_timeout = {PATIENCE_MS}"))
    seen = union_all(*sightings(sight, sight.start, sight.until)).subquery("seen")
    mine = select(seen.c.unit, func.min(seen.c.at).label("t0")).group_by(seen.c.unit)
    first = (mine if sample.bound is None else mine.where(seen.c.unit < sample.bound)).cte("first_seen")
    everybody = int(session.scalar(select(func.count()).select_from(first)) or 0)
    if not sight.holds and not sight.lacks:
        return everybody, everybody
    request = MomentsRequest(
        phase_id=0, unit=sight.unit, cut=sight.until, mature_before=sight.until, columns=(), entrants=None
    )
    frozen = FrozenHoldings(request, first)
    lines = frozen.lines
    query = select(func.count()).select_from(frozen.statement)
    if sight.holds:
        query = query.where(frozen.statement.c.unit.in_(select(lines.c.unit).where(lines.c.family_id.in_(sight.holds))))
    if sight.lacks:
        held = select(lines.c.unit).where(lines.c.family_id.in_(sight.lacks))
        query = query.where(frozen.statement.c.unit.not_in(held))
    return everybody, int(session.scalar(query) or 0)
