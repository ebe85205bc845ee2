"""Past tests from their stored reports: every launched and valid one, at its stop."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from sqlalchemy.orm import Session

from experiments.decision.gross_to_net.waterfall import Waterfall
from experiments.decision.metric_result import MetricResult
from experiments.decision.words import Action
from experiments.domain.experiment import Experiment, Status
from experiments.domain.journey import Journey, Match
from experiments.domain.metric import Role
from experiments.domain.plain import from_plain
from experiments.domain.schedule import ended_early, is_over
from experiments.domain.template import BLANK, TEMPLATES
from experiments.insight.past_tests import Measured, PastMetric, PastNet, PastTest
from experiments.services import catalogue
from experiments.services.experiments import all_experiments
from experiments.services.headlines import deciding_snapshot
from experiments.stats.effect import Status as EffectStatus
from experiments.stats.normal import upper_quantile
from experiments.store.catalogue import decisions, draft_answers, learnings

ENDED = (Status.STOPPED, Status.DECIDED, Status.ARCHIVED)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A test that ended and is not among the past tests, and why."""

    key: str
    title: str
    why: str


@dataclass(frozen=True, slots=True)
class Facets:
    """What a test was about, as its learning says; families as its plan says where no learning does."""

    journey: str = ""
    template: str = ""
    families: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Record:
    """All past tests, and the ended ones that could not enter."""

    tests: tuple[PastTest, ...]
    left_out: tuple[LeftOut, ...]

    def find(self, key: str | None) -> PastTest | None:
        """The test with this key."""
        return next((test for test in self.tests if test.key == key), None)


def past_tests(session: Session, now: int) -> Record:
    """Every launched and valid test at its stop, published or not, the newest first."""
    known = {kept.experiment: kept.learning for kept in learnings.all_learnings(session) if kept.experiment}
    journeys = catalogue.all_journeys(session)
    tests, left_out = [], []
    for experiment in all_experiments(session, ENDED):
        if experiment.launched_at is None and not experiment.imported:
            continue
        learning = known.get(experiment.key)
        facets = (
            Facets(learning.journey, learning.template, learning.families)
            if learning
            else first_facets(session, experiment, journeys)
        )
        found = _past_test(session, experiment, facets, now)
        if isinstance(found, PastTest):
            tests.append(found)
        else:
            left_out.append(LeftOut(experiment.key, experiment.name, found))
    return Record(tuple(sorted(tests, key=lambda test: (-test.ended_at, test.key))), tuple(left_out))


def first_facets(session: Session, experiment: Experiment, journeys: Iterable[Journey]) -> Facets:
    """What a test seems to be about before anybody says so.

    The journey is that of its layer, or the one its pages belong to; the kind of change is the template it began from.
    """
    saved = draft_answers.find(session, experiment.key)
    return facets_from(experiment, saved.answers if saved else {}, journeys)


def facets_from(experiment: Experiment, answers: draft_answers.Answers, journeys: Iterable[Journey]) -> Facets:
    """The same from what the builder was told."""
    families = experiment.plan.net.promoted.families if experiment.plan.net else ()
    pages = [*_hrefs(experiment), *answers.get("place", ())]
    return Facets(_journey(experiment, pages, tuple(journeys)), _template(answers.get("template", ())), families)


def _template(keys: Sequence[str]) -> str:
    return next((one.name for one in TEMPLATES if one.key in keys and one.key != BLANK), "")


def _hrefs(experiment: Experiment) -> list[str]:
    """Where the offers of its variants lead."""
    shown = [variant.payload for variant in experiment.phase.variants if isinstance(variant.payload, dict)]
    return [payload["href"] for payload in shown if isinstance(payload.get("href"), str)]


def _journey(experiment: Experiment, pages: Sequence[str], journeys: tuple[Journey, ...]) -> str:
    layer = experiment.phase.layer
    if layer is not None and any(journey.key == layer.layer for journey in journeys):
        return layer.layer
    fits = [
        (len(step.pattern), journey.key)
        for journey in journeys
        for step in journey.steps
        for path in pages
        if step.match is Match.PATH and fnmatchcase(path, step.pattern)
    ]
    return max(fits)[1] if fits else ""


def _past_test(session: Session, experiment: Experiment, facets: Facets, now: int) -> PastTest | str:
    snapshot = deciding_snapshot(session, experiment.key, experiment.phase.number)
    if snapshot is None:
        return "No report was computed."
    report = snapshot.report
    decision, variants = report["decision"], report.get("variants") or ()
    if decision["action"] == Action.INVALID:
        return f"Invalid: {decision.get('title') or 'no verdict'}."
    treatments = [variant for variant in variants if not variant["control"]]
    if not treatments or decision["provisional"]:
        return "No planned look was taken before it was stopped."
    variant = treatments[0]
    rows = [from_plain(MetricResult, row) for row in report["metrics"] if row["variant"] == variant["key"]]
    goal = next((row for row in rows if row.role is Role.GOAL), None)
    if goal is None:
        return "It has no goal."
    effect = goal.relative
    if effect.status is not EffectStatus.OK or effect.point is None or not effect.se:
        return f"{goal.title} has no relative effect with a standard error."
    measured = _oriented(goal, effect.point, effect.se, effect.lo, effect.hi)
    corrected = _corrected(goal)
    known = corrected or measured
    rollout, shipped = experiment.rollout, _shipped(session, experiment)
    taken = rollout.variant if rollout else decision.get("variant")
    return PastTest(
        key=experiment.key,
        title=experiment.name,
        goal=goal.metric,
        goal_title=goal.title,
        gain=known.gain,
        se=known.se,
        lo=known.lo,
        hi=known.hi,
        level=effect.level,
        measured=measured if corrected else None,
        crossed_at=goal.corrected.crossed_at if corrected and goal.corrected else None,
        action=decision["action"],
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
        units=sum(each["exposed"] for each in variants),
        traffic_per_week=experiment.plan.traffic_per_week,
    )


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
    shown = effect.status is EffectStatus.OK
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


def describe_past_test(test: PastTest) -> dict[str, Any]:
    """JSON-ready: what the CSV and the API say of a past test."""
    return {
        "experiment": test.key, "title": test.title, "goal": test.goal, "gain": test.gain, "se": test.se,
        "lo": test.lo, "hi": test.hi, "level": test.level, "action": test.action, "shipped": test.shipped,
        "early": test.early, "corrected": test.measured is not None, "crossed_at": test.crossed_at,
        "measured": {"gain": test.raw.gain, "se": test.raw.se, "lo": test.raw.lo, "hi": test.raw.hi},
        "final": test.final, "journey": test.journey, "template": test.template,
        "families": list(test.families),
        "net": None if test.net is None else {"value": test.net.value, "lo": test.net.lo, "hi": test.net.hi,
                                              "currency": test.net.currency, "per": test.net.per},
    }  # fmt: skip
