"""Decisions stand beside the recommendation people saw."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Engine

from experiments.domain.errors import ConflictError, DomainError
from experiments.domain.experiment import Status
from experiments.domain.rollout import RollOut
from experiments.services import experiments
from experiments.services.decide import Choice, decide, decisions_on
from experiments.services.sessions import reading, writing
from experiments.store.catalogue import snapshots
from tests.scenes import APPROVER, NOW, running, seed, stopped

SHIP = RollOut("personal-entry", holdback=0.1)


def report(action: str, variant: str | None) -> dict[str, Any]:
    return {"decision": {"action": action, "variant": variant}}


def test_following_the_report_needs_no_reason_and_keeps_the_report(engine: Engine) -> None:
    with writing(engine) as session:
        seed(session)
        stopped(session)
        snapshots.save_live(session, "tv-entry", 1, report("ship", "personal-entry"), NOW)
        decided = decide(session, APPROVER, NOW + 9, "tv-entry", Choice.SHIP, rollout=SHIP)
    with reading(engine) as session:
        (line,) = decisions_on(session, "tv-entry")
        kept = snapshots.latest(session, "tv-entry", kind="decision")
        assert experiments.by_key(session, "tv-entry") == decided
    assert decided.status is Status.DECIDED
    assert decided.rollout is not None
    assert (decided.rollout.variant, decided.rollout.share, decided.rollout.holdback) == ("personal-entry", 1.0, 0.1)
    assert decided.rollout.started_at == NOW + 9
    assert (line.who, line.recommended, line.decided, line.at) == (APPROVER.name, "ship", "ship", NOW + 9)
    assert kept is not None
    assert (kept.id, kept.report) == (line.snapshot_id, report("ship", "personal-entry"))


@pytest.mark.parametrize(
    ("action", "variant", "choice", "rollout"),
    [
        ("harm", None, Choice.SHIP, SHIP),
        ("ship", "another", Choice.SHIP, SHIP),
        ("ship", "personal-entry", Choice.KEEP_CONTROL, None),
    ],
)
def test_leaving_the_recommendation_needs_a_reason(
    sqlite_engine: Engine, action: str, variant: str | None, choice: Choice, rollout: RollOut | None
) -> None:
    with writing(sqlite_engine) as session:
        seed(session)
        stopped(session)
        snapshots.save_live(session, "tv-entry", 1, report(action, variant), NOW)
        with pytest.raises(DomainError, match=f"the report says “{action}”") as caught:
            decide(session, APPROVER, NOW, "tv-entry", choice, rollout=rollout, reason="  ")
        assert caught.value.field == "reason"
        assert decisions_on(session, "tv-entry") == ()
        decide(session, APPROVER, NOW, "tv-entry", choice, rollout=rollout, reason="Legal asks for it.")
        (line,) = decisions_on(session, "tv-entry")
    assert (line.recommended, line.decided, line.reason) == (action, choice.value, "Legal asks for it.")


@pytest.mark.parametrize("action", ["harm", "no_gain", "cannibalising", "inconclusive", "invalid", "net_loss"])
def test_keeping_the_control_follows_every_other_recommendation(sqlite_engine: Engine, action: str) -> None:
    with writing(sqlite_engine) as session:
        seed(session)
        stopped(session)
        snapshots.save_live(session, "tv-entry", 1, report(action, None), NOW)
        decided = decide(session, APPROVER, NOW, "tv-entry", Choice.KEEP_CONTROL)
    assert (decided.status, decided.rollout) == (Status.DECIDED, None)


def test_without_a_report_shipping_needs_a_reason(engine: Engine) -> None:
    with writing(engine) as session:
        seed(session)
        stopped(session)
        with pytest.raises(DomainError, match="the report says nothing yet"):
            decide(session, APPROVER, NOW, "tv-entry", Choice.SHIP, rollout=SHIP)
        assert decide(session, APPROVER, NOW, "tv-entry", Choice.KEEP_CONTROL).status is Status.DECIDED
        (line,) = decisions_on(session, "tv-entry")
    assert (line.recommended, line.snapshot_id) == ("", None)


@pytest.mark.parametrize(
    ("choice", "rollout", "field"),
    [
        (Choice.SHIP, None, "rollout"),
        (Choice.KEEP_CONTROL, SHIP, "rollout"),
        (Choice.SHIP, RollOut("control"), "rollout.variant"),
        (Choice.SHIP, RollOut("absent"), "rollout.variant"),
    ],
)
def test_a_roll_out_fits_the_choice(sqlite_engine: Engine, choice: Choice, rollout: RollOut | None, field: str) -> None:
    with writing(sqlite_engine) as session:
        seed(session)
        stopped(session)
        with pytest.raises(DomainError) as caught:
            decide(session, APPROVER, NOW, "tv-entry", choice, rollout=rollout, reason="Because.")
    assert caught.value.field == field


def test_only_a_stopped_test_is_decided(engine: Engine) -> None:
    with writing(engine) as session:
        seed(session)
        running(session)
        with pytest.raises(ConflictError, match="from 'running' only"):
            decide(session, APPROVER, NOW, "tv-entry", Choice.KEEP_CONTROL)
