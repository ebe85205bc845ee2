"""Learnings on both databases: drafted at the decision, every version kept, found by words, safe on any input."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from experiments.domain.errors import ConflictError, DomainError, ForbiddenError, NotFoundError
from experiments.domain.learning import Evidence, Learning, LearningStatus, Stance
from experiments.insight.search_words import search_words
from experiments.services import audit
from experiments.services.decide import Choice, decide
from experiments.services.learn import documents, drafts, library
from experiments.services.sessions import writing
from experiments.services.undo import undo_decision
from tests.scenes import APPROVER, EDITOR, NOW, VIEWER, seed, stopped

LEARNING = Learning("Entries sell TV", "A personal entry on the TV pages brought more orders.", template="entry text")


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    with writing(engine) as session:
        seed(session)
        yield session


def test_a_decision_drafts_one_and_only_one(session: Session) -> None:
    stopped(session)
    decide(session, APPROVER, NOW + 5, "tv-entry", Choice.KEEP_CONTROL, reason="Nothing yet")
    (kept,) = library.find(session).learnings
    assert (kept.experiment, kept.status, kept.version) == ("tv-entry", LearningStatus.DRAFT, 1)
    assert "No report was computed." in kept.learning.finding
    with pytest.raises(ConflictError, match="has a learning already"):
        drafts.draft_of(session, EDITOR, NOW, "tv-entry")


def test_a_decision_made_again_drafts_anew(session: Session) -> None:
    stopped(session)
    decide(session, APPROVER, NOW + 5, "tv-entry", Choice.KEEP_CONTROL, reason="Nothing yet")
    undo_decision(session, APPROVER, NOW + 6, "tv-entry", reason="Too early")
    decide(session, APPROVER, NOW + 7, "tv-entry", Choice.KEEP_CONTROL, reason="Really")
    (kept,) = library.find(session).learnings
    assert (kept.version, kept.status) == (1, LearningStatus.DRAFT)


def test_every_version_is_kept_and_a_stale_one_refused(session: Session) -> None:
    kept = library.write(session, EDITOR, NOW, LEARNING)
    changed = library.change(session, EDITOR, NOW + 1, kept.id, replace(LEARNING, title="Entries sell"), version=1)
    assert changed.version == 2
    assert library.change(session, EDITOR, NOW + 2, kept.id, replace(LEARNING, title="Entries sell")).version == 2
    assert [one.learning.title for one in library.versions(session, kept.id)] == ["Entries sell", "Entries sell TV"]
    with pytest.raises(ConflictError, match="somebody changed it"):
        library.change(session, EDITOR, NOW, kept.id, LEARNING, version=1)
    assert audit.history(session, noun="learning", key=str(kept.id))[0].action == "change"


def test_published_taken_back_archived_restored(session: Session) -> None:
    kept = library.write(session, EDITOR, NOW, LEARNING)
    for status in (LearningStatus.PUBLISHED, LearningStatus.DRAFT, LearningStatus.ARCHIVED):
        library.move(session, EDITOR, NOW, kept.id, status)
    assert library.find(session).learnings == ()
    assert len(library.find(session, status=LearningStatus.ARCHIVED).learnings) == 1
    with pytest.raises(ConflictError, match="only draft can follow"):
        library.move(session, EDITOR, NOW, kept.id, LearningStatus.PUBLISHED)
    library.move(session, EDITOR, NOW, kept.id, LearningStatus.DRAFT)
    with pytest.raises(ForbiddenError):
        library.move(session, VIEWER, NOW, kept.id, LearningStatus.PUBLISHED)


def test_evidence_names_tests_that_exist(session: Session) -> None:
    stopped(session)
    kept = library.write(session, EDITOR, NOW, LEARNING)
    against = Evidence("tv-entry", Stance.AGAINST, "Fell on phones")
    kept = library.add_evidence(session, EDITOR, NOW, kept.id, against)
    kept = library.add_evidence(session, EDITOR, NOW, kept.id, replace(against, stance=Stance.FOR))
    assert [one.stance for one in kept.learning.evidence] == [Stance.FOR]
    assert library.find(session, "phones").learnings == (kept,)
    kept = library.remove_evidence(session, EDITOR, NOW, kept.id, "tv-entry")
    assert kept.learning.evidence == ()
    assert library.find(session, "phones").learnings == ()
    for error, act in (
        (NotFoundError, lambda: library.remove_evidence(session, EDITOR, NOW, kept.id, "tv-entry")),
        (NotFoundError, lambda: library.add_evidence(session, EDITOR, NOW, kept.id, Evidence("gone", Stance.FOR))),
        (DomainError, lambda: library.write(session, EDITOR, NOW, replace(LEARNING, families=("gone",)))),
    ):
        with pytest.raises(error):
            act()


def test_found_by_words_the_title_first(session: Session) -> None:
    body = library.write(session, EDITOR, NOW, LEARNING)
    title = library.write(session, EDITOR, NOW, replace(LEARNING, title="Orders on the start page", finding="Small."))
    other = library.write(session, EDITOR, NOW, Learning("Streaming hints", "Nobody added streaming."))

    def found(asked: str, **more: Any) -> list[int]:
        return [kept.id for kept in library.find(session, asked, **more).learnings]

    assert found("orders") == [title.id, body.id]
    assert found("the order") == [title.id, body.id]
    assert found("ENTRIES") == [body.id, title.id]
    assert found("stream") == [other.id]
    assert found("personal orders") == [body.id]
    some = library.find(session, "streaming orders")
    assert (some.some_words, {kept.id for kept in some.learnings}) == (True, {body.id, title.id, other.id})
    assert found("zebra") == []
    assert found("?!") == []
    assert found("") == [other.id, title.id, body.id]
    assert found("orders", status=LearningStatus.PUBLISHED) == []


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.text(max_size=60)
    | st.sampled_from(['"', 'a" OR 1', "a:* & !b", "NEAR(", "'); --", "²", "\x00", "tv*", "a" * 5000])
)
def test_no_input_is_anything_but_words(session: Session, asked: str) -> None:
    library.find(session, asked)


@given(st.text(max_size=2000))
def test_words_are_few_and_hold_letters_and_digits_only(asked: str) -> None:
    words = search_words(asked)
    assert len(words) <= 12
    assert len(set(words)) == len(words)
    assert all(0 < len(word) <= 40 and "'" not in word and '"' not in word for word in words)


def test_a_document_comes_back_as_it_went_in(session: Session) -> None:
    kept = library.write(session, EDITOR, NOW, LEARNING)
    document = documents.describe_learning(kept.learning)
    assert documents.read_learning(document) == LEARNING
    with pytest.raises(DomainError, match="title is empty"):
        documents.read_learning(document | {"title": " "})
