"""From an opportunity to a draft: audience, template, metrics, margin and sample size computed from its own numbers."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from experiments.decision.sizing import GoalLine, GuardrailLine, MarginForm, Sizing, SizingOutcome, size_test
from experiments.decision.sizing.frozen import frozen_plan
from experiments.decision.sizing.margins import margin_of
from experiments.domain.access import Right
from experiments.domain.audience import Audience, Operator, Rule
from experiments.domain.errors import DomainError
from experiments.domain.experiment import Experiment, UnitKind
from experiments.domain.metric import Margin, MetricKind, MetricUse, Role, Scale
from experiments.domain.plan import Plan
from experiments.domain.template import template_by_key
from experiments.insight.opportunities import Opportunity
from experiments.insight.opportunities.words import sentence
from experiments.insight.segments import segment_name
from experiments.services import drafts, experiments, goals
from experiments.services.actor import Actor
from experiments.services.catalogue import all_products
from experiments.services.insight.kappa import GOAL
from experiments.services.insight.opportunities import Looked
from experiments.services.metrics import all_metrics, metric_by_key
from experiments.store.insight import gaps

TEMPLATE, GUARDRAIL = "cross-sell-entry", "up-sell"


@dataclass(frozen=True, slots=True)
class AgreedLoss:
    """The loss of up-sales a test may accept, in the planner's forms; there is no default."""

    value: float
    form: MarginForm


@dataclass(frozen=True)
class Proposal:
    """What a draft would hold.

    Args:
        effect: relative change of cross-sales: what tests close of the shrunk gap, over all cross-sales of the cell.
        baseline, protected: shares of these people who buy of another family, and who move up; protected None where
            nobody moved up, so that the loss cannot be measured here.
        agreed: the loss that was agreed or stated; None = still to be agreed.
        size: units and weeks; None where they cannot be computed yet, and why.
    """

    cell: Opportunity
    effect: float
    baseline: float
    protected: float | None
    traffic_per_week: float
    agreed: AgreedLoss | None
    size: SizingOutcome | None
    why: str = ""


def agreed_loss(session: Session) -> AgreedLoss | None:
    """What was agreed about up-sales under Goals."""
    held = goals.current(session).get(GUARDRAIL)
    margin = held.agreement.margin if held else None
    if margin is None:
        return None
    if margin.scale is Scale.RELATIVE:
        return AgreedLoss(margin.value, MarginForm.RELATIVE)
    return AgreedLoss(margin.value * 1000, MarginForm.PER_1000)


def propose(session: Session, looked: Looked, cell: Opportunity, agreed: AgreedLoss | None, currency: str) -> Proposal:
    """Size a test of this cell.

    Args:
        agreed: a stated loss; None = the one agreed under Goals, where there is one.

    Raises:
        DomainError: the cell has no gap to plan for (`no_gap`), or a bound is broken.
    """
    expected = cell.expected(looked.kappa.value)
    if cell.rank is None or expected is None:
        message = f"opportunity == {cell.key!r}, shows no gap to plan a test for."
        raise DomainError("no_gap", message, "opportunity")
    baseline, up = cell.any_cross / cell.units, cell.any_up / cell.units
    effect = (cell.gap_effect or 0.0) * looked.kappa.value
    known = agreed or agreed_loss(session)
    made = Proposal(cell, effect, baseline, up or None, cell.units_per_week, known, None)
    if not effect:
        return replace(
            made, why="Nobody here buys of another family yet, or no effect is expected: there is nothing to scale."
        )
    if up and known is None:
        return replace(made, why="The loss of up-sales that may be accepted is not agreed; there is no default.")
    return _sized(session, made, currency)


def _sized(session: Session, made: Proposal, currency: str) -> Proposal:
    sizing = _sizing(session, made, currency)
    size = size_test(sizing)
    if size.weeks is None:
        return replace(made, size=size, why="These people are too few: the traffic never brings the units.")
    return replace(made, size=size)


