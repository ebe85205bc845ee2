"""What keys of the test environment sent lately: a rehearsal leaves no facts, only events."""

from __future__ import annotations

import json
from collections import Counter

from sqlalchemy import Connection, func, select

from experiments.domain.environment import Environment
from experiments.store import arrivals
from experiments.store.tables import ReconciliationRow, SourceRow

VIEWED = "Experiment Viewed"
MOST = 2_000


def exposures(connection: Connection, experiment: str, since: int) -> Counter[str]:
    """Exposures by variant key among the newest events of test keys."""
    test = tuple(connection.scalars(select(SourceRow.id).where(SourceRow.environment == Environment.TEST.value)).all())
    if not test:
        return Counter()
    seen: Counter[str] = Counter()
    for row in arrivals.newest(connection, arrivals.Wanted(since, test, name=VIEWED, limit=MOST)):
        properties = json.loads(row.body).get("properties", {})
        if properties.get("experiment_id") == experiment:
            seen[str(properties.get("variation_id"))] += 1
    return seen


def last_days(connection: Connection) -> dict[str, int]:
    """µs of the last day of which each source delivered anything, as the worker counted it; absent where none."""
    row = ReconciliationRow
    any_ = row.sales + row.contacts + row.others + row.refunds
    query = (
        select(SourceRow.key, func.max(row.day))
        .join(SourceRow, SourceRow.id == row.source_id)
        .where(any_ > 0)
        .group_by(SourceRow.key)
    )
    return {str(key): int(day) for key, day in connection.execute(query)}
