"""The order of the backlog: each idea is sized like a test, valued under the prior of past tests, and ranked."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil

from sqlalchemy.orm import Session

from experiments.decision.sizing import GoalLine, GuardrailLine, MarginForm, Sizing, SizingOutcome, size_test
from experiments.domain.errors import DomainError
from experiments.domain.idea import Idea, IdeaStatus
from experiments.domain.metric import Direction, Metric, MetricKind
from experiments.insight.expected import Expected, expected_of
from experiments.insight.prior import prior_of
from experiments.insight.priorities import Candidate, Priority, in_order, prioritise
from experiments.services.backlog.ideas import Held, all_ideas
from experiments.services.insight.kappa import kappa_of
from experiments.services.learn.chance import planned_se
from experiments.services.learn.past import past_tests
from experiments.services.metrics import all_metrics
from experiments.stats.prior import Prior

#: Words of the fields that must be known.
NAMES = {
    "traffic_per_week": "traffic a week",
    "baseline": "the goal's value today",
    "effect": "the smallest effect worth finding",
    "value": "what one event is worth",
    "guardrail_baseline": "the guardrail's value today",
    "guardrail_margin": "the accepted loss",
}


@dataclass(frozen=True, slots=True)
class Sized:
    """An idea as a test: its plan where its numbers give one, else why not."""

    idea: Idea
    outcome: SizingOutcome | None
    ripe_days: int
    why: str = ""

    @property
    def weeks(self) -> int | None:
        """Whole weeks of recruiting."""
        return self.outcome.weeks if self.outcome else None


@dataclass(frozen=True, slots=True)
class Listed:
    """One line of the backlog.

    Args:
        position: 1, 2, … in the order shown.
        priority: None where it cannot be valued; `sized.why` says why.
        expected: the effect its value stands on, and where that comes from.
    """

    held: Held
    position: int
    sized: Sized
    priority: Priority | None
    expected: Expected


@dataclass(frozen=True, slots=True)
class Backlog:
    """Open ideas in their order, and the priors their values stand on, by goal."""

    listed: tuple[Listed, ...]
    priors: dict[str, Prior]

    def find(self, idea_id: int) -> Listed | None:
        """One line."""
        return next((one for one in self.listed if one.held.id == idea_id), None)


def backlog(session: Session, now: int) -> Backlog:
    """The open ideas by value per week of scarce traffic; those without one last, moved ones where they were put."""
    metrics = {metric.key: metric for metric in all_metrics(session)}
    held = all_ideas(session, IdeaStatus.OPEN)
    tests = past_tests(session, now).tests
    priors = {goal: prior_of(tests, goal) for goal in sorted({one.idea.goal for one in held})}
    kappa = kappa_of(session, now)
    sized = {one.id: size_idea(one.idea, metrics) for one in held}
    expected = {one.id: expected_of(one.idea, priors[one.idea.goal], kappa) for one in held}
    candidates = [
        candidate for one in held if (candidate := _candidate(one, sized[one.id], expected[one.id])) is not None
    ]
    priorities = {one.id: one for one in prioritise(candidates)}
    valued = list(priorities)
    rest = [one.id for one in reversed(held) if one.id not in priorities]
    order = in_order([*valued, *rest], {one.id: one.place for one in held if one.place is not None})
    by_id = {one.id: one for one in held}
    listed = tuple(
        Listed(by_id[one], position, sized[one], priorities.get(one), expected[one])
        for position, one in enumerate(order, start=1)
    )
    return Backlog(listed, priors)


def size_idea(idea: Idea, metrics: dict[str, Metric]) -> Sized:
    """The test an idea would need, on its share of the layer's traffic."""
    used = [metrics[key] for key in (idea.goal, idea.guardrail) if key in metrics]
    ripe = max((metric.window_days + metric.return_days for metric in used), default=0)
    if idea.missing:
        return Sized(idea, None, ripe, f"Missing: {', '.join(NAMES[name] for name in idea.missing)}.")
    try:
        outcome = size_test(sizing_of(idea, metrics, ripe))
    except DomainError as error:
        return Sized(idea, None, ripe, error.message)
    return Sized(idea, outcome, ripe, "" if outcome.weeks is not None else "Out of reach of its traffic.")


def sizing_of(idea: Idea, metrics: dict[str, Metric], ripe_days: int, currency: str = "") -> Sizing:
    """The question of the planner that an idea asks.

    Raises:
        DomainError: a number does not fit.
    """
    goal = metrics[idea.goal]
    sign = 1 if goal.direction is Direction.HIGHER else -1
    line = GoalLine(
        goal.key, goal.kind, idea.baseline or 0.0, sign * (idea.effect or 0.0), sd=_sd(goal, idea.sd), value=idea.value
    )
    guards: tuple[GuardrailLine, ...] = ()
    if idea.guardrail:
        guard = metrics[idea.guardrail]
        if guard.kind is not MetricKind.RATE:
            message = f"guardrail == {guard.key!r}, must be a rate to be valued in the backlog."
            raise DomainError("bad_choice", message, "guardrail")
        guards = (
            GuardrailLine(
                guard.key, guard.kind, idea.guardrail_baseline or 0.0, idea.guardrail_margin or 0.0,
                MarginForm.RELATIVE, direction=guard.direction,
            ),
        )  # fmt: skip
    traffic = (idea.traffic_per_week or 0.0) * idea.layer_share
    sizing = Sizing(goals=(line,), guardrails=guards, traffic_per_week=traffic, window_days=ripe_days)
    return replace(sizing, currency=currency) if currency else sizing


def _candidate(held: Held, sized: Sized, expected: Expected) -> Candidate | None:
    idea, outcome = held.idea, sized.outcome
    if outcome is None or outcome.weeks is None:
        return None
    planned = planned_se(outcome.line(idea.goal), outcome, idea.effect or 0.0)
    if planned is None:
        return None
    money = (idea.traffic_per_week or 0.0) * (idea.baseline or 0.0) * (idea.value or 0.0) * idea.net_share
    return Candidate(
        id=held.id,
        lane=idea.lane,
        prior_mean=expected.mean,
        prior_sd=expected.sd,
        se=planned.se,
        critical=planned.critical,
        guards=planned.guards,
        money_per_week=money,
        weeks=outcome.weeks + ceil(sized.ripe_days / 7),
        share=idea.layer_share,
        half_life_weeks=idea.half_life_weeks,
    )


def _sd(metric: Metric, sd: float | None) -> float | None:
    return None if metric.kind is MetricKind.RATE else sd
