"""Drafts in the making: templates, what was typed, copies."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine

from experiments.domain.errors import ConflictError, DomainError, ForbiddenError, NotFoundError
from experiments.domain.experiment import UnitKind
from experiments.domain.holding import Relation
from experiments.domain.metric import Role
from experiments.domain.template import BLANK, TEMPLATES, template_by_key
from experiments.services import drafts, experiments
from experiments.services.definitions import Definition
from experiments.services.metrics import all_metrics
from experiments.services.ready_metrics import ready_metrics
from experiments.services.sessions import reading, writing
from tests.scenes import EDITOR, NOW, VIEWER, document, draft, seed


def test_templates_name_metrics_that_exist_and_never_a_margin_or_an_effect() -> None:
    known = {metric.key for metric in ready_metrics()}
    for template in TEMPLATES:
        named = {template.goal, *template.guardrails, *template.secondary} - {""}
        assert named <= known, template.key
        assert len(named) == len([*template.guardrails, *template.secondary, *filter(None, [template.goal])])
        definition = drafts.definition_of(template, "A name", "a-name", "", known)
        assert all(use.margin is None and use.effect is None for use in definition.metrics)
        definition.draft("salt", 0)
    assert template_by_key("up-sell-banner").goal == "up-sell"
    with pytest.raises(NotFoundError):
        template_by_key("banner")


def test_a_template_fills_in_hypothesis_audience_roles_and_net(engine: Engine) -> None:
    with writing(engine) as session:
        seed(session)
        made = drafts.start(session, EDITOR, NOW, name="TV entry 2", template=template_by_key("cross-sell-entry"))
    with reading(engine) as session:
        found = drafts.load(session, "tv-entry-2")
    assert found.experiment == made
    assert made.hypothesis.startswith("We believe that a personal entry to the shop for visitors who hold only")
    assert made.phase.audience.policy.not_offered_within_days == 30
    assert [(use.metric, use.role) for use in made.metrics][:1] == [("cross-sell", Role.GOAL)]
    assert made.plan.net is not None
    assert made.plan.net.promoted.relations == (Relation.CROSS,)
    assert "horizon_days" in made.plan.net.assumed
    assert "promoted" not in made.plan.net.assumed
    assert found.answers is not None
    assert found.answers["guardrail1"] == ["up-sell"]
    assert (made.owner, found.saved_by) == (EDITOR.name, EDITOR.name)


def test_the_template_of_agents_brings_the_metrics_it_names(engine: Engine) -> None:
    with writing(engine) as session:
        seed(session)
        assert "cross-sell-per-contact" not in {metric.key for metric in all_metrics(session)}
        made = drafts.start(session, EDITOR, NOW, name="Guide", template=template_by_key("talk-guide"))
        known = {metric.key for metric in all_metrics(session)}
    assert (made.unit, made.goals[0].metric, made.plan.net) == (UnitKind.AGENT, "cross-sell-per-contact", None)
    assert {"up-sell-per-contact", "handle-time-per-contact"} <= known
    assert made.phase.audience.policy.empty


def test_a_name_that_is_taken_gets_a_number_and_a_stated_key_is_kept(engine: Engine) -> None:
    blank = template_by_key(BLANK)
    with writing(engine) as session:
        seed(session)
        keys = [drafts.start(session, EDITOR, NOW, name="Build", template=blank).key for _ in range(2)]
        assert keys == ["build-2", "build-3"], "“build” is an address"
        assert drafts.start(session, EDITOR, NOW, name="x", template=blank, key="mine").key == "mine"
        for key in ("mine", "new"):
            with pytest.raises(DomainError):
                drafts.start(session, EDITOR, NOW, name="x", template=blank, key=key)
        with pytest.raises(DomainError, match="the name gives none"):
            drafts.start(session, EDITOR, NOW, name="日本", template=blank)
        with pytest.raises(ForbiddenError):
            drafts.start(session, VIEWER, NOW, name="x", template=blank)


def test_answers_count_while_the_test_is_as_they_left_it(engine: Engine) -> None:
    with writing(engine) as session:
        seed(session)
        made = draft(session)
        drafts.save(session, EDITOR, NOW, made, Definition.of(made), {"name": ["TV"], "looks": ["two"], "empty": [""]})
    with writing(engine) as session:
        found = drafts.load(session, made.key)
        assert found.answers == {"name": ["TV"], "looks": ["two"], "empty": []}
        with pytest.raises(ConflictError):
            drafts.save(session, EDITOR, NOW, made, Definition.of(made), {})
        copied = drafts.copy(session, EDITOR, NOW, made.key, name="Second TV")
        assert drafts.load(session, copied.key).answers == {"name": ["Second TV"], "looks": ["two"], "empty": []}
        changed = found.experiment
        experiments.set_plan(session, EDITOR, NOW, made.key, changed.plan)
        assert drafts.load(session, made.key).answers is None, "a change elsewhere is newer than what was typed"
    assert document()["key"] == made.key
