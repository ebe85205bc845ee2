"""Ask for a second person's word, and give it: what was asked for happens in the same transaction as the yes."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from experiments.domain.approval import RIGHT_FOR, Approval, ApprovalState, Deed
from experiments.domain.checks import TEXT_MAX, check_text
from experiments.domain.errors import ConflictError, DomainError, ForbiddenError, NotFoundError
from experiments.domain.experiment import Experiment, Status
from experiments.domain.rolling import begun
from experiments.domain.rollout import RollOut
from experiments.services import audit, changing, describe, launch
from experiments.services.actor import SYSTEM, Actor
from experiments.services.approvals.policy import policy_of
from experiments.services.decide import Choice, check_reason, check_roll_out, decide
from experiments.store.catalogue import approvals, users

NOUN = "approval"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it: the test as it is now, and the request where it only was asked for."""

    experiment: Experiment
    asked: Approval | None = None


def launch_or_ask(
    session: Session, actor: Actor, now: int, key: str, *, revision: int | None = None, reason: str = ""
) -> Outcome:
    """Launch the test, or ask a second person where the deployment wants one."""
    if needs_two(session, actor, Deed.LAUNCH):
        asked = ask(session, actor, now, key, Deed.LAUNCH, revision=revision, reason=reason)
        return Outcome(changing.load(session, key), asked)
    return Outcome(launch.launch(session, actor, now, key, revision=revision, reason=reason))


def decide_or_ask(
    session: Session,
    actor: Actor,
    now: int,
    key: str,
    choice: Choice,
    *,
    rollout: RollOut | None = None,
    reason: str = "",
    revision: int | None = None,
) -> Outcome:
    """Decide, or ask a second person where the deployment wants one to ship."""
    if choice is Choice.SHIP and needs_two(session, actor, Deed.SHIP):
        asked = ask(session, actor, now, key, Deed.SHIP, rollout=rollout, revision=revision, reason=reason)
        return Outcome(changing.load(session, key), asked)
    return Outcome(decide(session, actor, now, key, choice, rollout=rollout, reason=reason, revision=revision))


def needs_two(session: Session, actor: Actor, deed: Deed) -> bool:
    """Whether this actor has to ask."""
    return actor != SYSTEM and policy_of(session).wants_two(deed)


def ask(
    session: Session,
    actor: Actor,
    now: int,
    key: str,
    deed: Deed,
    *,
    rollout: RollOut | None = None,
    revision: int | None = None,
    reason: str = "",
) -> Approval:
    """Ask for a second person's word; what was asked for the same deed before is void.

    Raises:
        ForbiddenError: the actor could not do it with a second person either.
        ConflictError: the test is not in a state for it (`bad_transition`, `not_ready`), or one person suffices
            (`no_second_person`).
        DomainError: the roll-out does not fit the deed, or a winner is to be shipped that the report does not
            recommend, and nobody says why.
    """
    actor.require(RIGHT_FOR[deed])
    if not policy_of(session).wants_two(deed):
        raise ConflictError(f"One person suffices to {deed.value} here.", code="no_second_person")
    experiment = changing.load(session, key, revision)
    _check_possible(experiment, deed, rollout, now)
    words = check_text(reason, "reason", at_most=TEXT_MAX, required=False)
    if deed is Deed.SHIP:
        check_reason(session, experiment, Choice.SHIP, rollout, words)
    approvals.void_open(session, key, deed)
    asked = Approval(0, key, experiment.name, deed, experiment.revision, rollout, actor.person, now, words)
    asked = replace(asked, id=approvals.add(session, asked))
    audit.record(session, actor, now, "ask", NOUN, key, after=describe.approval(asked), reason=words)
    return asked


def approve(session: Session, actor: Actor, now: int, approval_id: int, *, reason: str = "") -> Outcome:
    """Agree, as another person with the right; the test is launched or shipped at once.

    Raises:
        ForbiddenError: the actor asked themselves, is no person, or lacks the right.
        ConflictError: somebody answered already (`answered`), or the test changed since (`void`).
    """
    found = _answerable(session, actor, approval_id)
    _answer(session, actor, now, found, ApprovalState.APPROVED, reason)
    words = " ".join(part for part in (f"Asked for by {found.asked_by}.", found.reason, reason.strip()) if part)
    if found.deed is Deed.LAUNCH:
        return Outcome(launch.launch(session, actor, now, found.experiment, revision=found.revision, reason=words))
    # "Asked for by …" is no reason; the report may have come to say something else since somebody asked.
    given = f"{found.reason} {reason}"
    check_reason(session, changing.load(session, found.experiment), Choice.SHIP, found.rollout, given)
    more = {"rollout": found.rollout, "reason": words, "revision": found.revision}
    return Outcome(decide(session, actor, now, found.experiment, Choice.SHIP, **more))  # type: ignore[arg-type]


