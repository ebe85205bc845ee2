"""Run the statement and put its sparse sums together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy import Integer, case, func, select, text
from sqlalchemy.orm import Session

from experiments.stats.moments import Moments
from experiments.store.engines import is_sqlite
from experiments.store.moments.request import MomentsRequest
from experiments.store.moments.statement import UNITS, moments_statement, read_pair
from experiments.store.moments.units import exposed_units

#: Beyond this ratio of squared mean to variance a second pass with a shift restores the lost digits.
CANCELLATION = 1e3


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
POSTGRESQL_SETTINGS = (
    "enable_nestloop = off",
    "enable_mergejoin = off",
    "enable_sort = off",
    "work_mem = '256MB'",
    "jit = off",
)


def compute_moments(session: Session, request: MomentsRequest) -> MomentsResult:
    """Moments of every variant's mature units, recomputed from the facts the session sees."""
    _prepare(session)
    counts = _counts(session, request)
    moments = _moments(session, request, counts)
    shifts = _shifts(moments.values())
    if shifts:
        moments = _moments(session, request.with_shifts(shifts), counts)
    return MomentsResult(moments, counts)


def _prepare(session: Session) -> None:
    if is_sqlite(session):
        return
    for setting in POSTGRESQL_SETTINGS:
        session.execute(text(f"SET LOCAL {setting}"))


def _moments(session: Session, request: MomentsRequest, counts: ExposureCounts) -> dict[int, Moments]:
    if not request.columns:
        return {v: Moments(n, (), np.zeros(0), np.zeros((0, 0))) for v, n in counts.mature.items()}
    rows = [(*read_pair(pair), *sums) for pair, *sums in session.execute(moments_statement(request))]
    return {v: _assemble(request, n, [row for row in rows if row[0] == v]) for v, n in counts.mature.items()}


def _assemble(request: MomentsRequest, n: int, rows: list[Any]) -> Moments:
    """Sums over all n units from sums over the units present.

    With shifts K, an absent unit has the value 0 and so the shifted value -K: what the statement did not return is
    made up for here, exactly.
    """
    keys = [column.key for column in request.columns]
    shift = np.array([column.shift for column in request.columns])
    k = len(keys)
    pairs, left, right, product = (np.zeros((k, k)) for _ in range(4))
    for _, a, b, count, sum_a, sum_b, sum_ab in rows:
        if a == UNITS:
            continue
        pairs[a, b] = pairs[b, a] = count
        left[a, b], right[a, b] = sum_a, sum_b
        left[b, a], right[b, a] = sum_b, sum_a
        product[a, b] = product[b, a] = sum_ab
    present, sums = np.diag(pairs), np.diag(left)
    only_a = sums[:, None] - left
    only_b = sums[None, :] - right
    neither = n - present[:, None] - present[None, :] + pairs
    full = product - only_a * shift[None, :] - only_b * shift[:, None] + neither * np.outer(shift, shift)
    return Moments.from_sums(n, keys, sums - shift * (n - present), full, shift)


def _shifts(groups: Iterable[Moments]) -> dict[str, float]:
    """Means of columns in which squaring loses digits, rounded so that they are the same on every engine."""
    shifts: dict[str, float] = {}
    for moments in groups:
        for column, mean, variance in zip(moments.columns, moments.mean, np.diag(moments.cov), strict=True):
            if mean * mean > CANCELLATION * variance and mean != 0:
                shifts.setdefault(column, float(f"{mean:.6g}"))
    return shifts


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
