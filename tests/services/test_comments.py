"""Everybody who may read may speak; each changes and deletes their own words only."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine

from experiments.domain.checks import TEXT_MAX
from experiments.domain.errors import DomainError, ForbiddenError, NotFoundError
from experiments.services import audit
from experiments.services.comments import add_comment, change_comment, comments_on, delete_comment
from experiments.services.sessions import reading, writing
from tests.scenes import EDITOR, NOW, VIEWER, draft, seed


def test_a_conversation(engine: Engine) -> None:
    with writing(engine) as session:
        seed(session)
        draft(session)
        draft(session, "other")
        first = add_comment(session, VIEWER, NOW, "tv-entry", "  Why so\r\nmany?  ")
        second = add_comment(session, EDITOR, NOW + 1, "tv-entry", "A campaign.")
        changed = change_comment(session, VIEWER, NOW + 2, "tv-entry", first.id, "Why?")
        unchanged = change_comment(session, VIEWER, NOW + 3, "tv-entry", first.id, "Why?")
        gone = delete_comment(session, EDITOR, NOW + 4, "tv-entry", second.id)
    assert (first.text, changed.text, changed.changed_at) == ("Why so\nmany?", "Why?", NOW + 2)
    assert unchanged == changed
    with reading(engine) as session:
        assert comments_on(session, "tv-entry") == (changed, gone)
        assert comments_on(session, "other") == ()
        deeds = audit.history(session, noun="comment", key=f"tv-entry/{second.id}")
        log = audit.history(session, noun="comment")
    assert (gone.text, gone.deleted_at) == ("", NOW + 4)
    assert [deed.action for deed in deeds] == ["delete", "create"]
    assert "campaign" not in repr(log)


def test_nobody_touches_the_words_of_others(sqlite_engine: Engine) -> None:
    with writing(sqlite_engine) as session:
        seed(session)
        draft(session)
        draft(session, "other")
        said = add_comment(session, VIEWER, NOW, "tv-entry", "Mine.")
        for touch in (
            lambda: change_comment(session, EDITOR, NOW, "tv-entry", said.id, "Yours."),
            lambda: delete_comment(session, EDITOR, NOW, "tv-entry", said.id),
        ):
            with pytest.raises(ForbiddenError, match="only its author"):
                touch()
        with pytest.raises(NotFoundError):
            delete_comment(session, VIEWER, NOW, "other", said.id)
        delete_comment(session, VIEWER, NOW, "tv-entry", said.id)
        with pytest.raises(NotFoundError):
            change_comment(session, VIEWER, NOW, "tv-entry", said.id, "Again.")


@pytest.mark.parametrize(
    ("text", "code"), [(" \n ", "required"), ("x" * (TEXT_MAX + 1), "too_long"), ("\x00", "bad_text")]
)
def test_a_bad_comment_is_refused(sqlite_engine: Engine, text: str, code: str) -> None:
    with writing(sqlite_engine) as session:
        seed(session)
        draft(session)
        with pytest.raises(DomainError) as caught:
            add_comment(session, VIEWER, NOW, "tv-entry", text)
        assert (caught.value.code, caught.value.field) == (code, "comment.text")
        with pytest.raises(NotFoundError):
            add_comment(session, VIEWER, NOW, "absent", "Hello?")
