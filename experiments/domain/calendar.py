"""Tests on a calendar: when each runs and ends, and when a draft could start without meeting another."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from experiments.domain.experiment import EDITABLE, Experiment, Status
from experiments.domain.schedule import WEEK, final_at

_RUNNING = (Status.RUNNING, Status.PAUSED)


@dataclass(frozen=True, slots=True)
class Span:
    """One test on the calendar, instants in µs UTC.

    Args:
        layer: key of its layer, empty where it is in none.
        starts: launch, or the earliest start of a draft.
        recruits_until: end of enrolment, planned or real.
        ends: the last read-out; None where there is no plan to say it.
        waits_for: key of the test whose units a draft must wait for.
        missing: sentences that say what a draft lacks before launch.
    """

    key: str
    name: str
    layer: str
    status: Status
    starts: int
    recruits_until: int | None
    ends: int | None
    waits_for: str | None = None
    missing: tuple[str, ...] = ()

    @property
    def is_planned(self) -> bool:
        """Whether its start is a proposal and no fact."""
        return self.status in EDITABLE

    @property
    def reaches(self) -> int:
        """The last instant it takes up on the calendar."""
        return max(self.starts, self.ends or self.starts, self.recruits_until or self.starts)


@dataclass(frozen=True, slots=True)
class Lane:
    """The tests of one layer, in rows in which none overlaps another."""

    layer: str
    rows: tuple[tuple[Span, ...], ...]


def spans(experiments: Iterable[Experiment], now: int) -> tuple[Span, ...]:
    """Tests that run, wait for their last read-out, or could start, by start.

    A draft starts as soon as every test that enrols units of its part of the layer has stopped enrolling; drafts queue
    in the order in which they were made. Drafts without a plan take no time yet and stand at now.
    """
    every = [experiment for experiment in experiments if not experiment.imported]
    begun = [_begun(one) for one in every if one.status in (*_RUNNING, Status.STOPPED)]
    busy = [(one, span.recruits_until or now) for one, span in _pairs(every, begun) if one.status in _RUNNING]
    planned = []
    for draft in sorted((one for one in every if one.status in EDITABLE), key=lambda one: (one.created_at, one.key)):
        span = _proposed(draft, busy, now)
        planned.append(span)
        if span.recruits_until is not None:
            busy.append((draft, span.recruits_until))
    return tuple(sorted((*begun, *planned), key=lambda span: (span.starts, span.key)))


def lanes(found: Iterable[Span]) -> tuple[Lane, ...]:
    """By layer, tests without a layer last; in each as few rows as possible."""
    by_layer: dict[str, list[Span]] = {}
    for span in sorted(found, key=lambda one: (one.starts, one.key)):
        by_layer.setdefault(span.layer, []).append(span)
    return tuple(Lane(layer, _packed(by_layer[layer])) for layer in sorted(by_layer, key=lambda key: (not key, key)))


def _pairs(every: Sequence[Experiment], begun: Sequence[Span]) -> list[tuple[Experiment, Span]]:
    by_key = {span.key: span for span in begun}
    return [(one, by_key[one.key]) for one in every if one.key in by_key]


def _begun(experiment: Experiment) -> Span:
    launched = experiment.launched_at or 0
    weeks = experiment.plan.weeks
    recruits = None if weeks is None else launched + weeks * WEEK
    return Span(
        experiment.key,
        experiment.name,
        _layer_of(experiment),
        experiment.status,
        launched,
        experiment.stopped_at or recruits,
        final_at(experiment),
    )


def _proposed(draft: Experiment, busy: Sequence[tuple[Experiment, int]], now: int) -> Span:
    missing = draft.missing_for_launch()
    clashing = [(until, other.key) for other, until in busy if _clash(draft, other) and until > now]
    start, waits_for = max(clashing, default=(now, None))
    weeks, ripe = draft.plan.weeks, draft.plan.maturation_days * WEEK // 7
    recruits = None if weeks is None else start + weeks * WEEK
    ends = None if recruits is None else recruits + ripe
    return Span(
        draft.key, draft.name, _layer_of(draft), draft.status, start, recruits, ends, waits_for, missing
    )  # fmt: skip


def _clash(one: Experiment, other: Experiment) -> bool:
    mine, theirs = one.phase.layer, other.phase.layer
    return mine is not None and theirs is not None and mine.overlaps(theirs)


def _layer_of(experiment: Experiment) -> str:
    return experiment.phase.layer.layer if experiment.phase.layer else ""


def _packed(found: Sequence[Span]) -> tuple[tuple[Span, ...], ...]:
    rows: list[list[Span]] = []
    for span in found:
        row = next((row for row in rows if row[-1].reaches < span.starts), None)
        if row is None:
            rows.append([span])
        else:
            row.append(span)
    return tuple(tuple(row) for row in rows)
