"""The metrics of `netlift power` with what is known around them: stated by hand, or taken from history."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from experiments.decision.sizing import Agents, GoalLine, GuardrailLine, KnownMetric
from experiments.domain.errors import DomainError
from web.cli.power_lines import parse_goal, parse_guardrail
from web.cli.power_past import key_of, past_goal, past_guardrail

if TYPE_CHECKING:
    from experiments.services.history import History
    from web.cli.power_options import PowerOptions

DEFAULT_WINDOW = 28


@dataclass(frozen=True)
class Question:
    """What is planned, or asked for.

    Args:
        goals, guardrails: a `KnownMetric` where the effect or margin is the question.
        traffic_per_week: None where it was not stated.
        traffic_by_day: the measured curve, where there is one.
        correlation: of the metrics per unit, as `Sizing` takes it.
        agents: what is known of the agents, where lines say what is known of a contact.
    """

    goals: tuple[GoalLine | KnownMetric, ...]
    guardrails: tuple[GuardrailLine | KnownMetric, ...]
    traffic_per_week: float | None
    traffic_by_day: tuple[float, ...] | None
    window_days: int
    correlation: float | tuple[tuple[float, ...], ...] | None
    agents: Agents | None = None

    @property
    def stated_goals(self) -> tuple[GoalLine, ...]:
        """Goals with an effect."""
        return tuple(line for line in self.goals if isinstance(line, GoalLine))

    @property
    def stated_guardrails(self) -> tuple[GuardrailLine, ...]:
        """Guardrails with a margin."""
        return tuple(line for line in self.guardrails if isinstance(line, GuardrailLine))

    @property
    def complete(self) -> bool:
        """Whether units and weeks can be computed."""
        stated = len(self.stated_goals) == len(self.goals) and len(self.stated_guardrails) == len(self.guardrails)
        return stated and self.traffic_per_week is not None

    def refuse_open(self) -> None:
        """Refuse lines without effect or margin.

        Raises:
            DomainError: naming the first one.
        """
        for noun, wanted, lines in (("goal", "effect", self.goals), ("guardrail", "margin", self.guardrails)):
            for line in lines:
                if isinstance(line, KnownMetric):
                    where = f"{noun}.{line.key}.{wanted}"
                    message = f"{where} is empty, must be given unless --units or --weeks is; a {noun} must look like "
                    raise DomainError("required", f"{message}KEY:BASELINE:{wanted.upper()}.", where)


def stated_question(options: PowerOptions) -> Question:
    """Everything as written on the command line."""
    agents, window = options.stated_agents(), DEFAULT_WINDOW if options.window is None else options.window
    return Question(
        goals=tuple(parse_goal(text) for text in options.goals),
        guardrails=tuple(parse_guardrail(text) for text in options.guardrails),
        traffic_per_week=options.traffic if agents is None else agents.per_week(window),
        traffic_by_day=None,
        window_days=window,
        correlation=options.correlation,
        agents=agents,
    )


def look_back_at(options: PowerOptions) -> History:
    """Measure the metrics that the command line names among the units it describes."""
    from experiments.services.history import look_back
    from experiments.services.project import run_all
    from experiments.services.sessions import reading
    from web.cli.context import load_settings, now, open_engine

    keys = [key_of(text, noun) for noun, lines in _lines(options) for text in lines]
    engine = open_engine(load_settings())
    run_all(engine, now())
    with reading(engine) as session:
        return look_back(session, keys, options.lookback(), now())


def past_question(options: PowerOptions, history: History) -> Question:
    """Effects and margins as written, everything else as measured; --traffic and --correlation overrule."""
    any_of_several = options.goal_rule == "any" and len(options.goals) > 1
    measured = None if any_of_several else history.correlation
    return Question(
        goals=tuple(past_goal(text, history) for text in options.goals),
        guardrails=tuple(past_guardrail(text, history) for text in options.guardrails),
        traffic_per_week=history.traffic_per_week if options.traffic is None else options.traffic,
        traffic_by_day=history.by_day if options.traffic is None else None,
        window_days=history.window_days,
        correlation=measured if options.correlation is None else options.correlation,
    )


def _lines(options: PowerOptions) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return ("goal", options.goals), ("guardrail", options.guardrails)
