"""Drafts: created, changed and cloned by editors, with an audit log and without overwriting each other."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import Engine

from experiments.domain.errors import ConflictError, DomainError, ForbiddenError, NotFoundError
from experiments.domain.experiment import Status
from experiments.domain.plan import Plan
from experiments.services import audit, experiments, launch
from experiments.services.definitions import read_definition
from experiments.services.sessions import reading, writing
from tests.scenes import APPROVER, EDITOR, NOW, VIEWER, document, draft, running, seed


def test_a_draft_gets_a_random_salt_and_an_audit_line(engine: Engine) -> None:
    with writing(engine) as session:
        seed(session)
        first, second = draft(session), draft(session, "other")
    with reading(engine) as session:
        assert experiments.by_key(session, "tv-entry") == first
        (line,) = audit.history(session, noun="experiment", key="tv-entry")
    assert first.phase.salt != second.phase.salt
    assert len(first.phase.salt) >= 16
    assert (first.status, first.revision, first.created_at) == (Status.DRAFT, 1, NOW)
    assert (line.who, line.action, line.before) == (EDITOR.name, "create", None)
    assert line.after is not None
    assert line.after["name"] == "Personal entry on TV pages"


@pytest.mark.parametrize(
    ("change", "field", "part"),
    [
        ({"metrics": [{"metric": "cros-sell", "role": "goal"}]}, "metrics.0.metric", "'cross-sell'"),
        ({"metrics": [{"metric": "cross-sell", "role": "goal", "version": 2}]}, "metrics.0.version", "1 to 1"),
        ({"layer": {"key": "absent"}}, "layer", "'absent'"),
    ],
)
def test_what_a_draft_refers_to_must_exist(engine: Engine, change: dict[str, object], field: str, part: str) -> None:
    with writing(engine) as session:
        seed(session)
        with pytest.raises(DomainError, match=part) as caught:
            draft(session, **change)
        assert experiments.all_experiments(session) == ()
    assert caught.value.field == field


def test_a_change_keeps_salt_and_state_and_raises_the_revision(engine: Engine) -> None:
    with writing(engine) as session:
        seed(session)
        before = draft(session)
        launch.start_testing(session, EDITOR, NOW, "tv-entry")
    changed = read_definition(document(name="New name", enrolment=0.5, layer={"key": "tv-pages", "end": 0.5}))
    with writing(engine) as session:
        after = experiments.update(session, EDITOR, NOW + 9, "tv-entry", changed, revision=2, reason="Shorter.")
    with reading(engine) as session:
        assert experiments.by_key(session, "tv-entry") == after
        line = audit.history(session, key="tv-entry")[0]
    assert (after.name, after.status, after.revision) == ("New name", Status.TESTING, 3)
    assert (after.phase.salt, after.phase.enrolment, after.created_at) == (before.phase.salt, 0.5, NOW)
    assert (line.action, line.reason) == ("change", "Shorter.")
    assert line.before is not None
    assert line.after is not None
    assert line.before["name"] == "Personal entry on TV pages"
    assert line.after["name"] == "New name"
    assert "hypothesis" not in line.after, "only what changed is kept"


def test_a_stale_editor_is_refused(engine: Engine) -> None:
    with writing(engine) as session:
        seed(session)
        draft(session)
        experiments.update(session, EDITOR, NOW, "tv-entry", read_definition(document(name="One")), revision=1)
        with pytest.raises(ConflictError) as caught:
            experiments.update(session, EDITOR, NOW, "tv-entry", read_definition(document(name="Two")), revision=1)
        assert experiments.by_key(session, "tv-entry").name == "One"
    assert caught.value.code == "stale"


def test_the_key_stays_and_a_launched_design_is_frozen(engine: Engine) -> None:
    with writing(engine) as session:
        seed(session)
        draft(session)
        with pytest.raises(DomainError, match="must stay 'tv-entry'"):
            experiments.update(session, EDITOR, NOW, "tv-entry", read_definition(document("other")), revision=1)
        launch.launch(session, APPROVER, NOW, "tv-entry")
        for change in (
            lambda: experiments.update(session, EDITOR, NOW, "tv-entry", read_definition(document()), revision=2),
            lambda: experiments.set_plan(session, EDITOR, NOW, "tv-entry", Plan()),
        ):
            with pytest.raises(ConflictError) as caught:
                change()
            assert caught.value.code == "frozen"


def test_the_record_of_the_calculation_stays_with_its_plan(engine: Engine) -> None:
    with writing(engine) as session:
        seed(session)
        plan = replace(draft(session).plan, sizing={"binding": "up-sell"})
        experiments.set_plan(session, EDITOR, NOW, "tv-entry", plan)
        renamed = read_definition(document(name="New name"))
        kept = experiments.update(session, EDITOR, NOW, "tv-entry", renamed, revision=2)
        longer = read_definition(document(plan={"weeks": 8, "units_per_variant": 20_000, "looks": 2}))
        dropped = experiments.update(session, EDITOR, NOW, "tv-entry", longer, revision=3)
    assert kept.plan == plan
    assert dropped.plan.sizing == {}
    assert dropped.plan.weeks == 8


def test_a_clone_is_a_draft_with_its_own_salt_and_the_newest_metrics(engine: Engine) -> None:
    with writing(engine) as session:
        seed(session)
        source = running(session)
        copy = experiments.clone(session, EDITOR, NOW, "tv-entry", new_key="tv-entry-2")
        with pytest.raises(ConflictError, match="'tv-entry-2', exists"):
            experiments.clone(session, EDITOR, NOW, "tv-entry", new_key="tv-entry-2")
        with pytest.raises(NotFoundError):
            experiments.clone(session, EDITOR, NOW, "absent", new_key="a")
    assert (copy.status, copy.name, copy.owner) == (Status.DRAFT, "Personal entry on TV pages (copy)", EDITOR.name)
    assert copy.phase.salt != source.phase.salt
    assert copy.phase.variants == source.phase.variants
    assert copy.phase.started_at is None
    assert {use.version for use in source.metrics} == {1}
    assert {use.version for use in copy.metrics} == {None}


def test_a_viewer_changes_nothing(engine: Engine) -> None:
    with writing(engine) as session:
        seed(session)
        draft(session)
        definition = read_definition(document("other"))
        for change in (
            lambda: experiments.create(session, VIEWER, NOW, definition),
            lambda: experiments.update(session, VIEWER, NOW, "tv-entry", definition, revision=1),
            lambda: experiments.set_plan(session, VIEWER, NOW, "tv-entry", Plan()),
            lambda: experiments.clone(session, VIEWER, NOW, "tv-entry", new_key="b"),
        ):
            with pytest.raises(ForbiddenError):
                change()
        assert len(experiments.all_experiments(session)) == 1
