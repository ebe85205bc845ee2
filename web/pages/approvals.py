"""What waits for a second person's word: the list, the answer, and the card on the page of a test."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, flash, redirect, render_template, request

from experiments.domain.access import Right
from experiments.domain.errors import ConflictError, DomainError, ForbiddenError, NotFoundError
from experiments.services import describe, experiments
from experiments.services.approvals import ApprovalState, Deed, requests
from experiments.services.clock import now_us
from experiments.services.decide import recommended_on
from experiments.services.sessions import reading, writing
from web.auth import current_actor
from web.deployment import deployment
from web.pages.data_frame import csv_answer
from web.pages.frame import signed_in_only

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue
    from sqlalchemy.orm import Session

    from experiments.services.approvals import Approval

bp = Blueprint("approvals", __name__)
signed_in_only(bp)

NUMBER = f"<int(max={2**63 - 1}):number>"
SHOWN = 50
HEAD = ("id", "experiment", "deed", "revision", "asked_by", "asked_at", "reason", "state", "answered_by",
        "answered_at", "answer")  # fmt: skip


@bp.get("/approvals")
def index() -> ResponseReturnValue:
    """What waits for me, and what became of the others."""
    actor = current_actor()
    with reading(deployment().engine) as session:
        waiting = [_with_report(session, each) for each in requests.waiting_for(session, actor)]
        every = requests.all_requests(session, limit=SHOWN)
    return render_template(
        "pages/approvals.html",
        title="Approvals",
        waiting=waiting,
        rows=[_card(each) for each in every],
        may=actor.may(Right.LAUNCH),
    )


@bp.get("/approvals.csv")
def export() -> ResponseReturnValue:
    """Every request as a table."""
    with reading(deployment().engine) as session:
        found = [describe.approval(each) for each in requests.all_requests(session)]
    return csv_answer("approvals", HEAD, ([row[name] for name in HEAD] for row in found))


@bp.post(f"/approvals/{NUMBER}/<any(approve, decline, withdraw):answer>")
def answer(number: int, answer: str) -> ResponseReturnValue:
    """Agree, refuse with a reason, or take one's own request back."""
    reason, key = request.form.get("reason", ""), ""
    try:
        with writing(deployment().engine) as session:
            key = _answer(session, number, answer, reason)
        done = {"approve": "Agreed, and done.", "decline": "Declined.", "withdraw": "Withdrawn."}[answer]
        flash(done, "success")
    except (ForbiddenError, NotFoundError):
        raise
    except (ConflictError, DomainError) as error:
        flash(error.message, "error")
    return redirect(f"/experiments/{key}" if key else "/approvals")


def _answer(session: Session, number: int, answer: str, reason: str) -> str:
    actor, now = current_actor(), now_us()
    if answer == "approve":
        return requests.approve(session, actor, now, number, reason=reason).experiment.key
    if answer == "decline":
        return requests.decline(session, actor, now, number, reason=reason).experiment
    return requests.withdraw(session, actor, now, number).experiment


def approval_on(session: Session, key: str) -> dict[str, Any] | None:
    """The request that waits on a test, for the card on its page; None where none does."""
    found = requests.requests_on(session, key)
    return next((_with_report(session, each) for each in found if each.state is ApprovalState.OPEN), None)


def _with_report(session: Session, asked: Approval) -> dict[str, Any]:
    """The card, with the variant's name and what the report says, for whoever is to agree."""
    card, test = _card(asked), experiments.by_key(session, asked.experiment)
    if asked.rollout is None:
        return card
    names = {variant.key: variant.name for variant in test.phase.variants}
    shipped = names.get(asked.rollout.variant, asked.rollout.variant)
    return card | {"what": f"Ship “{shipped}”", "report": recommended_on(session, test)}


def _card(asked: Approval) -> dict[str, Any]:
    actor = current_actor()
    variant = f" “{asked.rollout.variant}”" if asked.rollout else ""
    return {
        **describe.approval(asked),
        "name": asked.name,
        "report": "",
        "what": "Launch" if asked.deed is Deed.LAUNCH else f"Ship{variant}",
        "share": asked.rollout.share if asked.rollout else None,
        "holdback": asked.rollout.holdback if asked.rollout else None,
        "open": asked.state is ApprovalState.OPEN,
        "may_answer": requests.may_answer(actor, asked),
        "own": asked.asked_by == actor.person,
    }
