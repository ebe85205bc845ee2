"""Rehearse, launch, pause, stop, put away, decide: what each does, and who may."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import Engine
from werkzeug.test import TestResponse

from experiments.domain.experiment import Status
from experiments.services import launch
from experiments.services.actor import SYSTEM
from experiments.services.clock import now_us
from experiments.services.decide import decisions_on
from experiments.services.experiments import by_key
from experiments.store.engines import reading, writing
from tests import stories

Says = Callable[[TestResponse], str]
SHIP = {"choice": "ship:entry", "holdback": "5", "reason": ""}


def status(engine: Engine, key: str) -> Status:
    with reading(engine) as session:
        return by_key(session, key).status


@pytest.fixture
def ready(engine: Engine) -> str:
    with writing(engine) as session:
        return stories.ready(session).key


def test_from_draft_to_stopped(as_role: Callable, engine: Engine, ready: str, says: Says) -> None:
    approver = as_role("approver")
    steps = [
        ("start-testing", Status.TESTING, "is in rehearsal"),
        ("back-to-draft", Status.DRAFT, "is a draft again"),
        ("launch", Status.RUNNING, "“Entry on the bill” runs. Its plan is frozen."),
        ("pause", Status.PAUSED, "is paused: everyone sees the control"),
        ("resume", Status.RUNNING, "runs again"),
        ("stop", Status.STOPPED, "is stopped: nobody new is enrolled"),
        ("archive", Status.ARCHIVED, "is put away"),
    ]
    for change, expected, words in steps:
        answer = approver.post(f"/experiments/{ready}/{change}", {"reason": f"because of {change}"})
        assert (answer.status_code, answer.location) == (302, f"/experiments/{ready}")
        assert status(engine, ready) is expected
        assert words in says(approver.get(answer.location))
    log = says(approver.get(f"/experiments/{ready}/log"))
    assert "because of stop" in log
    assert "status running stopped" in log


def test_a_launched_test_shows_its_snippet(as_role: Callable, ready: str, says: Says) -> None:
    approver = as_role("approver")
    assert "Launch this test?" in says(approver.get(f"/experiments/{ready}"))
    approver.post(f"/experiments/{ready}/launch")
    page = approver.get(f"/experiments/{ready}").text
    assert "netlift.variant(&#34;ready&#34;, visitor_id)" in page
    assert "Launch this test?" not in page


def test_an_incomplete_draft_is_not_launched(as_role: Callable, engine: Engine, says: Says) -> None:
    approver = as_role("approver")
    answer = approver.post("/experiments/draft/launch")
    assert status(engine, "draft") is Status.DRAFT
    assert "Not ready to launch: No guardrail protects the sales" in says(approver.get(answer.location))


def test_what_a_state_does_not_allow_is_said(as_role: Callable, engine: Engine, says: Says) -> None:
    approver = as_role("approver")
    answer = approver.post("/experiments/ship/pause")
    assert status(engine, "ship") is Status.STOPPED
    assert "from 'stopped' only archived, decided can follow." in says(approver.get(answer.location))


def test_unknown_changes_and_tests_are_not_found(as_role: Callable) -> None:
    approver = as_role("approver")
    assert approver.post("/experiments/ship/explode").status_code == 404
    assert approver.post("/experiments/nothing/stop").status_code == 404
    assert approver.post("/experiments/nothing/decide", SHIP).status_code == 404


@pytest.mark.parametrize(
    ("role", "key", "change"),
    [
        ("viewer", "testing", "back-to-draft"),
        ("viewer", "draft", "archive"),
        ("editor", "testing", "launch"),
        ("editor", "waiting", "pause"),
        ("editor", "waiting", "stop"),
        ("editor", "paused", "resume"),
        ("editor", "ship", "decide"),
    ],
)
def test_a_role_may_not_do_more_than_it_may(
    role: str, key: str, change: str, as_role: Callable, engine: Engine, says: Says
) -> None:
    before = status(engine, key)
    answer = as_role(role).post(f"/experiments/{key}/{change}", SHIP)
    assert answer.status_code == 403
    assert f"Your role is {role};" in says(answer)
    assert status(engine, key) is before


@pytest.mark.parametrize(
    ("role", "shown"),
    [("viewer", False), ("editor", False), ("approver", True), ("admin", True)],
)
def test_buttons_are_those_one_may_use(role: str, shown: bool, visit: Callable) -> None:
    person = visit(role)
    assert ('action="/experiments/ship/decide' in person.get("/experiments/ship").text) is shown
    assert ('action="/experiments/waiting/stop"' in person.get("/experiments/waiting").text) is shown
    assert ('action="/experiments/testing/launch"' in person.get("/experiments/testing").text) is shown


def test_shipping_follows_the_report_and_needs_no_reason(as_role: Callable, engine: Engine, says: Says) -> None:
    approver = as_role("approver")
    page = approver.get("/experiments/ship")
    assert 'value="ship:entry" checked' in page.text
    assert "Ship Personal entry What the report says" in says(page)
    answer = approver.post("/experiments/ship/decide", SHIP | {"holdback": "2.5"})
    assert answer.location == "/experiments/ship"
    with reading(engine) as session:
        test, (decided,) = by_key(session, "ship"), decisions_on(session, "ship")
    assert test.status is Status.DECIDED
    assert test.rollout is not None
    assert (test.rollout.variant, test.rollout.holdback, test.rollout.started_at) == ("entry", 0.025, decided.at)
    assert (decided.recommended, decided.decided, decided.who) == ("ship", "ship", "abel@example.org")
    shown = says(approver.get("/experiments/ship"))
    assert "Decided: the winner is rolled out." in shown
    assert "2.5% are held back" in shown


def test_counts_that_came_in_after_the_look_recommend_nothing_new(as_role: Callable, engine: Engine) -> None:
    gain = {"entry": {"cross-sell": 0.2, "up-sell": 0.05}}
    with writing(engine) as session:
        test = stories.running(session, "early", "Stopped early")
        stories.look(session, test, stories.units(0.75), gain, number=1)
        stopped = launch.stop(session, SYSTEM, now_us(), "early")
        stories.live(session, stopped, stories.units(0.8), gain, number=1)
    approver = as_role("approver")
    assert 'value="ship:entry" checked' in approver.get("/experiments/early").text
    assert approver.post("/experiments/early/decide", SHIP).status_code == 302
    with reading(engine) as session:
        (decided,) = decisions_on(session, "early")
    assert decided.recommended == "ship"


def test_keeping_the_control_against_the_report_needs_a_reason(as_role: Callable, engine: Engine) -> None:
    approver = as_role("approver")
    keep = {"choice": "keep_control", "holdback": "5"}
    refused = approver.post("/experiments/ship/decide", keep | {"reason": " "})
    assert refused.status_code == 422
    assert "Reason is empty, must be given: the report says “Ship it" in refused.text
    assert 'value="keep_control" checked' in refused.text
    assert approver.post("/experiments/ship/decide", keep | {"reason": "The shop closes."}).status_code == 302
    with reading(engine) as session:
        assert by_key(session, "ship").rollout is None


@pytest.mark.parametrize(
    ("changes", "field", "message"),
    [
        ({"choice": ""}, "choice", "The choice is empty"),
        ({"choice": "explode"}, "choice", "What happens now is 'explode', must be keep_control or ship:"),
        ({"choice": "ship:"}, "choice", "What happens now is empty, must be 1 to 64"),
        ({"choice": "ship:nothing"}, "choice", "What happens now is 'nothing', which is not a variant of this test"),
        ({"choice": "ship:control"}, "choice", "is the control; to keep it nothing is rolled out"),
        ({"holdback": "60"}, "holdback", "Holdback is 60%, must be at least 0% and at most 50%"),
        ({"holdback": ""}, "holdback", "Holdback is empty"),
        ({"holdback": "five"}, "holdback", "Holdback is 'five', must be a number"),
        ({"reason": "x" * 4001, "choice": "keep_control"}, "reason", "Reason has 4001 characters"),
    ],
)
def test_a_bad_decision_is_named_and_what_was_typed_stays(
    changes: dict[str, str], field: str, message: str, as_role: Callable, engine: Engine, says: Says
) -> None:
    typed = {**SHIP, "reason": "Typed with care.", **changes}
    refused = as_role("approver").post("/experiments/ship/decide", typed)
    assert refused.status_code == 422
    assert message in says(refused)
    assert f'id="error-{field}"' in refused.text
    assert typed["reason"] in refused.text
    assert status(engine, "ship") is Status.STOPPED


def test_only_one_of_two_decides(as_role: Callable, engine: Engine, says: Says) -> None:
    approver, admin = as_role("approver"), as_role("admin")
    approver.post("/experiments/ship/decide", SHIP)
    second = admin.post("/experiments/ship/decide", {**SHIP, "choice": "keep_control", "reason": "I differ."})
    assert second.location == "/experiments/ship"
    assert "from 'decided' only archived can follow." in says(admin.get("/experiments/ship"))
    with reading(engine) as session:
        assert by_key(session, "ship").rollout is not None