def decline(session: Session, actor: Actor, now: int, approval_id: int, *, reason: str) -> Approval:
    """Refuse, as another person with the right, and say why."""
    found = _answerable(session, actor, approval_id)
    check_text(reason, "reason", at_most=TEXT_MAX)
    return _answer(session, actor, now, found, ApprovalState.DECLINED, reason)


def withdraw(session: Session, actor: Actor, now: int, approval_id: int) -> Approval:
    """Take one's own request back."""
    found = _open(session, approval_id)
    if found.asked_by != actor.person:
        raise ForbiddenError(f"Only {found.asked_by} can withdraw this.")
    return _answer(session, actor, now, found, ApprovalState.WITHDRAWN, "")


def requests_on(session: Session, key: str) -> tuple[Approval, ...]:
    """What was asked for on one test, newest first."""
    return approvals.every(session, key)


def all_requests(session: Session, *, limit: int | None = None) -> tuple[Approval, ...]:
    """What was asked for, newest first."""
    return approvals.every(session, limit=limit)


def waiting_for(session: Session, actor: Actor) -> tuple[Approval, ...]:
    """What waits for this person, oldest first."""
    return tuple(each for each in approvals.open_ones(session) if may_answer(actor, each))


def count_waiting(session: Session, actor: Actor) -> int:
    """How much of it; quick enough for every page."""
    deeds = tuple(deed for deed in Deed if actor.may(RIGHT_FOR[deed]))
    return approvals.count_open(session, deeds, actor.person) if deeds else 0


def may_answer(actor: Actor, asked: Approval) -> bool:
    """Whether the button is for them."""
    return actor.may(RIGHT_FOR[asked.deed]) and asked.asked_by != actor.person


def _answerable(session: Session, actor: Actor, approval_id: int) -> Approval:
    found = _open(session, approval_id)
    actor.require(RIGHT_FOR[found.deed])
    if found.asked_by == actor.person:
        raise ForbiddenError("You asked for this yourself; another person must agree.")
    if users.find_by_email(session, actor.person) is None:
        raise ForbiddenError(f"{actor.name} is no person who signs in; a person must agree.")
    return found


def _open(session: Session, approval_id: int) -> Approval:
    found = approvals.find(session, approval_id, lock=True)
    if found is None:
        raise NotFoundError(NOUN, approval_id)
    if found.state is ApprovalState.VOID:
        raise ConflictError("The test changed since this was asked for; it must be asked for anew.", code="void")
    if found.state is not ApprovalState.OPEN:
        raise ConflictError(f"This was {found.state.value} by {found.answered_by} already.", code="answered")
    return found


def _answer(session: Session, actor: Actor, now: int, asked: Approval, state: ApprovalState, reason: str) -> Approval:
    words = check_text(reason, "reason", at_most=TEXT_MAX, required=False)
    approvals.answer(session, asked.id, state, actor.person, now, words)
    after = replace(asked, state=state, answered_by=actor.person, answered_at=now, answer=words)
    action = {"approved": "approve", "declined": "decline", "withdrawn": "withdraw"}[state.value]
    old, new = describe.approval(asked), describe.approval(after)
    audit.record(session, actor, now, action, NOUN, asked.experiment, before=old, after=new, reason=words)
    return after


def _check_possible(experiment: Experiment, deed: Deed, rollout: RollOut | None, now: int) -> None:
    """What would be refused anyway need not be asked for."""
    if deed is Deed.LAUNCH:
        if rollout is not None:
            raise DomainError("bad_rollout", "rollout is given, a launch has none.", "rollout")
        if experiment.launched_at is not None:
            raise ConflictError(f"{experiment.key} is launched already.", "status", code="bad_transition")
        experiment.move_to(Status.RUNNING, now)
        return
    check_roll_out(experiment, Choice.SHIP, rollout)
    experiment.decide(rollout, now)
    if rollout is not None:
        begun(experiment, rollout, now)
