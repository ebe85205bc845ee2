"""The management API for tests: from draft to roll-out with a key, as a shop's pipeline would."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from experiments.domain.environment import Environment
from experiments.services import describe, experiments
from experiments.services.sessions import reading, writing
from experiments.store.catalogue import snapshots
from tests.apps import Caller, key_for, make_app
from tests.scenes import NOW, document, draft, running, seed

HALF = {"key": "tv-pages", "start": 0.0, "end": 0.5}


@pytest.fixture
def call(engine: Engine, tmp_path: Path) -> Caller:
    with writing(engine) as session:
        seed(session)
    return Caller(make_app(engine, tmp_path).test_client(), key_for(engine))


def refusal(answer: Any) -> tuple[int, str, str | None]:
    """(status, code, field) of an error in the one shape."""
    body = answer.json
    assert set(body) == {"ok", "error", "message", "field", "value", "bound", "status"}
    assert body["ok"] is False
    assert body["status"] == answer.status_code
    return answer.status_code, body["error"], body["field"]


def test_a_test_from_draft_to_roll_out(call: Caller, engine: Engine) -> None:
    made = call.post("/experiments", document(enrolment=0.5, layer=HALF))
    assert (made.status_code, made.headers["Location"]) == (201, "/api/v1/experiments/tv-entry")
    shown = made.json
    changed = call.put("/experiments/tv-entry", shown | {"name": "New name"})
    assert (changed.status_code, changed.json["name"], changed.json["revision"]) == (200, "New name", 2)
    for action, status in (
        ("start-testing", "testing"),
        ("back-to-draft", "draft"),
        ("launch", "running"),
        ("pause", "paused"),
        ("resume", "running"),
    ):
        answer = call.post(f"/experiments/tv-entry/{action}", {"reason": "As planned."})
        assert (answer.status_code, answer.json["status"]) == (200, status)
    assert call.post("/experiments/tv-entry/enrolment", {"share": 0.8}).json["enrolment"] == 0.8
    weights = [variant | {"weight": weight} for variant, weight in zip(shown["variants"], (0.2, 0.8), strict=True)]
    phase = call.post("/experiments/tv-entry/phases", {"variants": weights, "reason": "Ramp."})
    assert (phase.json["phase"], [each["weight"] for each in phase.json["variants"]]) == (2, [0.2, 0.8])
    assert call.post("/experiments/tv-entry/stop").json["status"] == "stopped"
    choice = {"choice": "ship", "rollout": {"variant": "personal-entry", "share": 0.5}, "reason": "We believe it."}
    decided = call.post("/experiments/tv-entry/decide", choice)
    assert (decided.json["status"], decided.json["rollout"]["holdback"]) == ("decided", 0.05)
    grown = call.post("/experiments/tv-entry/roll-out", {"share": 1, "holdback": 0.05})
    assert grown.json["rollout"]["share"] == 1
    assert call.post("/experiments/tv-entry/end-roll-out").json["rollout"] is None
    assert call.post("/experiments/tv-entry/archive").json["status"] == "archived"
    history = call.get("/experiments/tv-entry/history").json["items"]
    assert [deed["action"] for deed in history][::-1][:4] == ["create", "change", "start_testing", "back_to_draft"]
    assert {deed["who"] for deed in history} == {"key:Office"}
    with reading(engine) as session:
        assert call.get("/experiments/tv-entry").json == describe.experiment(experiments.by_key(session, "tv-entry"))


def test_the_answer_leaves_nothing_out(call: Caller, engine: Engine) -> None:
    audience = {
        "description": "Basic plans",
        "rules": [{"attribute": "plan", "op": "in", "values": ["basic", 1, True]}],
        "policy": {"not_with_open_issue": True, "most_offers_in_30_days": 4},
    }
    with writing(engine) as session:
        experiment = running(session, audience=audience, layer=HALF, owner="ann@example.org")
    assert call.get("/experiments/tv-entry").json == describe.experiment(experiment)
    assert call.get("/experiments").json == {"items": [describe.experiment(experiment)], "next": None}


def test_tests_are_listed_by_state(call: Caller, engine: Engine) -> None:
    with writing(engine) as session:
        draft(session, "one")
        running(session, "two")
    listed = {
        query: {item["key"] for item in call.get(f"/experiments{query}").json["items"]}
        for query in ("", "?status=running", "?status=running&status=draft", "?status=paused")
    }
    assert list(listed.values()) == [{"one", "two"}, {"two"}, {"one", "two"}, set()]
    assert refusal(call.get("/experiments?status=going")) == (422, "unknown_choice", "status")


def test_a_clone(call: Caller) -> None:
    call.post("/experiments", document())
    made = call.post("/experiments/tv-entry/clone", {"key": "tv-entry-2", "name": "Again"})
    assert (made.status_code, made.json["key"], made.json["name"]) == (201, "tv-entry-2", "Again")
    assert refusal(call.post("/experiments/tv-entry/clone", {"key": "tv-entry-2"}))[:2] == (409, "exists")


@pytest.mark.parametrize(
    ("path", "body", "expected"),
    [
        ("", document() | {"hypotesis": "x"}, (422, "unknown_field", "hypotesis")),
        ("", document(variants=[{"key": "a", "weight": 2}, {"key": "b"}]), (422, "out_of_range", "variants.0.weight")),
        ("", document(metrics=[{"metric": "x", "role": "goal"}]), (422, "unknown_choice", "metrics.0.metric")),
        ("", document(name="a\x00b"), (422, "bad_text", "name")),
        ("", document(name="\ud800"), (422, "bad_text", "name")),
        ("", [], (422, "bad_type", None)),
        ("", document("taken"), (409, "exists", "experiment.key")),
        ("/absent/launch", {}, (404, "not_found", "experiment")),
        ("/%00/launch", {}, (404, "not_found", "experiment")),
        ("/taken/launch", {"revision": 9}, (409, "stale", "revision")),
        ("/taken/launch", {"revision": "1"}, (422, "bad_type", "revision")),
        ("/taken/launch", {"reson": "x"}, (422, "unknown_field", "reson")),
        ("/taken/stop", {}, (409, "bad_transition", "status")),
        ("/taken/enrolment", {}, (422, "required", "share")),
        ("/taken/decide", {"choice": "maybe"}, (422, "unknown_choice", "choice")),
        (
            "/taken/decide",
            {"choice": "ship", "rollout": {"variant": "b", "shar": 1}},
            (422, "unknown_field", "rollout.shar"),
        ),
        ("/taken/phases", {"variants": [{"key": "a"}]}, (409, "bad_transition", "status")),
        ("/taken/phases", {"layer": {"key": "tv", "start": 1, "end": 0}}, (422, "out_of_range", "layer.end")),
        ("/taken/roll-out", {"share": 1, "holdback": 0}, (409, "bad_transition", None)),
        ("/taken/clone", {}, (422, "required", "key")),
    ],
)
def test_a_refusal_names_its_field(call: Caller, path: str, body: Any, expected: tuple[int, str, str | None]) -> None:
    call.post("/experiments", document("taken"))
    assert refusal(call.post(f"/experiments{path}", body)) == expected


def test_two_editors_do_not_overwrite_each_other(call: Caller) -> None:
    shown = call.post("/experiments", document()).json
    assert call.put("/experiments/tv-entry", shown | {"name": "One"}).status_code == 200
    assert refusal(call.put("/experiments/tv-entry", shown | {"name": "Two"})) == (409, "stale", "revision")
    assert refusal(call.put("/experiments/tv-entry", document())) == (428, "precondition_required", "If-Match")
    assert call.get("/experiments/tv-entry").json["name"] == "One"


def test_what_is_no_json_is_refused(call: Caller, engine: Engine, tmp_path: Path) -> None:
    client = make_app(engine, tmp_path).test_client()
    headers = {"Authorization": f"Bearer {key_for(engine)}"}
    for data, content_type, status in (
        (b"{", "application/json", 400),
        (b"[" * 200_000, "application/json", 400),
        (b"\xff", "application/json", 400),
        (b"key=a", "application/x-www-form-urlencoded", 415),
        (b"", "application/json", 400),
    ):
        answer = client.post("/api/v1/experiments", data=data, content_type=content_type, headers=headers)
        assert refusal(answer)[0] == status


def test_a_test_key_rehearses_and_never_launches(engine: Engine, tmp_path: Path) -> None:
    with writing(engine) as session:
        seed(session)
    rehearsal = Caller(make_app(engine, tmp_path).test_client(), key_for(engine, environment=Environment.TEST))
    assert rehearsal.post("/experiments", document()).status_code == 201
    assert rehearsal.post("/experiments/tv-entry/start-testing").status_code == 200
    assert refusal(rehearsal.post("/experiments/tv-entry/launch")) == (403, "forbidden", None)


def test_a_report_that_is_not_there_is_not_found(call: Caller, engine: Engine) -> None:
    with writing(engine) as session:
        running(session)
    assert refusal(call.get("/experiments/tv-entry/report")) == (404, "not_found", "report")
    assert refusal(call.get("/experiments/absent/report")) == (404, "not_found", "experiment")
    for phase in ("0", "x", "-1", "9" * 30, "\u0661"):
        assert refusal(call.get(f"/experiments/tv-entry/report?phase={phase}")) == (422, "out_of_range", "phase")


def test_the_newest_report_is_shown_as_it_was_computed(call: Caller, engine: Engine) -> None:
    from experiments.services.analyse import report_for

    with writing(engine) as session:
        running(session)
        report = report_for(session, "tv-entry", now=NOW + 1).to_dict()
        snapshots.save_live(session, "tv-entry", 1, report, NOW + 1)
    answer = call.get("/experiments/tv-entry/report")
    assert (answer.status_code, answer.json) == (200, report)
    assert call.get("/experiments/tv-entry/report?phase=1").json == report
    assert refusal(call.get("/experiments/tv-entry/report?phase=2")) == (404, "not_found", "report")


def test_tests_are_found_by_their_journey(call: Caller) -> None:
    for key, page in (("tv-pages", "/tv/*"), ("mobile", "/mobile/*")):
        steps = [{"key": "start", "name": "Start", "match": "path", "pattern": page}]
        made = call.put(f"/journeys/{key}", {"name": key, "steps": steps})
        assert made.status_code in (200, 201), made.json
    call.post("/experiments", document(key="by-layer", enrolment=0.5, layer=HALF))
    links = [variant | {"payload": {"href": "/mobile/offer"}} for variant in document()["variants"]]
    call.post("/experiments", document(key="by-page", variants=links))
    call.post("/experiments", document(key="nowhere"))

    def found(asked: str) -> set[str]:
        return {test["key"] for test in call.get(f"/experiments?{asked}").json["items"]}  # type: ignore[index]

    assert found("journey=tv-pages") == {"by-layer"}
    assert found("journey=mobile&status=draft") == {"by-page"}
    assert found("journey=mobile&journey=tv-pages") == {"by-layer", "by-page"}
    assert found("journey=none") == set()
    assert "nowhere" in found("")
