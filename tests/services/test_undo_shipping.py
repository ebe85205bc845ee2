"""Taking a ship back within its minute, where it goes in steps and where two people are needed."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import Engine

from experiments.domain.access import UserRole
from experiments.domain.environment import Environment
from experiments.domain.errors import ConflictError, ForbiddenError
from experiments.domain.experiment import Experiment, Status
from experiments.domain.rollout import RollOut, RollOutState, Step
from experiments.services import experiments, roll_out
from experiments.services.actor import Actor
from experiments.services.approvals import ApprovalState, Deed, NeedsSecondPersonError, Policy, requests, set_policy
from experiments.services.clock import DAY, HOUR
from experiments.services.decide import Choice, decide, decisions_on
from experiments.services.publish import published_config
from experiments.services.rolling_on import advance, roll_on
from experiments.services.sessions import reading, writing
from experiments.services.undo import UNDO_FOR, standing, undo_decision
from tests.scenes import ADMIN, APPROVER, NOW, add_person, seed, stopped

OTHER = Actor("otto@example.org", UserRole.APPROVER)
STEPS = (Step(0.5, NOW + 7 * DAY), Step(1.0, NOW + 14 * DAY))
STAGED = RollOut("personal-entry", 0.1, 0.1, steps=STEPS)
WHY = "The trial went well."


@pytest.fixture
def world(engine: Engine) -> Engine:
    """A stopped test and two people who may decide it."""
    with writing(engine) as session:
        seed(session)
        for person in (APPROVER, OTHER):
            add_person(session, person)
        stopped(session)
    return engine


def published(engine: Engine) -> bytes:
    with reading(engine) as session:
        return published_config(session, Environment.PRODUCTION, private=True).body


def stored(engine: Engine) -> Experiment:
    with reading(engine) as session:
        return experiments.by_key(session, "tv-entry")


def ship(engine: Engine, now: int, rollout: RollOut = STAGED) -> None:
    with writing(engine) as session:
        decide(session, APPROVER, now, "tv-entry", Choice.SHIP, rollout=rollout, reason=WHY)


def undo(engine: Engine, now: int, actor: Actor = APPROVER) -> None:
    with writing(engine) as session:
        undo_decision(session, actor, now, "tv-entry")


def test_a_staged_roll_out_is_taken_back_whatever_became_of_it(world: Engine) -> None:
    before, config = stored(world), published(world)
    for hour, deeds in enumerate(((), (roll_out.pause_roll_out,), (roll_out.roll_back,), (roll_out.end_roll_out,),
                                  (roll_out.roll_back, roll_out.restore_roll_out))):  # fmt: skip
        now = NOW + hour * HOUR
        ship(world, now)
        roll_on(world, now + 1)
        with writing(world) as session:
            for deed in deeds:
                deed(session, APPROVER, now + 2, "tv-entry")  # type: ignore[operator]
        undo(world, now + UNDO_FOR - 1)
        assert replace(stored(world), revision=before.revision) == before
        assert published(world) == config


def test_the_worker_takes_no_step_of_what_was_taken_back(world: Engine) -> None:
    before = stored(world)
    ship(world, NOW)
    undo(world, NOW + 1)
    for days in (8, 200):
        roll_on(world, NOW + days * DAY)
        assert advance(world, NOW + days * DAY) == ()
    assert replace(stored(world), revision=before.revision) == before


def test_what_is_shipped_anew_begins_anew(world: Engine) -> None:
    ship(world, NOW)
    with writing(world) as session:
        roll_out.pause_roll_out(session, APPROVER, NOW + 1, "tv-entry")
    undo(world, NOW + 2)
    later = NOW + 3 * DAY
    ship(world, later)
    found = stored(world).rollout
    assert found is not None
    assert (found.share, found.state, found.halted_at) == (0.1, RollOutState.GOING, None)
    assert (found.started_at, found.guard_since) == (later, later)
    assert [step.earliest for step in found.steps] == [NOW + 7 * DAY, NOW + 14 * DAY]
    with pytest.raises(ConflictError):  # the minute is that of the second decision, not of the first
        undo(world, later + UNDO_FOR)
    with reading(world) as session:
        assert standing(session, stored(world)) == decisions_on(session, "tv-entry")[-1]


def asked_and_agreed(engine: Engine, now: int) -> int:
    """The number of a request that the other person agreed to a day after it was asked."""
    with writing(engine) as session:
        given = {"rollout": STAGED, "reason": WHY}
        asked = requests.decide_or_ask(session, APPROVER, now, "tv-entry", Choice.SHIP, **given).asked  # type: ignore[arg-type]
        assert asked is not None
        requests.approve(session, OTHER, now + DAY, asked.id)
    return asked.id


@pytest.fixture
def two(world: Engine) -> Engine:
    """The same where two people are needed to ship."""
    with writing(world) as session:
        set_policy(session, ADMIN, NOW, Policy(ship=True), reason="Four eyes.")
    return world


@pytest.mark.parametrize("actor", [APPROVER, OTHER])
def test_the_minute_begins_with_the_yes_and_either_of_the_two_takes_it_back(two: Engine, actor: Actor) -> None:
    before, config = stored(two), published(two)
    asked_and_agreed(two, NOW)
    assert stored(two).status is Status.DECIDED
    undo(two, NOW + DAY + UNDO_FOR - 1, actor)
    assert replace(stored(two), revision=before.revision) == before
    assert published(two) == config


def test_a_yes_covers_one_ship_and_not_the_one_after_it_was_taken_back(two: Engine) -> None:
    number = asked_and_agreed(two, NOW)
    undo(two, NOW + DAY + 1)
    with pytest.raises(NeedsSecondPersonError):
        ship(two, NOW + DAY + 2)
    with writing(two) as session, pytest.raises(ConflictError, match="approved by otto"):
        requests.approve(session, OTHER, NOW + DAY + 2, number)
    again = asked_and_agreed(two, NOW + 2 * DAY)
    assert again != number
    assert stored(two).status is Status.DECIDED


def test_a_request_does_not_survive_a_decision_that_was_taken_back(two: Engine) -> None:
    """Asked to ship, then kept by somebody, then that was undone: the test is at another state than was asked about."""
    with writing(two) as session:
        asked = requests.ask(session, APPROVER, NOW, "tv-entry", Deed.SHIP, reason="season", rollout=STAGED)
        decide(session, OTHER, NOW + 1, "tv-entry", Choice.KEEP_CONTROL)
        assert requests.waiting_for(session, OTHER) == ()
        undo_decision(session, OTHER, NOW + 2, "tv-entry")
        assert requests.requests_on(session, "tv-entry")[0].state is ApprovalState.VOID
        with pytest.raises(ConflictError) as caught:
            requests.approve(session, OTHER, NOW + 3, asked.id)
        assert caught.value.code == "void"


def test_nobody_learns_what_the_guard_found_without_the_right(world: Engine) -> None:
    ship(world, NOW)
    viewer = Actor("vera@example.org", UserRole.VIEWER)
    with writing(world) as session:
        roll_out.roll_back(session, Actor("system", UserRole.ADMIN), NOW + 1, "tv-entry")
        with pytest.raises(ForbiddenError):
            roll_out.restore_roll_out(session, viewer, NOW + 2, "tv-entry")
