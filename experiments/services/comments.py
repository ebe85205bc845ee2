"""The conversation about a test: everybody who may read it may speak, and change or delete what they said themselves.

Comments are plain text. The audit log records that one was written, changed or deleted, never what it said, so that
deleting it is enough.
"""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy.orm import Session

from experiments.domain.access import Right
from experiments.domain.checks import TEXT_MAX, check_text
from experiments.domain.errors import ForbiddenError, NotFoundError
from experiments.services import audit, changing
from experiments.services.actor import Actor
from experiments.store.catalogue import comments
from experiments.store.catalogue.comments import Comment

__all__ = ["Comment", "add_comment", "change_comment", "comments_on", "delete_comment"]

NOUN = "comment"


def comments_on(session: Session, key: str) -> tuple[Comment, ...]:
    """The conversation, oldest first; a deleted comment keeps its place without its text."""
    return comments.all_of(session, key)


def add_comment(session: Session, actor: Actor, now: int, key: str, text: str) -> Comment:
    """Say something about a test; raises NotFoundError, and DomainError where the text is empty or too long."""
    actor.require(Right.SUGGEST)  # everybody who signs in, and no token that only reads
    changing.load(session, key)
    made = comments.add(session, key, now, actor.name, _checked(text))
    _record(session, actor, now, "create", key, made.id)
    return made


def change_comment(session: Session, actor: Actor, now: int, key: str, comment_id: int, text: str) -> Comment:
    """Say it differently; only its author may.

    Raises:
        NotFoundError: there is no such comment on this test, or it was deleted.
        ForbiddenError: somebody else wrote it.
    """
    before = _own(session, actor, key, comment_id)
    after = replace(before, text=_checked(text), changed_at=now)
    if after.text != before.text:
        comments.write(session, key, after)
        _record(session, actor, now, "change", key, comment_id)
    return after if after.text != before.text else before


def delete_comment(session: Session, actor: Actor, now: int, key: str, comment_id: int) -> Comment:
    """Forget what was said, for good; only its author may. Errors as in `change_comment`."""
    after = replace(_own(session, actor, key, comment_id), text="", deleted_at=now)
    comments.write(session, key, after)
    _record(session, actor, now, "delete", key, comment_id)
    return after


def _own(session: Session, actor: Actor, key: str, comment_id: int) -> Comment:
    actor.require(Right.SUGGEST)
    found = comments.find(session, key, comment_id)
    if found is None or found.deleted_at is not None:
        raise NotFoundError(NOUN, comment_id)
    if found.who != actor.name:
        raise ForbiddenError(f"Comment {comment_id} is by {found.who}; only its author may change or delete it.")
    return found


def _checked(text: str) -> str:
    return check_text(text.replace("\r\n", "\n"), "comment.text", at_most=TEXT_MAX)


def _record(session: Session, actor: Actor, now: int, action: str, key: str, comment_id: int) -> None:
    audit.record(session, actor, now, action, NOUN, f"{key}/{comment_id}")
