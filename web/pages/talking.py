"""What people do about a test beside deciding: comment, take a fresh decision back, roll a winner back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, flash, redirect, request

from experiments.domain.access import Right
from experiments.domain.errors import ConflictError, DomainError, ForbiddenError, NotFoundError
from experiments.domain.experiment import Status
from experiments.services import comments, roll_out, undo
from experiments.services.clock import now_us
from experiments.services.experiments import by_key
from experiments.services.learn import drafts
from experiments.services.sessions import reading, writing
from web.auth import current_actor
from web.deployment import deployment
from web.pages.frame import signed_in_only

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from flask.typing import ResponseReturnValue

bp = Blueprint("talking", __name__)
signed_in_only(bp)


@bp.post("/experiments/<key>/comments")
def say(key: str) -> ResponseReturnValue:
    """Say something."""
    return _do(f"/experiments/{key}/log#comments", comments.add_comment, key, request.form.get("text", ""))


@bp.post("/experiments/<key>/comments/<int:comment>/change")
def change(key: str, comment: int) -> ResponseReturnValue:
    """Say it differently."""
    place = f"/experiments/{key}/log#comment-{comment}"
    return _do(place, comments.change_comment, key, comment, request.form.get("text", ""))


@bp.post("/experiments/<key>/comments/<int:comment>/delete")
def delete(key: str, comment: int) -> ResponseReturnValue:
    """Forget what was said."""
    return _do(f"/experiments/{key}/log#comments", comments.delete_comment, key, comment, done="Comment deleted.")


@bp.post("/experiments/<key>/undo-decision")
def take_back(key: str) -> ResponseReturnValue:
    """Take a fresh decision back."""
    done = "Taken back: the test is stopped and not decided, as before."
    answer = _do(f"/experiments/{key}", undo.undo_decision, key, done=done)
    with reading(deployment().engine) as session:
        stays = drafts.worked_on(session, key) if by_key(session, key).status is Status.STOPPED else None
    if stays is not None:
        flash("Its learning stays, because somebody worked on it: check what it says of the decision.", "warning")
    return answer


@bp.post("/experiments/<key>/roll-back")
def roll_back(key: str) -> ResponseReturnValue:
    """End the roll-out of a winner."""
    current_actor().require(Right.DECIDE)
    reason = request.form.get("reason", "").strip()
    if not reason:
        flash("Not rolled back: the reason is empty.", "error")
        return redirect(f"/experiments/{key}")
    return _do(f"/experiments/{key}", roll_out.end_roll_out, key, reason=reason, done="Rolled back.")


def _do(
    place: str, use_case: Callable[..., Any], *arguments: Any, done: str = "", **options: Any
) -> ResponseReturnValue:
    """Do it and show the page it was asked from; what is refused is said there."""
    try:
        with writing(deployment().engine) as session:
            use_case(session, current_actor(), now_us(), *arguments, **options)
    except (ForbiddenError, NotFoundError):
        raise
    except (ConflictError, DomainError) as error:
        flash(error.message, "error")
    else:
        if done:
            flash(done, "success")
    return redirect(place)
