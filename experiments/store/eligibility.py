"""Whether a unit may enter a phase: written once, at its first evaluation, and counted by reason."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, func, select, tuple_

from experiments.store.tables import EligibilityRow, EvaluationCountRow, ExperimentRow
from experiments.store.upserts import dialect_insert

#: Who counted: the server, once per unit, or an SDK, once per evaluation.
FROZEN = "frozen"
SDK = "sdk"
#: The server too: units it assigned, by variant.
DRAWN = "drawn"
DAY = 86_400_000_000
MAX_REASON = 100


class Frozen(NamedTuple):
    """The answer for one unit in one phase, and why not where it is no."""

    phase_id: int
    unit: int
    eligible: bool
    reason: str = ""


class Count(NamedTuple):
    """How often one reason occurred in one experiment."""

    experiment_id: int
    phase: int
    reason: str
    times: int = 1


def find(connection: Connection, units: Iterable[tuple[int, int]]) -> dict[int, Frozen]:
    """What is frozen for (phase, unit) pairs, by phase."""
    pairs = sorted(set(units))
    if not pairs:
        return {}
    row = EligibilityRow
    query = select(row.phase_id, row.unit, row.eligible, row.reason).where(tuple_(row.phase_id, row.unit).in_(pairs))
    return {found.phase_id: Frozen(*found) for found in connection.execute(query)}


def freeze(connection: Connection, answers: Collection[Frozen], now: int) -> set[int]:
    """Write what nobody has written yet; the phases of which this was the first evaluation of their unit.

    In the order of the phases, so that two requests for one visitor wait for each other instead of deadlocking.
    """
    rows = [{**answer._asdict(), "at": now} for answer in sorted(answers)]
    if not rows:
        return set()
    insert = dialect_insert(connection, EligibilityRow).values(rows).on_conflict_do_nothing()
    return set(connection.scalars(insert.returning(EligibilityRow.phase_id)))


def count(connection: Connection, counts: Collection[Count], teller: str, now: int) -> None:
    """Add to the counts of the day (UTC)."""
    rows = [
        {
            "experiment_id": item.experiment_id,
            "phase": item.phase,
            "teller": teller,
            "day": now - now % DAY,
            "reason": item.reason[:MAX_REASON],
            "count": item.times,
        }
        for item in sorted(counts)
    ]
    if not rows:
        return
    statement = dialect_insert(connection, EvaluationCountRow)
    added = {"count": EvaluationCountRow.count + statement.excluded["count"]}
    key = ["experiment_id", "phase", "teller", "day", "reason"]
    connection.execute(statement.on_conflict_do_update(index_elements=key, set_=added), rows)


def assigned(connection: Connection, experiment_key: str, phase: int) -> dict[str, int]:
    """Units the server assigned in a phase, by key of the variant, exposed or not; empty where it assigns nobody."""
    row = EvaluationCountRow
    query = (
        select(row.reason, func.sum(row.count))
        .join(ExperimentRow, ExperimentRow.id == row.experiment_id)
        .where(ExperimentRow.key == experiment_key, row.phase == phase, row.teller == DRAWN)
        .group_by(row.reason)
    )
    return {variant: int(units) for variant, units in connection.execute(query)}


class DayCount(NamedTuple):
    """One stored count."""

    phase: int
    teller: str
    day: int
    reason: str
    times: int


def counts_of(connection: Connection, experiment_key: str) -> Sequence[DayCount]:
    """Every count of one experiment that knows no variant, oldest day first."""
    row = EvaluationCountRow
    query = (
        select(row.phase, row.teller, row.day, row.reason, row.count)
        .join(ExperimentRow, ExperimentRow.id == row.experiment_id)
        .where(ExperimentRow.key == experiment_key, row.teller != DRAWN)
        .order_by(row.day, row.teller, row.reason, row.phase)
    )
    return [DayCount(*found) for found in connection.execute(query)]
