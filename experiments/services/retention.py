"""Remove old events and facts, but nothing that a test or a holdback still needs."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from experiments.config import Settings
from experiments.domain.experiment import Experiment, Status
from experiments.domain.rollout import RollOut
from experiments.services.clock import DAY, to_iso
from experiments.services.read_outs import PATIENCE
from experiments.store import retention
from experiments.store.catalogue import experiments, unit_tables
from experiments.store.catalogue import metrics as metric_store
from experiments.store.engines import reading

#: Clocks of senders may be ahead of ours: what happened on a day may be received as if before it.
SLACK = DAY
OPEN = frozenset({Status.TESTING, Status.RUNNING, Status.PAUSED, Status.STOPPED, Status.DECIDED})


@dataclass(frozen=True, slots=True)
class Held:
    """What keeps data from being removed: a test, from when on it needs them (µs), and why."""

    experiment: str
    since: int
    why: str

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready form."""
        return {**asdict(self), "since": to_iso(self.since)}


@dataclass(frozen=True, slots=True)
class Retained:
    """What a round found and did.

    Args:
        wanted: µs; what the setting would remove was received before it. None = nothing is ever removed.
        edge: µs; what could be removed.
        held: tests that need older data, the most demanding first.
        removed: rows by table; of events on PostgreSQL the partitions.
        waiting: why nothing was removed this time.
    """

    wanted: int | None
    edge: int | None = None
    held: tuple[Held, ...] = ()
    removed: dict[str, int] = field(default_factory=dict)
    waiting: str = ""


def look(engine: Engine, settings: Settings, now: int) -> Retained:
    """What could be removed and what holds it back; nothing is changed."""
    if settings.retention_days == 0:
        return Retained(None)
    wanted = now - settings.retention_days * DAY
    with reading(engine) as session:
        held = tuple(
            sorted((item for item in _needs(session, now) if item.since < wanted), key=lambda item: item.since)
        )
        lags = retention.lags(session.connection())
    edge = min((wanted, *(item.since for item in held)))
    waiting = "Events wait to be projected; is the worker running?" if lags else ""
    return Retained(wanted, retention.whole(engine, edge), held, waiting=waiting)


def remove_old(engine: Engine, settings: Settings, now: int) -> Retained:
    """Remove what is old enough and needed by nobody."""
    found = look(engine, settings, now)
    if found.edge is None or found.waiting:
        return found
    keys_before = min(found.edge, now - settings.late_days * DAY - SLACK)
    removed = retention.remove(engine, found.edge, keys_before, now)
    return Retained(found.wanted, found.edge, found.held, removed)


def remove_daily(engine: Engine, settings: Settings, now: int) -> Retained | None:
    """The same, at most once a day; None where it is not time."""
    if settings.retention_days == 0:
        return None
    with reading(engine) as session:
        last = retention.moved_at(session.connection())
    return remove_old(engine, settings, now) if last is None or now - last >= DAY else None


def _needs(session: Session, now: int) -> list[Held]:
    """Every test that is not over, from its first covariate on; a holdback from the day it began."""
    frozen = {(table.experiment, table.phase) for table in unit_tables.all_tables(session)}
    found = []
    for experiment in experiments.all_experiments(session, OPEN):
        phase = experiment.phase
        if experiment.imported:
            continue
        if phase.started_at is not None and (experiment.key, phase.number) not in frozen:
            since = phase.started_at - _covariate_days(session, experiment) * DAY - SLACK
            found.append(Held(experiment.key, since, f"{experiment.status.value}, its final report is not frozen yet"))
        rollout = experiment.rollout
        if rollout is not None and rollout.started_at is not None and _is_followed(rollout, now):
            found.append(Held(experiment.key, rollout.started_at - SLACK, "its winner has a holdback"))
    return found


def _is_followed(rollout: RollOut, now: int) -> bool:
    """Also for a while after a holdback ended, because its last read-out may wait for a source that delivers late."""
    ended = rollout.holdback_until
    return rollout.holdback > 0 or (ended is not None and now < ended + PATIENCE + DAY)


def _covariate_days(session: Session, experiment: Experiment) -> int:
    used = (metric_store.find(session, use.metric, use.version) for use in experiment.metrics)
    return max((metric.covariate_days or 0 for metric in used if metric is not None), default=0)
