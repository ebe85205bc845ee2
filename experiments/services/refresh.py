"""Recompute reports of tests that are not over, and keep the permanent ones."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from experiments.decision.analyse import build_report
from experiments.decision.report import Report
from experiments.domain.errors import NotFoundError
from experiments.domain.experiment import Experiment, Status
from experiments.domain.schedule import is_over, planned_looks
from experiments.services import frozen
from experiments.services.analyse_events import input_from_events
from experiments.services.clock import local_day
from experiments.services.learn.told import with_prior
from experiments.services.moments_asked import request_from_events
from experiments.services.steps import Alone, together
from experiments.store.catalogue import experiments as experiment_store
from experiments.store.catalogue import snapshots
from experiments.store.engines import reading, writing

#: What a report is made of, in order; long work says which of them it is at.
STEPS = ("units and what they bought", "data quality", "from gross to net", "effects and decision")
OPEN = frozenset({Status.RUNNING, Status.PAUSED, Status.STOPPED, Status.DECIDED})


@dataclass(frozen=True, slots=True)
class Refreshed:
    """One report computed; `look` is its number where it was a planned look."""

    experiment: str
    look: int | None


def refresh_all(
    engine: Engine,
    now: int,
    zone: ZoneInfo,
    *,
    changed: bool = True,
    folder: Path | None = None,
    on_progress: Callable[[int, int], None] = lambda _done, _total: None,
    on_fault: Callable[[str], None] = lambda _key: None,
    again: Collection[str] = (),
    alone: Alone = together,
) -> tuple[Refreshed, ...]:
    """Refresh every test that needs it, each alone.

    Args:
        changed: whether events came in since the last refresh; without them only what is due by the calendar runs.
        folder: the data folder, where the unit tables of finished tests are frozen; None = they are not.
        on_fault: told the key of a test whose report could not be computed, also where it is not tried again yet.
        again: tests that need it whatever the calendar says, because they failed before.
    """
    with reading(engine) as session:
        keys = experiment_store.keys(session, OPEN)
    done: list[Refreshed] = []
    for index, key in enumerate(keys, start=1):
        work = partial(_refresh_due, engine, key, now, zone, folder, changed=changed or key in again)
        found = alone("report", work, key)
        if found is None:
            on_fault(key)
        done += found or ()
        on_progress(index, len(keys))
    return tuple(done)


def refresh(
    engine: Engine,
    key: str,
    now: int,
    zone: ZoneInfo,
    folder: Path | None = None,
    *,
    on_step: Callable[[int], None] = lambda _done: None,
) -> Refreshed:
    """Recompute one test: read on a snapshot of the data, then write the result in a short transaction.

    The last look is computed from the frozen unit table, so that the table gives the very same report for good.

    Args:
        on_step: told how many of `STEPS` are done; may write to the database.
    """
    with reading(engine) as session:
        experiment = experiment_store.find(session, key)
        if experiment is None:
            raise NotFoundError("experiment", key)
        data = with_prior(session, input_from_events(session, experiment, now, on_step=on_step), now)
        last = folder is not None and data.looks.is_look and data.looks.final
        table = frozen.take(session, request_from_events(session, experiment, now), data) if last else None
    if table is not None and folder is not None:
        frozen.keep(engine, folder, key, experiment.phase.number, table, now)
        data = frozen.input_of(table)
    report = build_report(data)
    with writing(engine) as session:
        look = _store(session, experiment, report, now, zone)
    return Refreshed(key, look)


def is_computed(session: Session, experiment: Experiment) -> bool:
    """Whether the report of a test still changes with what comes in."""
    return experiment.status in OPEN and not experiment.imported and not _finished(session, experiment)


def _refresh_due(
    engine: Engine, key: str, now: int, zone: ZoneInfo, folder: Path | None, *, changed: bool
) -> tuple[Refreshed, ...]:
    with reading(engine) as session:
        item = experiment_store.find(session, key)
        waits = item is not None and is_computed(session, item) and (changed or _due(session, item, now))
    return (refresh(engine, key, now, zone, folder),) if waits else ()


def _finished(session: Session, experiment: Experiment) -> bool:
    """A test that has run off and has its final report is never computed again: yesterday's page stays."""
    last = snapshots.latest(session, experiment.key, kind="look", phase=experiment.phase.number)
    return last is not None and bool(last.report["look"]["final"]) and experiment.stopped_at is not None


def _due(session: Session, experiment: Experiment, now: int) -> bool:
    live = snapshots.latest(session, experiment.key, kind="live", phase=experiment.phase.number)
    if live is None or (is_over(experiment, now) and not is_over(experiment, live.at)):
        return True
    return any(live.at < look.at <= now for look in planned_looks(experiment))


def _store(session: Session, experiment: Experiment, report: Report, now: int, zone: ZoneInfo) -> int | None:
    document, phase = report.to_dict(), experiment.phase.number
    before = snapshots.latest(session, experiment.key, kind="live", phase=phase)
    if before is not None and local_day(before.at, zone) != local_day(now, zone):
        snapshots.add(session, experiment.key, phase, "day", before.report, before.at)
    snapshots.save_live(session, experiment.key, phase, document, now)
    if not report.look.is_look or _is_taken(session, experiment, report.look.number):
        return None
    snapshots.add(session, experiment.key, phase, "look", document, now, report.look.number)
    return report.look.number


def _is_taken(session: Session, experiment: Experiment, number: int | None) -> bool:
    """Whether a worker that took over meanwhile has taken this look; writing the live report has put us in a row."""
    heads = snapshots.heads(session, experiment.key, kinds=("look",))
    return any((head.phase, head.number) == (experiment.phase.number, number) for head in heads)
