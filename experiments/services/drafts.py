"""Drafts in the making: begun from a template, a test or nothing; what was typed is kept, whether it fits yet or not.

The test itself is always a whole definition. Beside it stand the answers as people typed them; they count while the
test is still at the revision they were saved with, so that a change through the API is never hidden by older answers.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from experiments.domain.access import Right
from experiments.domain.audience import Audience, OfferPolicy
from experiments.domain.errors import DomainError
from experiments.domain.experiment import Experiment, UnitKind
from experiments.domain.metric import MetricUse, Role
from experiments.domain.plan import Plan
from experiments.domain.template import Template
from experiments.domain.variant import Variant
from experiments.services import experiments
from experiments.services.actor import Actor
from experiments.services.definitions import Definition
from experiments.services.metrics import all_metrics
from experiments.services.ready_metrics import add_ready, missing_metrics
from experiments.store.catalogue import draft_answers
from experiments.store.catalogue import experiments as experiment_store
from experiments.store.catalogue.draft_answers import SavedAnswers

Answers = Mapping[str, Sequence[str]]
#: Addresses below /experiments that are pages of their own.
RESERVED = frozenset({"new", "build", "compare"})
_KEY_MAX = 64


@dataclass(frozen=True)
class Draft:
    """A test before launch with what was typed.

    Args:
        answers: fields that somebody filled or emptied, over what the test itself gives; None where they are older
            than the test.
    """

    experiment: Experiment
    answers: Answers | None
    saved_by: str = ""
    saved_at: int | None = None


def slug(name: str) -> str:
    """A key made from a name: lower-case letters, digits and hyphens."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:_KEY_MAX].strip("-")


def free_key(session: Session, wanted: str) -> str:
    """The wanted key, or the next free one with a number behind it."""
    taken = set(experiment_store.ids(session)) | RESERVED
    tried, number = wanted, 1
    while tried in taken:
        number += 1
        tail = f"-{number}"
        tried = wanted[: _KEY_MAX - len(tail)].rstrip("-") + tail
    return tried


def start(
    session: Session,
    actor: Actor,
    now: int,
    *,
    name: str,
    template: Template,
    key: str = "",
    more: Answers | None = None,
) -> Experiment:
    """Add a draft that begins where a template ends.

    Args:
        key: key in the code of the shop; empty = made from the name, with a number where that is taken.
        more: answers known already, by field of the builder; they win over those of the template.

    Raises:
        ConflictError: the key that was stated is taken.
        DomainError: name or key do not fit.
    """
    actor.require(Right.EDIT)
    _bring_metrics(session, actor, now, template)
    known = {metric.key for metric in all_metrics(session)}
    definition = definition_of(template, name, _key(session, name, key), actor.name, known)
    made = experiments.create(session, actor, now, definition)
    answers = {**answers_of(template, known), "name": [made.name], **(more or {})}
    keep(session, actor, now, made, answers)
    return made


def _bring_metrics(session: Session, actor: Actor, now: int, template: Template) -> None:
    """Add the ready metrics that a template names and the catalogue lacks."""
    wanted = {template.goal, *template.guardrails, *template.secondary}
    for metric in missing_metrics(session):
        if metric.key in wanted:
            add_ready(session, actor, now, metric.key)


def definition_of(template: Template, name: str, key: str, owner: str, known: Collection[str]) -> Definition:
    """The whole definition a template gives: everything but hypothesis in words, margins, effects and sizes.

    Args:
        known: keys of the metrics that exist; others are left out.
    """
    names = [name or f"Variant {place}" for place, name in enumerate(template.variants, start=1)]
    uses = [MetricUse(template.goal, Role.GOAL)] if template.goal in known else []
    uses += [MetricUse(metric, Role.SECONDARY) for metric in template.secondary if metric in known]
    return Definition(
        key=key,
        name=name,
        unit=template.unit or (UnitKind.CUSTOMER if template.net else UnitKind.VISITOR),
        variants=tuple(
            Variant("control" if place == 0 else slug(title) or f"variant-{place + 1}", title, 1 / len(names))
            for place, title in enumerate(names)
        ),
        metrics=tuple(uses),
        hypothesis=sentence(template),
        owner=owner,
        audience=Audience(
            template.audience or "Everyone",
            policy=OfferPolicy(
                not_with_open_issue=template.not_with_open_issue,
                not_offered_within_days=template.not_offered_within_days,
            ),
        ),
        plan=Plan(net=template.net),
    )


def sentence(template: Template) -> str:
    """The hypothesis of a template in one sentence; empty where it has none."""
    if not template.offer:
        return ""
    return (
        f"We believe that {template.offer} for {template.whom} will {template.will}, because {template.because}; "
        f"we will see it in {template.seen}."
    )


def answers_of(template: Template, known: Collection[str]) -> dict[str, list[str]]:
    """What a template answers that no definition can hold yet: guardrails whose margin nobody has agreed to."""
    wanted = [metric for metric in template.guardrails if metric in known]
    found = {f"guardrail{place}": [metric] for place, metric in enumerate(wanted, start=1)}
    return found | {"template": [template.key]}


def load(session: Session, key: str) -> Draft:
    """The test with what was typed; raises NotFoundError."""
    found = experiments.by_key(session, key)
    saved = draft_answers.find(session, key)
    if saved is None:
        return Draft(found, None)
    fresh = saved.revision == found.revision
    return Draft(found, saved.answers if fresh else None, saved.saved_by, saved.saved_at)


def save(
    session: Session, actor: Actor, now: int, before: Experiment, definition: Definition, answers: Answers
) -> Experiment:
    """Save what fits of the answers as the definition, and all of them as typed.

    Args:
        before: the draft as the answers were checked against.

    Raises:
        ConflictError: launched already, or changed in between (`stale`).
    """
    actor.require(Right.EDIT)
    after = experiments.update(
        session, actor, now, before.key, definition, revision=before.revision, reason="saved in the builder"
    )
    if definition.plan != after.plan:  # the record of the calculation travels beside the definition
        after = experiments.set_plan(session, actor, now, before.key, definition.plan, revision=after.revision)
    keep(session, actor, now, after, answers)
    return after


def keep(session: Session, actor: Actor, now: int, experiment: Experiment, answers: Answers) -> None:
    """Keep what was typed beside the test as it is now; a field that was emptied is kept as empty."""
    actor.require(Right.EDIT)
    given = {name: [text for text in values if text] for name, values in answers.items()}
    draft_answers.keep(session, experiment.key, SavedAnswers(experiment.revision, given, actor.name, now))


def copy(session: Session, actor: Actor, now: int, key: str, *, name: str) -> Experiment:
    """A new draft like an existing test, with what was typed for it, its plan and a key made from its name."""
    actor.require(Right.EDIT)
    source = load(session, key)
    made = experiments.clone(session, actor, now, key, new_key=_key(session, name, ""), name=name)
    if source.answers is not None:
        typed = {field: values for field, values in source.answers.items() if field != "key"}
        keep(session, actor, now, made, {**typed, "name": [made.name]})
    return made


def _key(session: Session, name: str, stated: str) -> str:
    if stated in RESERVED:
        raise DomainError("duplicate", f"key == {stated!r}, is an address of the product; choose another.", "key")
    if stated:
        return stated
    made = slug(name)
    if not made:
        words = "The key is empty, and the name gives none; use lower-case letters, digits or hyphens."
        raise DomainError("required" if name else "bad_key", words, "key" if name else "name")
    return free_key(session, made)
