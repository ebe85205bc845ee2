"""One report for every test, wherever its data come from; and the stored ones."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy.orm import Session

from experiments.decision import explain as take_apart
from experiments.decision.analyse import build_report
from experiments.decision.explain import Explanation
from experiments.decision.inputs import AnalysisInput
from experiments.decision.report import Report
from experiments.domain.errors import NotFoundError
from experiments.services.analyse_events import input_from_events
from experiments.services.frozen import input_from_units as input_from_frozen
from experiments.services.import_daily.report import input_from_daily
from experiments.services.import_daily.spec import KIND as DAILY
from experiments.services.import_units.report import input_from_units
from experiments.services.learn.told import with_prior
from experiments.store.catalogue import experiments, snapshots
from experiments.store.catalogue.snapshots import Kind
from experiments.store.imported import current_run


def report_for(session: Session, key: str, *, now: int) -> Report:
    """Compute the report of a test's current phase from the data the session sees.

    Args:
        now: µs UTC; the cut of the data.

    Raises:
        NotFoundError: there is no such test.
    """
    return build_report(with_prior(session, _input(session, key, now), now))


def explain(
    session: Session, key: str, metric: str, *, now: int, variant: str | None = None, folder: Path | None = None
) -> Explanation:
    """One number of the last planned look with everything it was computed from; before one, of `report_for`.

    A finished test is taken apart from its frozen units, so that the numbers are those of its report to the last digit.

    Args:
        variant: key; None = the first one beside the control.
        folder: where the tables of frozen units lie; None = the look is computed from the events again.

    Raises:
        NotFoundError: there is no such test, metric or variant.
        DomainError: before the first look, when effects are not computed.
    """
    return take_apart.explain(_input_of_look(session, key, now, folder), metric, variant)


def latest_report(session: Session, key: str, *, kind: Kind | None = None, phase: int | None = None) -> Report | None:
    """The newest stored report, of one kind or phase where given; None where nothing is stored."""
    found = snapshots.latest(session, key, kind=kind, phase=phase)
    return None if found is None else Report.from_dict(found.report)


def _input(session: Session, key: str, now: int) -> AnalysisInput:
    experiment = experiments.find(session, key)
    if experiment is None:
        raise NotFoundError("experiment", key)
    if not experiment.imported:
        return input_from_events(session, experiment, now)
    run = current_run(session, key)
    find = input_from_daily if run is not None and run.kind == DAILY else input_from_units
    return find(session, experiment, now)


def _input_of_look(session: Session, key: str, now: int, folder: Path | None) -> AnalysisInput:
    experiment = experiments.find(session, key)
    looks = () if experiment is None else snapshots.all_of(session, key, kind="look", phase=experiment.phase.number)
    if experiment is None or experiment.imported or not looks:
        return _input(session, key, now)
    last = looks[-1]
    kept = None
    if folder is not None and last.report["look"]["final"]:
        kept = input_from_frozen(session, folder, key, last.phase)
    return kept or input_from_events(session, experiment, now, look=last)
