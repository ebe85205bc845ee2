"""From an idea to the draft of an experiment: metrics, margins, plan and a free stretch of its layer."""

from __future__ import annotations

from sqlalchemy.orm import Session

from experiments.decision.sizing import size_test
from experiments.decision.sizing.frozen import frozen_plan
from experiments.domain.access import Right
from experiments.domain.audience import Audience
from experiments.domain.changes import LAUNCHED
from experiments.domain.errors import DomainError
from experiments.domain.experiment import Experiment, UnitKind
from experiments.domain.idea import Idea, check_open
from experiments.domain.layer import LayerSlice
from experiments.domain.metric import Margin, MetricUse, Role, Scale
from experiments.domain.plan import Plan
from experiments.domain.variant import Variant
from experiments.services import experiments
from experiments.services.actor import Actor
from experiments.services.backlog.ideas import by_id, started
from experiments.services.backlog.ranking import size_idea, sizing_of
from experiments.services.definitions import Definition
from experiments.services.drafts import free_key, slug
from experiments.services.insight.kappa import GOAL
from experiments.services.metrics import all_metrics
from experiments.store.catalogue import experiments as experiment_store
from experiments.store.insight import gaps


def start(session: Session, actor: Actor, now: int, idea_id: int, currency: str) -> Experiment:
    """Make the draft; what the idea does not say yet is left to be said there.

    Raises:
        ConflictError: the idea is not open.
        ForbiddenError: drafts need an editor.
    """
    actor.require(Right.EDIT)
    held = by_id(session, idea_id)
    check_open(held.status, "started")
    key = free_key(session, slug(held.idea.title) or f"idea-{idea_id}")
    draft = experiments.create(session, actor, now, _definition(session, actor, held.idea, key, currency))
    if held.idea.gap and held.idea.goal == GOAL:
        gaps.put(session, draft.key, held.idea.gap)
    started(session, actor, now, idea_id, draft.key)
    return draft


def _definition(session: Session, actor: Actor, idea: Idea, key: str, currency: str) -> Definition:
    return Definition(
        key=key,
        name=idea.title,
        unit=UnitKind.CUSTOMER,
        variants=(Variant("control", "As it is", 0.5), Variant("variant", idea.template or "Changed", 0.5)),
        metrics=_metrics(idea),
        hypothesis=idea.hypothesis,
        owner=actor.name,
        audience=Audience(idea.audience),
        layer=_free_stretch(session, idea),
        plan=_plan(session, idea, currency),
    )


def _metrics(idea: Idea) -> tuple[MetricUse, ...]:
    goal = MetricUse(idea.goal, Role.GOAL, effect=idea.effect) if idea.effect else MetricUse(idea.goal, Role.GOAL)
    if not idea.guardrail or idea.guardrail_margin is None:
        return (goal,)
    return (goal, MetricUse(idea.guardrail, Role.GUARDRAIL, margin=Margin(Scale.RELATIVE, idea.guardrail_margin)))


def _plan(session: Session, idea: Idea, currency: str) -> Plan:
    metrics = {metric.key: metric for metric in all_metrics(session)}
    sized = size_idea(idea, metrics)
    if sized.outcome is None:
        return Plan()
    try:
        return frozen_plan(size_test(sizing_of(idea, metrics, sized.ripe_days, currency)), sized.ripe_days)
    except DomainError:
        return Plan()


def _free_stretch(session: Session, idea: Idea) -> LayerSlice | None:
    """The first stretch of its layer that no launched test holds; from 0 where none is free, to be mended by hand."""
    if not idea.layer:
        return None
    held = [other.phase.layer for other in experiment_store.all_experiments(session, LAUNCHED)]
    low = 0.0
    for slice_ in sorted((each for each in held if each and each.layer == idea.layer), key=lambda each: each.start):
        if slice_.start - low >= idea.layer_share - 1e-9:
            break
        low = max(low, slice_.end)
    low = low if low + idea.layer_share <= 1 + 1e-9 else 0.0
    return LayerSlice(idea.layer, low, min(1.0, low + idea.layer_share))
