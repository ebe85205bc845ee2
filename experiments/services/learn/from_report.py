"""A past test out of the report it was decided on."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from experiments.decision.gross_to_net.waterfall import Waterfall
from experiments.decision.metric_result import MetricResult
from experiments.decision.words import Action
from experiments.domain.experiment import Experiment
from experiments.domain.metric import Role
from experiments.domain.plain import from_plain
from experiments.domain.schedule import ended_early, is_over
from experiments.insight.past_tests import Measured, PastMetric, PastNet, PastTest
from experiments.services.headlines import deciding_snapshot
from experiments.services.learn.about import Facets
from experiments.stats.effect import Status
from experiments.stats.normal import upper_quantile
from experiments.store.catalogue import decisions
from experiments.store.catalogue.snapshots import Snapshot


def past_test(session: Session, experiment: Experiment, facets: Facets, now: int) -> PastTest | str:
    """The test at its stop, or the sentence that says why it cannot be read.

    Args:
        now: µs UTC; decides whether its last units have run off.
    """
    snapshot = deciding_snapshot(session, experiment.key, experiment.phase.number)
    if snapshot is None:
        return "No report was computed."
    report = snapshot.report
    decision = report["decision"]
    if decision["action"] == Action.INVALID:
        return f"Invalid: {decision.get('title') or 'no verdict'}."
    variant = next((each for each in report.get("variants") or () if not each["control"]), None)
    if variant is None or decision["provisional"]:
        return "No planned look was taken before it was stopped."
    rows = [from_plain(MetricResult, row) for row in report["metrics"] if row["variant"] == variant["key"]]
    goal = next((row for row in rows if row.role is Role.GOAL), None)
    if goal is None:
        return "It has no goal."
    measured = _measured(goal)
    if measured is None:
        return f"{goal.title} has no relative effect with a standard error."
    return _built(session, experiment, snapshot, variant, rows, goal, measured, facets, now)


def _built(
    session: Session,
    experiment: Experiment,
    snapshot: Snapshot,
    variant: dict[str, Any],
    rows: list[MetricResult],
    goal: MetricResult,
    measured: Measured,
    facets: Facets,
    now: int,
) -> PastTest:
    report = snapshot.report
    corrected = _corrected(goal)
    known = corrected or measured
    rollout, shipped = experiment.rollout, _shipped(session, experiment)
    taken = rollout.variant if rollout else report["decision"].get("variant")
    return PastTest(
        key=experiment.key,
        title=experiment.name,
        goal=goal.metric,
        goal_title=goal.title,
        gain=known.gain,
        se=known.se,
        lo=known.lo,
        hi=known.hi,
        level=goal.relative.level,
        measured=measured if corrected else None,
        crossed_at=goal.corrected.crossed_at if corrected and goal.corrected else None,
        action=report["decision"]["action"],
        launched_at=experiment.launched_at or experiment.created_at,
        ended_at=experiment.stopped_at or snapshot.at,
        audience=experiment.phase.audience.description,
        variant=variant["title"],
        journey=facets.journey,
        template=facets.template,
        families=facets.families,
        early=ended_early(experiment),
        final=experiment.imported or is_over(experiment, now),
        shipped=shipped,
        metrics=tuple(_metric(row) for row in rows),
        net=_net(report, variant["key"]),
        shipped_net=_net(report, taken) if shipped and taken else None,
        units=sum(each["exposed"] for each in report["variants"]),
        traffic_per_week=experiment.plan.traffic_per_week,
    )


def _measured(goal: MetricResult) -> Measured | None:
    """The relative effect as the report measured it; None where it has no standard error."""
    effect = goal.relative
    if effect.status is not Status.OK or effect.point is None or not effect.se:
        return None
    return _oriented(goal, effect.point, effect.se, effect.lo, effect.hi)


def _shipped(session: Session, experiment: Experiment) -> bool:
    """Whether people shipped a variant and neither took the decision nor the roll-out back."""
    standing = [one for one in decisions.all_of(session, experiment.key) if one.undone_at is None]
    rollout = experiment.rollout
    return bool(standing) and standing[-1].decided == "ship" and (rollout is None or rollout.live)


def _oriented(row: MetricResult, point: float, se: float, lo: float | None, hi: float | None) -> Measured:
    low, high = sorted((row.direction * (lo or 0.0), row.direction * (hi or 0.0)))
    return Measured(row.direction * point, se, low, high)


def _corrected(row: MetricResult) -> Measured | None:
    """The goal with its looks taken into account; its standard error from half the length of its interval."""
    found = row.corrected
    if found is None or found.scale != "relative" or found.point is None or found.lo is None or found.hi is None:
        return None
    se = (found.hi - found.lo) / (2 * upper_quantile((1 - found.level) / 2))
    return _oriented(row, found.point, se, found.lo, found.hi) if se > 0 else None


def _metric(row: MetricResult) -> PastMetric:
    effect = row.relative
    shown = effect.status is Status.OK
    return PastMetric(
        metric=row.metric,
        title=row.title,
        role=row.role.value,
        direction=row.direction.value,
        verdict=row.verdict.value,
        point=effect.point if shown else None,
        lo=effect.lo if shown else None,
        hi=effect.hi if shown else None,
        level=effect.level,
        protected=row.protected,
    )


def _net(report: dict[str, Any], variant: str) -> PastNet | None:
    """The net of a variant where every step was measured; a partial sum is no net."""
    blocks = (report.get("gross_to_net") or {}).get("variants") or ()
    found = next((each["waterfall"] for each in blocks if each["variant"] == variant), None)
    fall = from_plain(Waterfall, found) if found else None
    if fall is None or fall.net.status != "ok" or fall.net.value is None:
        return None
    if fall.net.lo is None or fall.net.hi is None:
        return None
    z = fall.bar.critical or upper_quantile((1 - fall.bar.level) / 2)
    se = (fall.net.hi - fall.net.lo) / (2 * z)
    return PastNet(fall.net.value, fall.net.lo, fall.net.hi, se, fall.currency, fall.per) if se > 0 else None