def _sizing(session: Session, made: Proposal, currency: str) -> Sizing:
    metric = metric_by_key(session, GOAL)
    cell = made.cell
    worth = cell.worth.margin / 100 or None
    goal = GoalLine(GOAL, MetricKind.RATE, made.baseline, made.effect, value=worth)
    lines: tuple[GuardrailLine, ...] = ()
    if made.protected and made.agreed:
        lines = (
            GuardrailLine(GUARDRAIL, MetricKind.RATE, made.protected, made.agreed.value, made.agreed.form, value=worth),
        )
    window = metric.window_days + metric.return_days
    return Sizing((goal,), lines, made.traffic_per_week, window_days=window, currency=currency)


def draft(
    session: Session, actor: Actor, now: int, looked: Looked, made: Proposal, *, name: str, currency: str
) -> Experiment:
    """Add the draft; without a size it says itself what is missing before launch.

    Raises:
        DomainError: the loss of up-sales is not agreed (`no_margin`), or the name does not fit.
    """
    actor.require(Right.EDIT)
    if made.protected and made.agreed is None:
        raise DomainError("no_margin", "margin is empty, must be agreed: there is no default.", "margin")
    known = {metric.key for metric in all_metrics(session)}
    template = template_by_key(TEMPLATE)
    key = drafts.free_key(session, drafts.slug(name) or "opportunity")
    begun = drafts.definition_of(template, name, key, actor.name, known)
    definition = replace(
        begun,
        unit=UnitKind.CUSTOMER,
        hypothesis=hypothesis(looked, made.cell),
        audience=_audience(session, looked, made.cell, begun.audience),
        metrics=_metrics(begun.metrics, session, made, currency),
    )
    saved = experiments.create(session, actor, now, definition)
    if made.cell.gap_effect:
        gaps.put(session, saved.key, made.cell.gap_effect)
    if made.size is None or made.size.weeks is None:
        return saved
    metric = metric_by_key(session, GOAL)
    plan: Plan = frozen_plan(made.size, metric.window_days + metric.return_days)
    return experiments.set_plan(
        session, actor, now, saved.key, replace(plan, net=begun.plan.net), revision=saved.revision
    )


def _metrics(begun: tuple[MetricUse, ...], session: Session, made: Proposal, currency: str) -> tuple[MetricUse, ...]:
    goal = MetricUse(GOAL, Role.GOAL, effect=made.effect or None)
    others = tuple(use for use in begun if use.metric not in (GOAL, GUARDRAIL))
    if made.protected is None or made.agreed is None:
        return goal, *others
    sizing = _sizing(session, made, currency)
    margin: Margin = margin_of(sizing.guardrails[0], sizing.goals)
    return goal, MetricUse(GUARDRAIL, Role.GUARDRAIL, margin=margin), *others


def _audience(session: Session, looked: Looked, cell: Opportunity, begun: Audience) -> Audience:
    """Exactly these holdings, by the products of their families; the server holds the facts."""
    families: dict[str, list[str]] = {}
    for product in all_products(session):
        families.setdefault(product.family, []).append(product.key)
    rules = [Rule("holdings", Operator.ANY_OF, tuple(families[family])) for family in cell.held if family in families]
    without = [key for family, keys in families.items() if family not in cell.held for key in keys]
    if without:
        rules.append(Rule("holdings", Operator.NONE_OF, tuple(without)))
    return replace(begun, description=segment_name(cell.held, looked.families), rules=tuple(rules))


def hypothesis(looked: Looked, cell: Opportunity) -> str:
    """Why a test of this cell should work, for whom, and how it will be seen."""
    family = looked.families[cell.family]
    who = segment_name(cell.held, looked.families).lower().removeprefix("holds ")
    return (
        f"We believe that a personal entry on “{cell.place.name}” for people who hold {who} will let "
        f"more of them buy {family}; we will see it in cross-sell orders, with up-sell orders unchanged. "
        f"{sentence(cell, looked.families)}"
    )
