"""Run the statement and put its sparse sums together."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from sqlalchemy import Integer, case, func, select, text
from sqlalchemy.orm import Session

from experiments.stats.moments import Moments
from experiments.store.engines import is_sqlite
from experiments.store.moments.request import MomentsRequest
from experiments.store.moments.statement import UNITS, moments_statement, read_pair
from experiments.store.moments.units import cohort, exposed_units
from experiments.store.projection import cursor
from experiments.store.sparse import PairSums, dense_moments, needed_shifts


@dataclass(frozen=True, slots=True)
class ExposureCounts:
    """Exposed units per variant, whether mature or not, and what was excluded.

    Args:
        exposed: units by variant position, those logged in two variants left out.
        mature: those whose windows have closed.
        in_two_variants: units logged in more than one variant.
    """

    exposed: dict[int, int]
    mature: dict[int, int]
    in_two_variants: int


@dataclass(frozen=True, slots=True)
class MomentsResult:
    """Moments by variant position, and the counts behind them."""

    moments: dict[int, Moments]
    counts: ExposureCounts


#: PostgreSQL keeps no statistics on the results of a WITH query and would join them row by row: seen to run for
#: minutes where hash joins take a second. The settings end with the transaction.
POSTGRESQL_SETTINGS = ("enable_nestloop = off", "work_mem = '256MB'", "jit = off")


def compute_moments(session: Session, request: MomentsRequest) -> MomentsResult:
    """Moments of every variant's mature units, recomputed from the facts the session sees.

    Raises:
        ConflictError: the facts are being rebuilt and only part of them is there (`rebuilding`).
    """
    cursor.check_built(session.connection())
    prepare(session)
    counts = _counts(session, request)
    moments = _moments(session, request, counts)
    shifts = needed_shifts(moments.values())
    if shifts:
        moments = _moments(session, request.with_shifts(shifts), counts)
    return MomentsResult(moments, counts)


def prepare(session: Session) -> None:
    """Settings of the transaction for a large aggregate query."""
    if is_sqlite(session):
        return
    for setting in POSTGRESQL_SETTINGS:
        session.execute(text(f"SET LOCAL {setting}"))


def compute_linked(session: Session, request: MomentsRequest) -> dict[int, Moments]:
    """Moments of the mature units that were known customers at first exposure, by variant; see `linked_only`."""
    wanted = replace(request, linked_only=True)
    u = cohort(wanted)
    units = {int(v): int(n) for v, n in session.execute(select(u.c.v, func.count()).group_by(u.c.v))}
    counts = ExposureCounts({}, units, 0)
    moments = _moments(session, wanted, counts)
    shifts = needed_shifts(moments.values())
    return _moments(session, wanted.with_shifts(shifts), counts) if shifts else moments


def _moments(session: Session, request: MomentsRequest, counts: ExposureCounts) -> dict[int, Moments]:
    if not request.columns:
        return {v: Moments(n, (), np.zeros(0), np.zeros((0, 0))) for v, n in counts.mature.items()}
    keys = [column.key for column in request.columns]
    shift = [column.shift for column in request.columns]
    sums: dict[int, list[PairSums]] = {v: [] for v in counts.mature}
    for pair, *rest in session.execute(moments_statement(request)):
        v, a, b = read_pair(pair)
        if a != UNITS:
            sums[v].append((a, b, *rest))
    return {v: dense_moments(n, keys, shift, sums[v]) for v, n in counts.mature.items()}


def _counts(session: Session, request: MomentsRequest) -> ExposureCounts:
    x = exposed_units(request).subquery("x")
    mature = func.sum(case((x.c.t0 < request.mature_before, 1), else_=0)).cast(Integer)
    statement = select(x.c.low, x.c.low == x.c.high, func.count(), mature).group_by(x.c.low, x.c.low == x.c.high)
    rows = session.execute(statement).all()
    clean = [(v, n, ripe) for v, same, n, ripe in rows if same]
    return ExposureCounts(
        exposed={v: n for v, n, _ in clean},
        mature={v: int(ripe) for v, _, ripe in clean},
        in_two_variants=sum(n for _, same, n, _ in rows if not same),
    )
