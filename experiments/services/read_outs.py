"""Read a holdback out: repeat purchase, retention and margin of the held back beside those with the winner."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import partial

from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from experiments.decision.holdback import (
    FIRST_WEEK,
    FOLLOWED,
    STATEMENT_DAYS,
    Baseline,
    MeasureKey,
    ReadOut,
    design,
    read_out,
)
from experiments.domain import rolling
from experiments.domain.experiment import Experiment, Status
from experiments.domain.metric import EventKind, Value
from experiments.domain.plain import to_plain
from experiments.domain.rollout import ENTRY_DAYS, READ_OUTS, RollOut
from experiments.domain.source import RANK, SourceKind
from experiments.services import changing
from experiments.services.clock import DAY
from experiments.services.columns import load_codes
from experiments.services.default_metrics import RETURN_DAYS
from experiments.services.held_back import GIVEN, HELD, empty_moments, share_held, sides_request
from experiments.services.steps import Alone, together
from experiments.stats.moments import Moments
from experiments.store.catalogue import experiments, phases, readings
from experiments.store.catalogue.readings import DESIGN, UNDECIDED, Reading
from experiments.store.engines import reading, writing
from experiments.store.moments import compute_moments
from experiments.store.moments.request import ColumnRequest, MomentsRequest
from experiments.store.moments.traffic import any_marked
from experiments.store.retained import retained
from experiments.store.tables import SourceRow

#: Window of the baseline, days: that of the ready metrics.
BASELINE_DAYS = 28
#: µs a read-out waits for a source that has not delivered up to its day.
PATIENCE = 14 * DAY


@dataclass(frozen=True, slots=True)
class Read:
    """One read-out that was taken."""

    experiment: str
    days: int


def read_all(engine: Engine, now: int, alone: Alone = together) -> tuple[Read, ...]:
    """Take every read-out that is due, and work out once what each new holdback can see."""
    with reading(engine) as session:
        keys = experiments.keys(session, {Status.DECIDED})
    done: list[Read] = []
    for key in keys:
        alone("holdback", partial(_see_ahead, engine, key, now), key)
        done += alone("read-out", partial(_read_due, engine, key, now), key) or ()
    return tuple(done)


def _see_ahead(engine: Engine, key: str, now: int) -> None:
    if DESIGN in _waiting(engine, key, now):
        _read(engine, key, DESIGN, now)


def _read_due(engine: Engine, key: str, now: int) -> list[Read]:
    due = [days for days in _waiting(engine, key, now) if days != DESIGN]
    for days in due:
        _read(engine, key, days, now)
    return [Read(key, days) for days in due]


def prepare(engine: Engine, now: int, alone: Alone = together) -> tuple[str, ...]:
    """Measure the control of every test that waits for its decision: its form says what a holdback would see.

    Once a day while it waits; returns the keys of the tests that were measured.
    """
    with reading(engine) as session:
        keys = experiments.keys(session, {Status.STOPPED})
    return tuple(key for key in keys if alone("holdback", partial(_prepare, engine, key, now), key))


def _prepare(engine: Engine, key: str, now: int) -> bool:
    with reading(engine) as session:
        one = experiments.find(session, key)
        if one is None or one.imported:
            return False
        found = readings.all_of(session, key, UNDECIDED).get(DESIGN)
        if found is not None and found.at + DAY > now:
            return False
        told = {"baseline": to_plain(baseline_of(session, one, now))}
    with writing(engine) as session:
        readings.put(session, key, UNDECIDED, Reading(DESIGN, now, told))
    return True


def _read(engine: Engine, key: str, days: int, now: int) -> None:
    with reading(engine) as session:
        experiment = changing.load(session, key)
        rollout = rolling.of(experiment)
        if days == DESIGN:
            told = _design(session, experiment, rollout, now)
        else:
            told = read_out_of(session, experiment, days, now).to_dict()
    with writing(engine) as session:
        readings.put(session, key, rollout.started_at or 0, Reading(days, now, told))


def read_out_of(session: Session, experiment: Experiment, days: int, now: int) -> ReadOut:
    """The read-out of one age on the facts the session sees: the fixed cohort, each unit over its own days."""
    rollout = rolling.of(experiment)
    columns = _columns(session, days)
    request = sides_request(
        session, experiment, rollout.started_at or 0, now, columns,
        mature_before=now - days * DAY + 1, until=rollout.entry_until,
    )  # fmt: skip
    result = compute_moments(session, replace(request, return_window=RETURN_DAYS * DAY))
    none = empty_moments(column.key for column in columns)
    sides = (result.moments.get(HELD, none), result.moments.get(GIVEN, none))
    groups: dict[MeasureKey, tuple[Moments, Moments] | str] = {"again": sides, "margin": sides}
    groups["kept"] = _kept(session, request, days)
    return read_out(days, experiment.unit, groups, (sides[0].n, sides[1].n), rollout.read_as)


def _waiting(engine: Engine, key: str, now: int) -> list[int]:
    """The read-outs that are due; empty for a test without a holdback that is followed."""
    with reading(engine) as session:
        experiment = experiments.find(session, key)
        rollout = None if experiment is None else experiment.rollout
        if rollout is None or not rollout.last_read_out or not rollout.live:
            return []
        taken = readings.all_of(session, key, rollout.started_at or 0)
        delivered = _delivered(session, now)
    due = [DESIGN] if DESIGN not in taken else []
    for days in READ_OUTS:
        at = rollout.read_out_at(days)
        wanted = days not in taken and days <= (rollout.last_read_out or 0)
        if wanted and at is not None and (at <= delivered or at + PATIENCE <= now):
            due.append(days)
    return due


def _delivered(session: Session, now: int) -> int:
    oldest = session.scalar(select(func.min(SourceRow.watermark)))
    return now if oldest is None else min(now, oldest)


def _columns(session: Session, days: int, start: int = FIRST_WEEK) -> tuple[ColumnRequest, ...]:
    least = RANK[SourceKind.SERVER] if load_codes(session).trusted_sales else 0
    end, sale = days * DAY, EventKind.SALE
    return (
        ColumnRequest("again", sale, Value.COUNT, start * DAY, end, binary=True, least_rank=least),
        ColumnRequest("margin", sale, Value.MARGIN, 0, end, least_rank=least),
    )


def _kept(session: Session, request: MomentsRequest, days: int) -> tuple[Moments, Moments] | str:
    found = retained(session, request, days, STATEMENT_DAYS)
    if HELD not in found or GIVEN not in found:
        return "Nobody of them was known to hold anything at first exposure."
    sides = (found[HELD], found[GIVEN])
    if any(side.followed < FOLLOWED * side.units for side in sides):
        return f"Under {FOLLOWED:.0%} have a full statement of holdings of the last {STATEMENT_DAYS} days."
    held, given = (Moments.from_counts(side.units, side.kept, "kept") for side in sides)
    return held, given


def _design(session: Session, experiment: Experiment, rollout: RollOut, now: int) -> dict[str, object]:
    """From the control of the test: what each read-out can see, also beyond the last one that is planned."""
    baseline = baseline_of(session, experiment, now)
    last = rolling.LONGEST[experiment.unit]
    made = design(baseline, experiment.unit, share_held(experiment, rollout), ENTRY_DAYS, last, rollout.read_as)
    return {"baseline": to_plain(baseline), "read_outs": to_plain(made)}


def baseline_of(session: Session, experiment: Experiment, now: int) -> Baseline:
    """Repeat purchase, retention and margin of the control of the test, and new units a week."""
    phase = experiment.phase
    phase_id = phases.ids(session)[experiment.key, phase.number]
    end = phase.ended_at or now
    request = MomentsRequest(
        phase_id=phase_id,
        unit=experiment.unit,
        cut=now,
        mature_before=min(rolling.contrast_end(experiment, now), _delivered(session, now)) - BASELINE_DAYS * DAY + 1,
        columns=_columns(session, BASELINE_DAYS),
        since=phase.started_at or 0,
        until=phase.ended_at,
        without_marked=any_marked(session, experiment.unit),
    )
    result = compute_moments(session, request)
    control = result.moments.get(0)
    weeks = max((end - (phase.started_at or end)) / (7 * DAY), 1 / 7)
    pace = sum(result.counts.exposed.values()) / weeks
    if control is None or control.n < 2:
        return Baseline(BASELINE_DAYS, None, None, None, None, pace)
    held = retained(session, request, BASELINE_DAYS, STATEMENT_DAYS).get(0)
    followed = held is not None and held.units and held.followed >= FOLLOWED * held.units
    return Baseline(
        BASELINE_DAYS,
        again=control.mean_of("again"),
        kept=held.kept / held.units if held is not None and followed else None,
        margin=control.mean_of("margin"),
        margin_sd=math.sqrt(control.var_of("margin")),
        units_per_week=pace,
    )
