"""Replays: weeks of simulated traffic in a minute, told as if they had passed.

A replay needs three things that nobody but the console may do, and only to a test without a single exposure: its
launch moves back, its customers are known as of before the launch, and until the last event has come in one source
says that it has delivered nothing since the launch. So nothing is mature in the middle of a replay, and no look is
taken on a part of it. Each of them is in the audit log.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from experiments.config import Settings
from experiments.domain.access import Right
from experiments.domain.errors import ConflictError, DomainError
from experiments.domain.experiment import Experiment, Status
from experiments.domain.source import Source, SourceKind
from experiments.services import catalogue, changing
from experiments.services.actor import Actor
from experiments.services.clock import to_iso
from experiments.services.demo.company import CRM, OFFLINE, delivered
from experiments.services.ingest import Limits, SourceInfo, accept
from experiments.services.sessions import reading
from experiments.store.catalogue import phases, sources
from experiments.store.tables import ExposureRow

REASON = "simulated"
SOURCE = Source("simulation", "Customers of a replay (simulated)", SourceKind.SERVER)
BATCH = 500


def backdate(session: Session, actor: Actor, now: int, key: str, launched_at: int) -> Experiment:
    """Move the launch of a running test back; its source of customers has delivered nothing since.

    Raises:
        ConflictError: the test is not running in its first phase (`bad_transition`), somebody has been exposed
            (`exposed`), or the instant lies ahead.
    """
    actor.require(Right.LAUNCH)
    before = changing.load(session, key)
    _check_running(before)
    _check_past(launched_at, now)
    _check_untouched(session, before)
    phase = replace(before.phase, started_at=launched_at)
    after = replace(before, launched_at=launched_at, phases=(phase,))
    catalogue.save_source(session, actor, now, replace(SOURCE, watermark=launched_at))
    return changing.save(session, actor, now, "backdate", before, after, REASON)


def acquaint(engine: Engine, settings: Settings, items: Sequence[dict[str, Any]], at: int) -> None:
    """Tell, as of an instant before the launch, who the customers of a replay are and what they hold.

    Raises:
        DomainError: `refused`, an item does not fit the service.
    """
    with reading(engine) as session:
        info = SourceInfo(sources.ids(session)[SOURCE.key], SOURCE.key, SOURCE.kind, SOURCE.environment)
    limits = Limits.of(settings)
    for start in range(0, len(items), BATCH):
        part = items[start : start + BATCH]
        answer = accept(engine, info, part, id_key=settings.id_secret(), now=at, limits=limits)
        if answer.rejected:
            first = answer.rejected[0]
            raise DomainError("refused", f"{first.field} of a customer was refused: {first.reason}.", first.field)


def complete(session: Session, actor: Actor, now: int) -> None:
    """The replay has been delivered, and so has everything the demo's nightly import could bring."""
    catalogue.save_source(session, actor, now, SOURCE)
    known = {source.key for source in catalogue.all_sources(session)}
    if {CRM, OFFLINE} <= known:
        delivered(session, actor, now, now)


def _check_running(experiment: Experiment) -> None:
    if experiment.status is not Status.RUNNING or experiment.phase.number != 1:
        raise ConflictError(
            f"{experiment.key} is {experiment.status.value} in phase {experiment.phase.number}, "
            "must be running in phase 1 to be replayed.",
            "status",
            code="bad_transition",
        )


def _check_past(launched_at: int, now: int) -> None:
    if launched_at >= now:
        raise ConflictError(f"launched_at == {to_iso(launched_at)}, must be before {to_iso(now)}.", "launched_at")


def _check_untouched(session: Session, experiment: Experiment) -> None:
    phase = phases.ids(session)[experiment.key, experiment.phase.number]
    if session.scalar(select(ExposureRow.seq).where(ExposureRow.phase_id == phase).limit(1)) is not None:
        raise ConflictError(
            f"{experiment.key} has exposures already; replay a fresh test, for example a clone of it.",
            "experiment",
            code="exposed",
        )
