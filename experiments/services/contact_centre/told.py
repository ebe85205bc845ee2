"""What tests showed of service: handling time, contacts, hit rate, CSAT and cross-sell of each, side by side."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from sqlalchemy.orm import Session

from experiments.decision.gross_to_net.block import VariantNet
from experiments.decision.gross_to_net.figures import Figure
from experiments.decision.metric_result import MetricResult
from experiments.decision.report import Report
from experiments.decision.words import Action
from experiments.domain.experiment import Experiment, Status
from experiments.services.experiments import all_experiments, attempt
from experiments.services.stored_reports import stored_reports
from experiments.stats.effect import Status as EffectStatus

Source = Literal["units", "metric"]
#: (key, title, key in the triangle, keys of metrics that say the same per unit, direction that is better)
COLUMNS: tuple[tuple[str, str, str, tuple[str, ...], int], ...] = (
    ("handle_seconds", "Handle time per unit", "handle_seconds", ("handle-time",), -1),
    ("contacts", "Contacts per unit", "", ("contacts",), -1),
    ("csat", "CSAT", "csat", ("csat",), 1),
    ("hit_rate", "Hit rate", "hit_rate", ("hit-rate",), 1),
    ("cross_sell", "Cross-sell per unit", "", ("cross-sell",), 1),
)
_SHOWN = (Status.RUNNING, Status.PAUSED, Status.STOPPED, Status.DECIDED, Status.ARCHIVED)


@dataclass(frozen=True, slots=True)
class Moved:
    """One figure in one test.

    Args:
        effect: absolute, in its own unit; share of units for rates. None where it was not measured.
        verdict: better, worse, not_shown, not_testable or not_measured, as the report worded it.
    """

    key: str
    title: str
    effect: float | None
    low: float | None
    high: float | None
    level: float | None
    verdict: str


@dataclass(frozen=True, slots=True)
class Told:
    """One variant of one test.

    Args:
        words: the triangle in a sentence, as on its results page; "" where the report has none.
        final: False while it runs: the figures are those of its last planned look.
    """

    experiment: str
    name: str
    variant: str
    title: str
    units: int
    final: bool
    words: str
    moved: tuple[Moved, ...]

    def of(self, key: str) -> Moved:
        """One of its figures."""
        return next(one for one in self.moved if one.key == key)


def told(session: Session) -> tuple[Told, ...]:
    """Every valid test with a planned look that measured handling time, contacts or CSAT, the newest first."""
    found: list[Told] = []
    for experiment in all_experiments(session, _SHOWN):
        report = attempt(session, experiment, lambda test: stored_reports(session, test.key, test.phase.number).look)
        if report is not None and report.decision.action is not Action.INVALID:
            found += _of_test(experiment, report)
    return tuple(found)


def _of_test(experiment: Experiment, report: Report) -> Iterable[Told]:
    for variant in report.variants:
        if variant.control:
            continue
        block = report.gross_to_net.of(variant.key) if report.gross_to_net else None
        moved = tuple(_moved(column, report, variant.key, block) for column in COLUMNS)
        if any(one.effect is not None for one in moved if one.key in ("handle_seconds", "contacts", "csat")):
            yield Told(
                experiment.key, experiment.name, variant.key, variant.title,
                sum(each.exposed for each in report.variants), experiment.status not in (Status.RUNNING, Status.PAUSED),
                block.kpi.words if block else "", moved,
            )  # fmt: skip


def _moved(
    column: tuple[str, str, str, tuple[str, ...], int], report: Report, variant: str, block: VariantNet | None
) -> Moved:
    """From the triangle, which has all of its figures on one cohort; else from the metric of the test."""
    key, title, corner, metrics, _ = column
    level = block.waterfall.bar.level if block else report.level
    for total in block.kpi.totals if block else ():
        if total.key == corner and total.effect.value is not None:
            return _from_corner(key, title, total.effect, level, total.verdict)
    for row in report.metrics:
        if row.metric in metrics and row.variant == variant:
            return _from_metric(key, title, row)
    return Moved(key, title, None, None, None, None, "not_measured")


def _from_corner(key: str, title: str, effect: Figure, level: float, verdict: str) -> Moved:
    return Moved(key, title, effect.value, effect.lo, effect.hi, level, verdict)


def _from_metric(key: str, title: str, row: MetricResult) -> Moved:
    effect = row.absolute
    if effect.status is not EffectStatus.OK:
        return Moved(key, title, None, None, None, None, str(row.verdict.value))
    sign = row.direction * (1 if (effect.lo or 0) > 0 else -1 if (effect.hi or 0) < 0 else 0)
    verdict = {1: "better", -1: "worse", 0: "not_shown"}[int(sign)]
    return Moved(key, title, effect.point, effect.lo, effect.hi, effect.level, verdict)
