"""Read the guard of a roll-out from the facts, and do what it says."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from experiments.decision.guard import GuardReading, GuardStatus, not_guarded, read_guard
from experiments.decision.inputs import MetricPlan
from experiments.domain import rolling
from experiments.domain.experiment import Experiment, Status, UnitKind
from experiments.domain.metric import EventKind, Metric, MetricUse, Role
from experiments.domain.rollout import ENTRY_DAYS, OnHarm, RollOut, RollOutState
from experiments.services import alarms, changing
from experiments.services.actor import SYSTEM
from experiments.services.clock import DAY, MINUTE, to_iso
from experiments.services.columns import columns_of, load_codes, measure_of
from experiments.services.held_back import GIVEN, HELD, empty_moments, share_held, sides_request
from experiments.services.net_plan import net_plan_of
from experiments.services.steps import Alone, together
from experiments.store.catalogue import experiments, readings
from experiments.store.catalogue import metrics as metric_store
from experiments.store.catalogue.readings import GUARD, Reading
from experiments.store.engines import reading, writing
from experiments.store.moments import compute_moments

#: Units of both sides at which the boundary is narrowest where the plan of the test states none.
USUAL_UNITS = 40_000
HOUR = 60 * MINUTE


@dataclass(frozen=True, slots=True)
class Guarded:
    """What one round did to one roll-out; `deed` is empty where nothing was changed."""

    experiment: str
    status: GuardStatus
    deed: str = ""


def watch(engine: Engine, now: int, alone: Alone = together) -> tuple[tuple[Guarded, ...], frozenset[str]]:
    """Read every roll-out that goes on, keep the readings, and halt those that harm.

    Returns:
        what was read, and the keys of tests that could not be.
    """
    with reading(engine) as session:
        keys = experiments.keys(session, {Status.DECIDED})
    found = {key: alone("guard", partial(_watch, engine, key, now), key) for key in keys}
    read = tuple(one for each in found.values() if each is not None for one in each)
    return read, frozenset(key for key, each in found.items() if each is None)


def _watch(engine: Engine, key: str, now: int) -> tuple[Guarded, ...]:
    with reading(engine) as session:
        item = experiments.find(session, key)
        if item is None or not _is_watched(item) or not _is_due(session, item, now):
            return ()
        told = guard_reading(session, item, now)
    return (_keep(engine, item, told, now),)


def guard_reading(session: Session, experiment: Experiment, now: int) -> GuardReading:
    """One reading of the facts the session sees; nothing is changed."""
    rollout = rolling.of(experiment)
    if not rollout.holdback or rollout.guard_since is None or experiment.unit is UnitKind.AGENT:
        return not_guarded(agents=experiment.unit is UnitKind.AGENT)
    used = _guarded(session, experiment, rollout)
    codes = load_codes(session)
    columns = {column.key: column for _, metric in used for column in columns_of(metric, codes)}
    request = sides_request(
        session, experiment, rollout.guard_since, now, columns.values(),
        mature_before=now - rollout.guard_days * DAY + 1,
    )  # fmt: skip
    result = compute_moments(session, request)
    none = empty_moments(columns)
    exposed = (result.counts.exposed.get(HELD, 0), result.counts.exposed.get(GIVEN, 0))
    currency = net_plan_of(experiment, (metric for _, metric in used)).currency
    planned = 2 * (experiment.plan.units_per_variant or USUAL_UNITS // 2)
    return read_guard(
        [_plan(use, metric, currency) for use, metric in used],
        result.moments.get(HELD, none),
        result.moments.get(GIVEN, none),
        exposed,
        share_held(experiment, rollout),
        planned,
    )


def _is_watched(experiment: Experiment) -> bool:
    rollout = experiment.rollout
    # A handful of agents held back is too few for a boundary that may be read at any moment.
    watched = experiment.unit is not UnitKind.AGENT
    return watched and rollout is not None and rollout.live and rollout.holdback > 0


def _is_due(session: Session, experiment: Experiment, now: int) -> bool:
    """Every round while people newly get the winner; a holdback that is followed for years is read once an hour."""
    rollout = rolling.of(experiment)
    last = readings.all_of(session, experiment.key, rollout.started_at or 0).get(GUARD)
    settled = now > max(rollout.entry_until or 0, (rollout.guard_since or 0) + ENTRY_DAYS * DAY)
    return last is None or not settled or not 0 <= now - last.at < HOUR


def _guarded(session: Session, experiment: Experiment, rollout: RollOut) -> list[tuple[MetricUse, Metric]]:
    """Goals and guardrails over the guard's days; surveys are left out, since only those who answer are heard."""
    found = []
    for use in experiment.metrics:
        metric = metric_store.find(session, use.metric, use.version)
        if metric is None or use.role not in (Role.GOAL, Role.GUARDRAIL):
            continue
        if metric.column.event.kind is EventKind.SURVEY:
            continue
        days = min(metric.window_days, rollout.guard_days)
        found.append((use, replace(metric, window_days=days, covariate_days=0, return_days=0)))
    return found


def _plan(use: MetricUse, metric: Metric, currency: str) -> MetricPlan:
    return MetricPlan(
        key=metric.key,
        title=metric.name,
        role=use.role,
        direction=metric.direction,
        measure=measure_of(metric),
        margin=use.margin,
        protected=metric.protected,
        measurable=use.measurable,
        measured_in=metric.measured_in(currency),
    )


def _keep(engine: Engine, seen: Experiment, told: GuardReading, now: int) -> Guarded:
    """Keep a reading; where it says so, halt the roll-out, sound an alarm and write both down, all or nothing."""
    with writing(engine) as session:
        experiment = experiments.find(session, seen.key)
        if experiment is None or experiment.rollout != seen.rollout or experiment.rollout is None:
            return Guarded(seen.key, told.status)  # somebody changed it meanwhile; the next round reads it anew
        rollout = experiment.rollout
        reading_ = Reading(GUARD, now, told.to_dict())
        readings.put(session, experiment.key, rollout.started_at or 0, reading_)
        # A broken split proves no harm: whoever has the winner keeps it, and nobody else gets it.
        back = told.status is GuardStatus.HARM and rollout.on_harm is OnHarm.ROLL_BACK
        halts = told.status in (GuardStatus.HARM, GuardStatus.SPLIT_BROKEN)
        if not halts or not (back or rollout.state is RollOutState.GOING):
            return Guarded(seen.key, told.status)
        deed, change = ("roll_back", rolling.roll_back) if back else ("pause_roll_out", rolling.pause)
        after = change(experiment, now)
        changing.save(session, SYSTEM, now, deed, experiment, after, told.sentence)
        done = "It was rolled back: everybody sees the control." if back else "It was paused at its share."
        facts = {"deed": deed, "share": rollout.share, "reading": told.to_dict(), "at": to_iso(now)}
        alarms.sound(session, now, told.status.value, experiment.key, f"{told.sentence} {done}", facts)
    return Guarded(seen.key, told.status, deed)
