"""All experiments of a summary file: one report each, and p-values adjusted over the file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from experiments.decision.analyse import build_report
from experiments.decision.report import Report
from experiments.decision.words import Action
from experiments.domain.metric import Role
from experiments.domain.plain import to_plain
from experiments.services.summaries.experiment import SummaryExperiment
from experiments.services.summaries.given import given_at, moments_to_look_at
from experiments.stats.multiplicity import benjamini_hochberg, holm

#: Called with how many experiments are done and how many there are.
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class LookTaken:
    """What one look came to.

    Args:
        time: the moment as the file writes it; None in a file without times.
        information: share of the planned units.
        actions: by variant.
    """

    number: int
    time: str | None
    information: float
    action: Action
    actions: dict[str, Action]


@dataclass(frozen=True, slots=True)
class GoalP:
    """A goal of one experiment among those of the whole file.

    Args:
        p: two-sided, of the absolute effect; None where it could not be tested, or where several looks were taken,
            whose boundary has judged instead.
        holm: adjusted over the file so that the chance of one false finding is held.
        benjamini_hochberg: adjusted so that the share of false findings is held.
    """

    metric: str
    variant: str
    p: float | None
    holm: float | None = None
    benjamini_hochberg: float | None = None


@dataclass(frozen=True, slots=True)
class Analysed:
    """One experiment of the file.

    Args:
        report: at its last look.
        looks: all looks, oldest first.
        goals: every goal of every variant.
    """

    report: Report
    looks: tuple[LookTaken, ...]
    goals: tuple[GoalP, ...]

    def to_dict(self) -> dict[str, Any]:
        """The report's own form with `looks` and `over_file` beside it; `Report.from_dict` reads it as well."""
        return {**self.report.to_dict(), "looks": to_plain(self.looks), "over_file": to_plain(self.goals)}


def analyse_all(
    experiments: Sequence[SummaryExperiment], *, computed_at: str | None = None, progress: Progress | None = None
) -> tuple[Analysed, ...]:
    """Every experiment in the order given.

    Args:
        computed_at: ISO 8601 in UTC, as the reports say it.
    """
    found = []
    for done, experiment in enumerate(experiments, start=1):
        found.append(_analysed(experiment, computed_at))
        if progress is not None:
            progress(done, len(experiments))
    return _with_file_wide(found)


def _analysed(experiment: SummaryExperiment, computed_at: str | None) -> Analysed:
    moments = moments_to_look_at(experiment)
    reports: list[Report] = []
    for k in range(1, len(moments) + 1):
        given = given_at(experiment, moments, k, computed_at)
        reports.append(build_report(replace(given, earlier=_statistics(reports))))
    looks = tuple(
        LookTaken(k, taken.text, share, report.decision.action, dict(report.decision.variants))
        for k, ((taken, share), report) in enumerate(zip(moments, reports, strict=True), start=1)
    )
    last = reports[-1]
    return Analysed(last, looks, tuple(_goals(last)))


def _statistics(reports: Iterable[Report]) -> dict[str, dict[str, tuple[float, ...]]]:
    """Statistics of these looks by variant and metric; a look without one could not pass a bound and counts as 0."""
    found: dict[str, dict[str, tuple[float, ...]]] = {}
    for report in reports:
        for row in report.metrics:
            by_metric = found.setdefault(row.variant, {})
            by_metric[row.metric] = (*by_metric.get(row.metric, ()), row.absolute.statistic or 0.0)
    return found


def _goals(report: Report) -> Iterable[GoalP]:
    sequential = report.look.planned > 1
    for row in report.metrics:
        if row.role is Role.GOAL:
            yield GoalP(row.metric, row.variant, None if sequential else row.absolute.p)


def _with_file_wide(found: Sequence[Analysed]) -> tuple[Analysed, ...]:
    p_values = [goal.p for each in found for goal in each.goals]
    adjusted = iter(zip(holm(p_values), benjamini_hochberg(p_values), strict=True))
    return tuple(replace(each, goals=tuple(_adjusted(goal, *next(adjusted)) for goal in each.goals)) for each in found)


def _adjusted(goal: GoalP, by_holm: float | None, by_bh: float | None) -> GoalP:
    return replace(goal, holm=by_holm, benjamini_hochberg=by_bh)
