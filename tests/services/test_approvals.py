"""Two people for a launch or a ship: who may ask, who may agree, and what makes a request void."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import Engine

from experiments.domain.access import UserRole
from experiments.domain.approval import what_of
from experiments.domain.errors import ConflictError, DomainError, ForbiddenError
from experiments.domain.experiment import Status
from experiments.domain.rollout import OnHarm, RollOut, Step
from experiments.services import audit, decide, experiments, launch
from experiments.services.actor import SYSTEM, Actor
from experiments.services.approvals import ApprovalState, Deed, NeedsSecondPersonError, Policy, requests, set_policy
from experiments.services.clock import DAY
from experiments.services.decide import Choice
from experiments.services.definitions import read_definition
from experiments.services.sessions import reading, writing
from tests.scenes import ADMIN, APPROVER, EDITOR, NOW, add_person, document, draft, seed

OTHER = Actor("otto@example.org", UserRole.APPROVER)
KEY = Actor("key:Office", UserRole.APPROVER)
ROLLOUT = RollOut("personal-entry", holdback=0.1)


@pytest.fixture
def ready(engine: Engine) -> Engine:
    """People, a draft, and a deployment that wants two for everything."""
    with writing(engine) as session:
        seed(session)
        for person in (APPROVER, OTHER, EDITOR):
            add_person(session, person)
        draft(session)
        set_policy(session, ADMIN, NOW, Policy(launch=True, ship=True), reason="Four eyes.")
    return engine


def test_one_person_suffices_by_default(engine: Engine) -> None:
    with writing(engine) as session:
        seed(session)
        draft(session)
        with pytest.raises(ConflictError, match="One person suffices"):
            requests.ask(session, APPROVER, NOW, "tv-entry", Deed.LAUNCH)
        outcome = requests.launch_or_ask(session, APPROVER, NOW, "tv-entry")
    assert (outcome.asked, outcome.experiment.status) == (None, Status.RUNNING)


def test_nobody_launches_alone_and_another_person_does_with_a_yes(ready: Engine) -> None:
    with writing(ready) as session:
        for actor in (APPROVER, KEY, ADMIN):
            with pytest.raises(NeedsSecondPersonError, match="second person"):
                launch.launch(session, actor, NOW, "tv-entry")
        outcome = requests.launch_or_ask(session, APPROVER, NOW, "tv-entry", reason="Planned for Monday.")
        assert outcome.asked is not None
        assert outcome.experiment.status is Status.DRAFT
        number = outcome.asked.id
        for actor, why in ((APPROVER, "another person"), (EDITOR, "needs approver"), (KEY, "no person")):
            with pytest.raises(ForbiddenError, match=why):
                requests.approve(session, actor, NOW, number)
        assert requests.waiting_for(session, APPROVER) == ()
        assert requests.waiting_for(session, EDITOR) == ()
        assert requests.waiting_for(session, OTHER) == (outcome.asked,)
        assert [requests.count_waiting(session, who) for who in (APPROVER, EDITOR, OTHER)] == [0, 0, 1]
        done = requests.approve(session, OTHER, NOW + 1, number, reason="Looks right.")
        assert done.experiment.status is Status.RUNNING
        with pytest.raises(ConflictError, match="approved by otto"):
            requests.approve(session, OTHER, NOW + 2, number)
        deeds = [(line.action, line.noun, line.who) for line in audit.history(session, key="tv-entry", limit=3)]
        reason = audit.history(session, noun="experiment", key="tv-entry")[0].reason
    assert deeds == [("launch", "experiment", OTHER.name), ("approve", "approval", OTHER.name),
                     ("ask", "approval", APPROVER.name)]  # fmt: skip
    assert reason == f"Asked for by {APPROVER.name}. Planned for Monday. Looks right."


def test_a_token_is_its_owner(ready: Engine) -> None:
    mine = Actor("Abel’s token", UserRole.APPROVER, frozenset(), APPROVER.name)
    with writing(ready) as session:
        asked = requests.ask(session, APPROVER, NOW, "tv-entry", Deed.LAUNCH)
        with pytest.raises(ForbiddenError):
            requests.approve(session, mine, NOW, asked.id)


def test_a_change_of_the_test_makes_a_request_void(ready: Engine) -> None:
    with writing(ready) as session:
        asked = requests.ask(session, APPROVER, NOW, "tv-entry", Deed.LAUNCH)
        changed = read_definition(document(hypothesis="Another one."))
        experiments.update(session, EDITOR, NOW, "tv-entry", changed, revision=asked.revision)
        assert requests.requests_on(session, "tv-entry")[0].state is ApprovalState.VOID
        assert requests.waiting_for(session, OTHER) == ()
        with pytest.raises(ConflictError) as caught:
            requests.approve(session, OTHER, NOW, asked.id)
        assert caught.value.code == "void"
        anew = requests.ask(session, APPROVER, NOW, "tv-entry", Deed.LAUNCH)
        again = requests.ask(session, OTHER, NOW, "tv-entry", Deed.LAUNCH)
        states = {each.id: each.state.value for each in requests.requests_on(session, "tv-entry")}
        assert states == {asked.id: "void", anew.id: "void", again.id: "open"}


def test_declining_needs_a_reason_and_only_the_asker_withdraws(ready: Engine) -> None:
    with writing(ready) as session:
        asked = requests.ask(session, APPROVER, NOW, "tv-entry", Deed.LAUNCH)
        with pytest.raises(DomainError, match="reason is empty"):
            requests.decline(session, OTHER, NOW, asked.id, reason=" ")
        with pytest.raises(ForbiddenError):
            requests.withdraw(session, OTHER, NOW, asked.id)
        declined = requests.decline(session, OTHER, NOW, asked.id, reason="Sample too small.")
        assert (declined.state, declined.answer) == (ApprovalState.DECLINED, "Sample too small.")
        second = requests.ask(session, APPROVER, NOW, "tv-entry", Deed.LAUNCH)
        requests.withdraw(session, APPROVER, NOW, second.id)
        with pytest.raises(NeedsSecondPersonError):
            launch.launch(session, APPROVER, NOW, "tv-entry")


def test_shipping_needs_a_yes_to_exactly_this_and_keeping_none(ready: Engine) -> None:
    with writing(ready) as session:
        launch.launch(session, SYSTEM, NOW, "tv-entry")
        launch.stop(session, APPROVER, NOW, "tv-entry")
        given = {"rollout": ROLLOUT, "reason": "The trial went well."}
        with pytest.raises(NeedsSecondPersonError):
            decide.decide(session, APPROVER, NOW, "tv-entry", Choice.SHIP, **given)  # type: ignore[arg-type]
        with pytest.raises(DomainError, match="is the control"):
            requests.ask(session, APPROVER, NOW, "tv-entry", Deed.SHIP, rollout=RollOut("control"))
        outcome = requests.decide_or_ask(session, APPROVER, NOW, "tv-entry", Choice.SHIP, **given)  # type: ignore[arg-type]
        assert outcome.asked is not None
        done = requests.approve(session, OTHER, NOW + 1, outcome.asked.id)
        assert done.experiment.rollout is not None
        assert (done.experiment.rollout.variant, done.experiment.rollout.holdback) == ("personal-entry", 0.1)
    with writing(ready) as session:
        draft(session, "second")
        launch.launch(session, SYSTEM, NOW, "second")
        launch.stop(session, APPROVER, NOW, "second")
        kept = requests.decide_or_ask(session, APPROVER, NOW, "second", Choice.KEEP_CONTROL, reason="No gain.")
        assert (kept.asked, kept.experiment.status) == (None, Status.DECIDED)


def test_the_setting_is_the_administrators_and_written_down(ready: Engine) -> None:
    with writing(ready) as session, pytest.raises(ForbiddenError):
        set_policy(session, APPROVER, NOW, Policy())
    with reading(ready) as session:
        line = audit.history(session, noun="setting")[0]
    assert (line.who, line.after, line.reason) == (ADMIN.name, {"launch": True, "ship": True}, "Four eyes.")


def test_the_yes_covers_how_it_is_shipped(ready: Engine) -> None:
    """Steps, what happens on harm and who keeps a variant are agreed to as asked; late steps keep their gaps."""
    steps = (Step(0.5, NOW + 7 * DAY), Step(1.0, NOW + 14 * DAY))
    wanted = RollOut("personal-entry", 0.1, 0.1, steps=steps, keep=False, on_harm=OnHarm.PAUSE, last_read_out=30)
    later = NOW + 20 * DAY
    with writing(ready) as session:
        launch.launch(session, SYSTEM, NOW, "tv-entry")
        launch.stop(session, APPROVER, NOW, "tv-entry")
        more = {"rollout": wanted, "reason": "The trial went well."}
        asked = requests.decide_or_ask(session, APPROVER, NOW, "tv-entry", Choice.SHIP, **more).asked  # type: ignore[arg-type]
        assert asked is not None
        other = replace(wanted, on_harm=OnHarm.ROLL_BACK)
        assert what_of(asked.rollout) == what_of(wanted) != what_of(other)
        requests.approve(session, OTHER, later, asked.id)
        shipped = experiments.by_key(session, "tv-entry").rollout
    assert shipped is not None
    assert (shipped.on_harm, shipped.keep_until, shipped.last_read_out) == (OnHarm.PAUSE, None, 30)
    assert [step.earliest for step in shipped.steps] == [later + DAY, later + 8 * DAY]
