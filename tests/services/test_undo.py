"""A decision can be taken back for a minute, and then the test is what it was."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import Engine

from experiments.domain.environment import Environment
from experiments.domain.errors import ConflictError, ForbiddenError
from experiments.domain.experiment import Status
from experiments.domain.learning import LearningStatus
from experiments.domain.rollout import RollOut
from experiments.services import audit, experiments, launch
from experiments.services.decide import Choice, decide, decisions_on
from experiments.services.learn import drafts, library
from experiments.services.publish import published_config
from experiments.services.roll_out import raise_roll_out
from experiments.services.sessions import reading, writing
from experiments.services.undo import UNDO_FOR, final_at, standing, undo_decision
from tests.scenes import APPROVER, EDITOR, NOW, seed, stopped

SHIP = RollOut("personal-entry", share=0.5, holdback=0.1)


def published(engine: Engine) -> bytes:
    with reading(engine) as session:
        return published_config(session, Environment.PRODUCTION, private=True).body


def ship(engine: Engine) -> None:
    with writing(engine) as session:
        decide(session, APPROVER, NOW, "tv-entry", Choice.SHIP, rollout=SHIP, reason="Legal asks for it.")


def test_undoing_restores_the_test_and_what_shops_fetch(engine: Engine) -> None:
    with writing(engine) as session:
        seed(session)
        before = stopped(session)
    config = published(engine)
    ship(engine)
    shipped = published(engine)
    with writing(engine) as session:
        raise_roll_out(session, APPROVER, NOW + 1, "tv-entry", share=0.8, holdback=0.1)
        undone = undo_decision(session, APPROVER, NOW + UNDO_FOR - 1, "tv-entry", reason="The wrong test.")
    assert shipped != config
    assert published(engine) == config
    assert replace(undone, revision=before.revision) == before
    with reading(engine) as session:
        (line,) = decisions_on(session, "tv-entry")
        newest, *_ = audit.history(session, noun="experiment", key="tv-entry")
        assert standing(session, undone) is None
        assert experiments.by_key(session, "tv-entry") == undone
    assert (line.reason, line.undone_at, line.undone_by) == ("Legal asks for it.", NOW + UNDO_FOR - 1, APPROVER.name)
    assert (newest.action, newest.reason) == ("undo_decision", "The wrong test.")
    assert newest.before is not None
    assert newest.after is not None
    assert (newest.before["status"], newest.after["status"]) == ("decided", "stopped")
    assert newest.before["rollout"]["share"] == 0.8


def test_after_a_minute_a_decision_is_final(sqlite_engine: Engine) -> None:
    with writing(sqlite_engine) as session:
        seed(session)
        stopped(session)
    ship(sqlite_engine)
    with writing(sqlite_engine) as session:
        (line,) = decisions_on(session, "tv-entry")
        assert final_at(line) == NOW + UNDO_FOR
        for now in (NOW + UNDO_FOR, NOW - 1):
            with pytest.raises(ConflictError) as caught:
                undo_decision(session, APPROVER, now, "tv-entry")
            assert caught.value.code == "final"
        assert experiments.by_key(session, "tv-entry").status is Status.DECIDED


def test_what_was_taken_back_can_be_decided_anew(sqlite_engine: Engine) -> None:
    with writing(sqlite_engine) as session:
        seed(session)
        stopped(session)
    ship(sqlite_engine)
    with writing(sqlite_engine) as session:
        undo_decision(session, APPROVER, NOW + 1, "tv-entry")
        with pytest.raises(ConflictError, match="must be decided"):
            undo_decision(session, APPROVER, NOW + 2, "tv-entry")
        decided = decide(session, APPROVER, NOW + 3, "tv-entry", Choice.KEEP_CONTROL)
        first, second = decisions_on(session, "tv-entry")
        assert (first.undone_at, second.undone_at, decided.rollout) == (NOW + 1, None, None)
        assert standing(session, decided) == second


def test_an_archived_test_and_other_people_leave_it_decided(sqlite_engine: Engine) -> None:
    with writing(sqlite_engine) as session:
        seed(session)
        stopped(session)
        decide(session, APPROVER, NOW, "tv-entry", Choice.KEEP_CONTROL)
        with pytest.raises(ForbiddenError, match="decide needs approver"):
            undo_decision(session, EDITOR, NOW + 1, "tv-entry")
        launch.archive(session, APPROVER, NOW + 2, "tv-entry")
        with pytest.raises(ConflictError, match="'archived'"):
            undo_decision(session, APPROVER, NOW + 3, "tv-entry")


@pytest.fixture
def decided(engine: Engine) -> Engine:
    with writing(engine) as session:
        seed(session)
        stopped(session)
        decide(session, APPROVER, NOW, "tv-entry", Choice.KEEP_CONTROL, reason="Not enough.")
    return engine


def test_undoing_takes_the_untouched_draft_of_the_learning_back(decided: Engine) -> None:
    with writing(decided) as session:
        (kept,) = library.find(session).learnings
        undo_decision(session, APPROVER, NOW + 1, "tv-entry")
        assert library.find(session).learnings == library.find(session, "tv").learnings == ()
        assert drafts.worked_on(session, "tv-entry") is None
        deed, *_ = audit.history(session, noun="learning", key=str(kept.id))
        assert (deed.action, deed.who) == ("take_back", APPROVER.name)
        assert deed.before is not None
        decide(session, APPROVER, NOW + 2, "tv-entry", Choice.KEEP_CONTROL, reason="Really.")
        (again,) = library.find(session).learnings
    assert (again.version, again.learning.title) == (1, kept.learning.title)


@pytest.mark.parametrize("deed", ["edited", "published", "archived"])
def test_undoing_leaves_a_learning_that_somebody_worked_on(decided: Engine, deed: str) -> None:
    with writing(decided) as session:
        (kept,) = library.find(session).learnings
        if deed == "edited":
            library.change(session, EDITOR, NOW + 1, kept.id, replace(kept.learning, title="What we saw"))
        else:
            library.move(session, EDITOR, NOW + 1, kept.id, LearningStatus(deed))
        undo_decision(session, APPROVER, NOW + 2, "tv-entry")
        stays = drafts.worked_on(session, "tv-entry")
    assert stays is not None
    assert stays.id == kept.id


def test_a_draft_from_before_the_decision_stays_without_it(engine: Engine) -> None:
    with writing(engine) as session:
        seed(session)
        stopped(session)
        before = drafts.draft_of(session, EDITOR, NOW - 1, "tv-entry")
        decide(session, APPROVER, NOW, "tv-entry", Choice.KEEP_CONTROL, reason="Not enough.")
        undo_decision(session, APPROVER, NOW + 1, "tv-entry")
        (kept,) = library.find(session).learnings
        assert drafts.worked_on(session, "tv-entry") is None
    assert (kept.id, kept.learning) == (before.id, before.learning)
