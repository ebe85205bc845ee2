"""From an opportunity into the backlog: an idea with everything known of it, for others to rank and start."""

from __future__ import annotations

from urllib.parse import urlencode

from sqlalchemy.orm import Session

from experiments.decision.sizing import MarginForm
from experiments.domain.access import Right
from experiments.domain.checks import NAME_MAX
from experiments.domain.idea import Idea, Origin
from experiments.domain.template import template_by_key
from experiments.insight.opportunities.words import sentence
from experiments.insight.segments import segment_key, segment_name
from experiments.services import catalogue
from experiments.services.actor import Actor
from experiments.services.backlog import ideas
from experiments.services.backlog.ideas import Held
from experiments.services.insight.draft import GUARDRAIL, TEMPLATE, Proposal, hypothesis
from experiments.services.insight.kappa import GOAL
from experiments.services.insight.opportunities import Looked, notes

MOST_EFFECT = 10.0


def put(session: Session, actor: Actor, now: int, looked: Looked, made: Proposal, *, title: str) -> Held:
    """Add the idea.

    Raises:
        ForbiddenError: needs an editor.
        DomainError: the title does not fit.
    """
    actor.require(Right.EDIT)
    return ideas.add(session, actor, now, _idea(session, looked, made, title))


def _idea(session: Session, looked: Looked, made: Proposal, title: str) -> Idea:
    cell = made.cell
    relative = made.agreed if made.protected and made.agreed and made.agreed.form is MarginForm.RELATIVE else None
    journey = cell.place.key.split(".")[0]
    known = {each.key for each in catalogue.all_journeys(session)}
    told = [note.evidence.text for note in notes(session, cell.key)]
    where = {"place": cell.place.key, "holds": segment_key(cell.held), "family": cell.family}
    return Idea(
        title=title[:NAME_MAX],
        hypothesis=hypothesis(looked, cell),
        evidence="\n".join([sentence(cell, looked.families), *told])[:4_000],
        origin=Origin.OPPORTUNITY,
        source=f"/opportunities/cell?{urlencode(where)}"[:400],
        audience=segment_name(cell.held, looked.families),
        journey=journey if journey in known else "",
        template=template_by_key(TEMPLATE).name,
        families=(cell.family,),
        traffic_per_week=made.traffic_per_week,
        goal=GOAL,
        baseline=made.baseline or None,
        effect=min(made.effect, MOST_EFFECT) or None,
        value=cell.worth.margin / 100,
        gap=cell.gap_effect or None,
        guardrail=GUARDRAIL if relative else "",
        guardrail_baseline=made.protected if relative else None,
        guardrail_margin=relative.value if relative else None,
    )
