"""Close a test: ship a variant or keep the control, beside what the report recommended."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum

from sqlalchemy.orm import Session

from experiments.domain.access import Right
from experiments.domain.approval import Deed
from experiments.domain.errors import DomainError
from experiments.domain.experiment import Experiment
from experiments.domain.rolling import begun
from experiments.domain.rollout import RollOut
from experiments.services import changing
from experiments.services.actor import Actor
from experiments.services.approvals import gate
from experiments.services.headlines import deciding_snapshot
from experiments.services.learn.drafts import draft_where_none
from experiments.store.catalogue import decisions, snapshots
from experiments.store.catalogue.decisions import Decided
from experiments.store.catalogue.snapshots import Snapshot


class Choice(StrEnum):
    """What people can decide."""

    SHIP = "ship"
    KEEP_CONTROL = "keep_control"


def decide(
    session: Session,
    actor: Actor,
    now: int,
    key: str,
    choice: Choice,
    *,
    rollout: RollOut | None = None,
    reason: str = "",
    revision: int | None = None,
) -> Experiment:
    """Decide on a stopped test; the report it was decided on is kept for good.

    Args:
        rollout: variant, share and holdback; required to ship, refused otherwise.
        reason: required where the choice is not what the report recommends.

    Raises:
        ConflictError: the test is not stopped, or a second person must agree to ship (`needs_second_person`, see
            `services.approvals`).
        DomainError: the roll-out does not fit the choice, or the reason is missing.
    """
    actor.require(Right.DECIDE)
    before = changing.load(session, key, revision)
    check_roll_out(before, choice, rollout)
    if choice is Choice.SHIP:
        gate.check(session, actor, before, Deed.SHIP, rollout)
    after = before.decide(rollout, now)
    if rollout is not None:
        after = replace(after, rollout=begun(before, rollout, now))
    seen = deciding_snapshot(session, key, before.phase.number)
    recommended = _check_reason(seen, choice, rollout, reason)
    kept = _keep(session, key, seen, now)
    decisions.add(session, key, Decided(now, actor.name, recommended, choice.value, reason.strip(), kept))
    decided = changing.save(session, actor, now, "decide", before, after, reason)
    draft_where_none(session, actor, now, key)
    return decided


def check_reason(
    session: Session, experiment: Experiment, choice: Choice, rollout: RollOut | None, reason: str
) -> None:
    """Raise DomainError where the choice is not what the report recommends and nobody says why."""
    _check_reason(deciding_snapshot(session, experiment.key, experiment.phase.number), choice, rollout, reason)


def recommended_on(session: Session, experiment: Experiment) -> str:
    """What the report that people see says, in its own words; empty where there is none."""
    seen = deciding_snapshot(session, experiment.key, experiment.phase.number)
    return "" if seen is None else str(seen.report["decision"].get("title", ""))


def decisions_on(session: Session, key: str) -> tuple[Decided, ...]:
    """What was decided, oldest first."""
    return decisions.all_of(session, key)


def check_roll_out(experiment: Experiment, choice: Choice, rollout: RollOut | None) -> None:
    """Raise DomainError where choice and roll-out do not fit each other."""
    if (choice is Choice.SHIP) != (rollout is not None):
        wanted = "needs a roll-out" if choice is Choice.SHIP else "has no roll-out"
        raise DomainError("bad_rollout", f"choice == {choice.value!r}, {wanted}.", "rollout")
    if rollout is not None and rollout.variant == experiment.phase.control.key:
        raise DomainError(
            "unknown_choice",
            f"rollout.variant == {rollout.variant!r}, is the control; to keep it nothing is rolled out.",
            "rollout.variant",
        )


def _recommendation(seen: Snapshot | None) -> tuple[str, str | None]:
    """(action, variant to ship) of the report people saw; empty where there is none."""
    if seen is None:
        return "", None
    decision = seen.report["decision"]
    return str(decision["action"]), decision["variant"]


def _check_reason(seen: Snapshot | None, choice: Choice, rollout: RollOut | None, reason: str) -> str:
    recommended, variant = _recommendation(seen)
    followed = (recommended == Choice.SHIP, variant) == (choice is Choice.SHIP, rollout and rollout.variant)
    if not followed and not reason.strip():
        shown = "nothing yet" if seen is None else f"“{seen.report['decision'].get('title', recommended)}”"
        raise DomainError(
            "required",
            f"reason is empty, must be given: the report says {shown} and the choice is {choice.value}.",
            "reason",
        )
    return recommended


def _keep(session: Session, key: str, seen: Snapshot | None, now: int) -> int | None:
    return None if seen is None else snapshots.add(session, key, seen.phase, "decision", seen.report, now)
