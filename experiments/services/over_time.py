"""How a test's effects came about: what each planned look said, and what each day left behind.

An effect has a band only where the plan pays for looking more than once: the repeated intervals of a group-sequential
plan hold at all looks together. A plan with one look has no such band, and an interval drawn day by day would exclude
the truth on some day far more often than its level says; so there is none, and the reason instead.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

from sqlalchemy.orm import Session

from experiments.decision.report import Report
from experiments.domain.experiment import Experiment
from experiments.domain.metric import Role
from experiments.domain.schedule import planned_looks
from experiments.services.changing import load
from experiments.services.clock import to_iso
from experiments.services.stored_reports import day_reports, stored_reports

Design = Literal["group_sequential", "single_look", "imported"]
_SHOWN = (Role.GOAL, Role.GUARDRAIL)
_REASONS = {
    "single_look": (
        "This plan has one look, at its end. An interval drawn day by day would miss the truth on some day far more "
        "often than its level says, so there is no effect over time. A plan with several looks has one."
    ),
    "imported": "These results were brought from elsewhere, as they stood at the end.",
}
NO_LOOK = "No look has been taken yet; the first point appears with it."


@dataclass(frozen=True)
class EffectPoint:
    """One metric in one variant at one look, relative to the control; None where it could not be computed.

    Args:
        information: share of the planned information at the look.
        critical: boundary z of the look, which sets the interval's width.
    """

    metric: str
    title: str
    role: str
    direction: int
    variant: str
    look: int
    at: str
    information: float | None
    point: float | None
    lo: float | None
    hi: float | None
    level: float
    critical: float | None


@dataclass(frozen=True)
class DayCounts:
    """What a day left behind: units so far, by variant key.

    Args:
        at: instant of the day's last report.
        split_p: p-value of the split so far.
    """

    at: str
    exposed: dict[str, int]
    mature: dict[str, int]
    information: float | None
    split_p: float | None


@dataclass(frozen=True)
class OverTime:
    """Effects by look and counts by day of the current phase.

    Args:
        reason: why there are no effects over time; None where there are.
    """

    design: Design
    reason: str | None
    points: tuple[EffectPoint, ...]
    days: tuple[DayCounts, ...]

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready form."""
        return asdict(self)


def over_time(session: Session, key: str) -> OverTime:
    """Read what is stored; raises NotFoundError."""
    experiment = load(session, key)
    phase = experiment.phase.number
    design = design_of(experiment)
    looks = stored_reports(session, key, phase).looks if design == "group_sequential" else ()
    days = tuple(_day(report) for _, report in day_reports(session, key, phase))
    points = tuple(point for report in looks for point in _points(report))
    return OverTime(design, _REASONS.get(design, None if points else NO_LOOK), points, days)


def design_of(experiment: Experiment) -> Design:
    """Which kind of looking the plan pays for."""
    if experiment.imported:
        return "imported"
    looks = len(planned_looks(experiment)) or experiment.plan.looks
    return "group_sequential" if looks > 1 else "single_look"


def _points(report: Report) -> list[EffectPoint]:
    return [
        EffectPoint(
            metric=row.metric,
            title=row.title,
            role=row.role.value,
            direction=row.direction.value,
            variant=row.variant,
            look=report.look.number or 0,
            at=report.computed_at or "",
            information=report.look.information,
            point=row.relative.point,
            lo=row.relative.lo,
            hi=row.relative.hi,
            level=row.relative.level,
            critical=row.critical,
        )
        for row in report.metrics
        if row.role in _SHOWN
    ]


def _day(report: Report) -> DayCounts:
    return DayCounts(
        at=report.computed_at or to_iso(0),
        exposed={variant.key: variant.exposed for variant in report.variants},
        mature={variant.key: variant.mature for variant in report.variants},
        information=report.look.information,
        split_p=report.split.p,
    )
