"""The use case: files of day totals and a spec become an experiment, or the experiment stays as it was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Literal

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from experiments.decision.analyse import build_report
from experiments.decision.report import Report
from experiments.domain.access import Right
from experiments.domain.errors import ConflictError, DomainError
from experiments.domain.experiment import Experiment
from experiments.domain.plain import to_plain
from experiments.services import audit
from experiments.services.actor import Actor
from experiments.services.import_daily.days import Days, mature_for_all
from experiments.services.import_daily.read import read_days
from experiments.services.import_daily.report import input_of
from experiments.services.import_daily.spec import KIND, DailySpec
from experiments.services.import_units.experiment import check_replaceable, experiment_of, save_experiment
from experiments.store import imported
from experiments.store.catalogue import experiments, snapshots
from experiments.store.engines import reading, writing
from experiments.store.imported import ImportRun

Outcome = Literal["imported", "replaced", "unchanged"]
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class DailyResult:
    """The outcome of one import.

    Args:
        outcome: a new experiment; one whose days were replaced; or nothing done, because the same files were imported
            by the same spec before.
        experiment: key.
        rows: rows read, one per day and variant.
        days: days in the files.
        mature: days that count for every metric.
    """

    outcome: Outcome
    experiment: str
    rows: int
    days: int
    mature: int


def import_daily(engine: Engine, paths: Sequence[Path], spec: DailySpec, *, now: int, actor: Actor) -> DailyResult:
    """Import a finished test with one row per day and variant; all of it or nothing, in one transaction.

    Args:
        now: µs UTC.

    Raises:
        DomainError: a file is not what it must be, see `read_days`.
        ConflictError: the key belongs to another kind of test (`exists`), or the test is decided (`frozen`).
    """
    actor.require(Right.EDIT)
    digest = _digest(paths)
    days = read_days(paths, spec)
    with reading(engine) as session:
        before = _before(session, spec)
    unchanged = before is not None and before.digest == digest and before.spec == to_plain(spec)
    if not unchanged:
        file = ", ".join(path.name for path in paths)
        report = build_report(input_of(_experiment(spec, days, now), spec, days, file, now))
        with writing(engine) as session:
            _before(session, spec)
            _save(session, spec, days, file, digest, report, now, actor)
    outcome: Outcome = "unchanged" if unchanged else "replaced" if before else "imported"
    rows = len(days.days) * len(spec.variants)
    return DailyResult(outcome, spec.experiment.key, rows, len(days.days), len(mature_for_all(days, spec)))


def _save(
    session: Session,
    spec: DailySpec,
    days: Days,
    file: str,
    digest: str,
    report: Report,
    now: int,
    actor: Actor,
) -> None:
    key, rows = spec.experiment.key, len(days.days) * len(spec.variants)
    run = imported.begin_run(session, kind=KIND, file=file, digest=digest, spec=to_plain(spec), columns=(), now=now)
    experiment_id = save_experiment(session, _dated(spec, days), now)
    kept = {"days": days.to_plain()}
    imported.finish_run(session, run, experiment_id, rows=rows, rejected=0, report=kept, now=now)
    plain = report.to_dict()
    snapshots.save_live(session, key, report.phase, plain, now)
    snapshots.add(session, key, report.phase, "look", plain, now, report.look.number)
    audit.record(session, actor, now, "import", "experiment", key, after={"run": run, "rows": rows, "rejected": 0})


def _experiment(spec: DailySpec, days: Days, now: int) -> Experiment:
    return experiment_of(_dated(spec, days), salt="not drawn yet", created_at=now)


def _dated(spec: DailySpec, days: Days) -> DailySpec:
    """The spec with the first and last day of the files where it does not say its own."""
    told = spec.experiment
    started = _instant(days.first) if told.started is None else told.started
    ended = _instant(days.last + timedelta(days=1)) - 1 if told.ended is None else told.ended
    return replace(spec, experiment=replace(told, started=started, ended=ended))


def _before(session: Session, spec: DailySpec) -> ImportRun | None:
    """The run that counts now, where the experiment may be replaced."""
    key = spec.experiment.key
    check_replaceable(experiments.find(session, key), key)
    run = imported.current_run(session, key)
    if run is not None and run.kind != KIND:
        raise ConflictError(
            f"experiment.key == {key!r}, was imported as {run.kind}, not as day totals.",
            "experiment.key",
            code="exists",
        )
    return run


def _digest(paths: Sequence[Path]) -> str:
    found = sha256()
    for path in sorted(paths, key=lambda path: path.name):
        try:
            content = path.read_bytes()
        except OSError as error:
            raise DomainError("bad_file", f"file == {path.name!r}, cannot be read: {error}.", "file") from None
        found.update(f"{path.name} {len(content)}\n".encode() + content)
    return found.hexdigest()


def _instant(day: date) -> int:
    """µs UTC of the beginning of a day."""
    return (datetime(day.year, day.month, day.day, tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)) // _MICROSECOND
