"""What a report asks of the events: the metrics of the test, their columns, and whose windows have closed."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from experiments.domain.errors import NotFoundError
from experiments.domain.experiment import Experiment, UnitKind
from experiments.domain.metric import Metric, MetricUse
from experiments.domain.rolling import contrast_end
from experiments.services.columns import columns_of, columns_of_answers, load_codes
from experiments.store.catalogue import metrics as metric_store
from experiments.store.moments import MomentsRequest
from experiments.store.moments.request import DAY, ColumnRequest
from experiments.store.moments.traffic import any_marked
from experiments.store.tables import ExperimentRow, PhaseRow, SourceRow


@dataclass(frozen=True)
class Used:
    """A metric as a test uses it."""

    use: MetricUse
    metric: Metric


def request_from_events(session: Session, experiment: Experiment, now: int) -> MomentsRequest:
    """What the report of the current phase asks of the events."""
    used = used_metrics(session, experiment)
    return request_of(session, experiment, used, now, delivered_until(session, used, now))


def used_metrics(session: Session, experiment: Experiment) -> tuple[Used, ...]:
    """The metrics of a test in the versions it uses; raises NotFoundError where one is gone."""
    found = []
    for use in experiment.metrics:
        metric = metric_store.find(session, use.metric, use.version)
        if metric is None:
            raise NotFoundError("metric", use.metric)
        found.append(Used(use, metric))
    return tuple(found)


def request_of(
    session: Session, experiment: Experiment, used: tuple[Used, ...], now: int, delivered: int
) -> MomentsRequest:
    """The sums over units that the current phase needs.

    Args:
        now: µs UTC; the cut of the data.
        delivered: up to when the sources of the metrics have delivered; younger units are not mature.
    """
    codes = load_codes(session)
    columns: dict[str, ColumnRequest] = {}
    for item in used:
        answers = columns_of_answers(item.metric, codes, of_agents=experiment.unit is UnitKind.AGENT)
        needed = (*columns_of(item.metric, codes), *answers)
        columns |= {column.key: column for column in needed}
    window = max((item.metric.window_days for item in used), default=0)
    returns = max((item.metric.return_days for item in used), default=0)
    return MomentsRequest(
        phase_id=_phase_id(session, experiment),
        unit=experiment.unit,
        cut=now,
        mature_before=min(delivered, contrast_end(experiment, now)) - (window + returns) * DAY + 1,
        columns=tuple(columns.values()),
        return_window=returns * DAY if returns else None,
        since=experiment.phase.started_at or 0,
        until=experiment.phase.ended_at,
        without_marked=any_marked(session, experiment.unit),
        complete_sources=codes.complete_sources,
    )


def delivered_until(session: Session, used: tuple[Used, ...], now: int) -> int:
    """The earliest watermark of any source the metrics use; sources without one deliver as things happen."""
    named = {source for item in used for source in item.metric.sources}
    statement = select(SourceRow.watermark).where(SourceRow.watermark.is_not(None))
    if named and all(item.metric.sources for item in used):
        statement = statement.where(SourceRow.key.in_(named))
    return min((now, *(mark for mark in session.scalars(statement) if mark is not None)))


def _phase_id(session: Session, experiment: Experiment) -> int:
    statement = (
        select(PhaseRow.id)
        .join(ExperimentRow)
        .where(ExperimentRow.key == experiment.key, PhaseRow.number == experiment.phase.number)
    )
    found = session.scalar(statement)
    if found is None:
        raise NotFoundError("experiment", experiment.key)
    return found
