"""From options to answers: the size for given effects, or the effects for a given size, stated or from history."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from experiments.decision.sizing import (
    ReachOutcome,
    Sizing,
    SizingOutcome,
    per_agent,
    reach,
    reach_in_weeks,
    size_test,
)
from experiments.decision.sizing.per_agent import TWO_WEEKS
from experiments.domain.checks import check_range
from experiments.domain.plan import GoalRule, Spending
from web.cli.power_question import Question, look_back_at, past_question, stated_question

if TYPE_CHECKING:
    from experiments.services.history import History
    from experiments.stats.power import Traffic
    from web.cli.power_options import PowerOptions


@dataclass(frozen=True)
class Answer:
    """What was computed; None where it was not asked for, or cannot be without effects or traffic.

    Args:
        window_days: from the last enrolment to the read-out.
    """

    options: PowerOptions
    window_days: int
    sizing: SizingOutcome | None
    reach: ReachOutcome | None
    history: History | None

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready form: the sizing at the top, beside `reach` and `history`."""
        return {
            **({} if self.sizing is None else self.sizing.to_dict()),
            "window_days": self.window_days,
            "reach": None if self.reach is None else self.reach.to_dict(),
            "history": None if self.history is None else self.history.to_dict(),
        }


def answer(options: PowerOptions) -> Answer:
    """Answer the question.

    Raises:
        DomainError: naming field, value and bound.
    """
    history = look_back_at(options) if options.from_history else None
    question = stated_question(options) if history is None else past_question(options, history)
    if not options.turned_round:
        question.refuse_open()
    sizing = size_test(_sizing(options, question)) if question.complete else None
    found = _reach(options, question) if options.turned_round else None
    return Answer(options, question.window_days, sizing, found, history)


def _sizing(options: PowerOptions, question: Question) -> Sizing:
    assert question.traffic_per_week is not None
    return Sizing(
        goals=question.stated_goals,
        guardrails=question.stated_guardrails,
        traffic_per_week=question.traffic_per_week,
        alpha=options.alpha,
        power=options.wanted,
        looks=options.looks,
        spending=Spending(options.spending),
        variants=options.variants,
        allocation=options.allocation,
        window_days=question.window_days,
        goal_rule=GoalRule(options.goal_rule),
        correlation=question.correlation,
        currency=options.currency,
        traffic_by_day=question.traffic_by_day,
        few=options.unit == "agent",
        agents=question.agents,
    )


def _reach(options: PowerOptions, question: Question) -> ReachOutcome:
    goals, guardrails, design = question.goals, question.guardrails, options.design()
    if question.agents is not None:
        goals = tuple(per_agent(line, question.agents) for line in goals)
        guardrails = tuple(per_agent(line, question.agents) for line in guardrails)
    rule, correlation = GoalRule(options.goal_rule), question.correlation
    if options.weeks is None:
        return reach(goals, guardrails, options.units or 0, design, goal_rule=rule, correlation=correlation)
    traffic = _traffic(question)
    return reach_in_weeks(
        goals, guardrails, options.weeks, traffic, design, goal_rule=rule, correlation=correlation
    )  # fmt: skip


def _traffic(question: Question) -> Traffic:
    from experiments.stats.power import Traffic

    if question.traffic_by_day is not None:
        return Traffic.from_days(question.traffic_by_day)
    if question.agents is not None:
        return Traffic.from_days((float(question.agents.available),) * TWO_WEEKS)
    return Traffic.per_week(check_range(question.traffic_per_week or 0.0, "traffic_per_week", low=0, open_low=True))
