"""The conversation about a test."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from marshmallow import Schema, fields

from experiments.services import comments
from experiments.services import experiments as tests
from experiments.services.clock import maybe_iso, now_us, to_iso
from experiments.services.fields import Fields
from web.api.document import blueprint, body, described, read, write
from web.api.listing import Filter, Listing, listed
from web.api.schemas import name_field
from web.auth import current_actor

if TYPE_CHECKING:
    from experiments.services.comments import Comment

bp = blueprint("comments", "What people say about a test; plain text, each author may change or delete their own.")


class CommentSchema(Schema):
    """One comment."""

    id = fields.Integer(dump_only=True)
    at = fields.String(dump_only=True)
    who = fields.String(dump_only=True)
    text = fields.String(required=True, metadata={"description": "Plain text; empty once deleted."})
    changed_at = fields.String(allow_none=True, dump_only=True)
    deleted_at = fields.String(allow_none=True, dump_only=True)


class NewCommentSchema(Schema):
    """What is said."""

    text = name_field(required=True, at_most=4000)


COMMENTS: Listing[Comment] = Listing(
    CommentSchema,
    lambda comment: _plain(comment),
    unique=lambda comment: comment.id,
    orders={"at": lambda comment: comment.at},
    usual="at",
    filters=(Filter("who", "Only by this person.", lambda comment: comment.who),),
    searched=lambda comment: (comment.text,),
)


@listed(bp, "/experiments/<key>/comments", COMMENTS)
def list_comments(key: str) -> Any:
    """The conversation, oldest first; a deleted comment keeps its place without its text."""
    with read() as session:
        tests.by_key(session, key)
        return COMMENTS.answer(comments.comments_on(session, key))


@bp.post("/experiments/<key>/comments")
@bp.doc(**described(NewCommentSchema))
@bp.response(201, CommentSchema)
def add_comment(key: str) -> Any:
    """Say something."""
    text = Fields(body(), "", ("text",)).text("text")
    with write() as session:
        return _plain(comments.add_comment(session, current_actor(), now_us(), key, text))


@bp.put("/experiments/<key>/comments/<int:comment>")
@bp.doc(**described(NewCommentSchema))
@bp.response(200, CommentSchema)
def change_comment(key: str, comment: int) -> Any:
    """Say it differently; only its author may."""
    text = Fields(body(), "", ("text",)).text("text")
    with write() as session:
        return _plain(comments.change_comment(session, current_actor(), now_us(), key, comment, text))


@bp.delete("/experiments/<key>/comments/<int:comment>")
@bp.response(200, CommentSchema)
def delete_comment(key: str, comment: int) -> Any:
    """Forget what was said, for good; only its author may."""
    with write() as session:
        return _plain(comments.delete_comment(session, current_actor(), now_us(), key, comment))


def _plain(comment: Comment) -> dict[str, Any]:
    return {
        "id": comment.id,
        "at": to_iso(comment.at),
        "who": comment.who,
        "text": comment.text,
        "changed_at": maybe_iso(comment.changed_at),
        "deleted_at": maybe_iso(comment.deleted_at),
    }
