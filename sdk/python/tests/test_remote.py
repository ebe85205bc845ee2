"""Remote evaluation against a small server that answers by the contract."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from netlift import Client, sign_identity

Make = Callable[..., Client]
Experiment = Callable[..., dict[str, Any]]

IDS = {"anonymous_id": "visitor-1", "user_id": "customer-7"}


@pytest.fixture
def remote(server: Any, make_experiment: Experiment) -> Any:
    """One experiment of visitors and one of customers that the server must decide, and one that it need not."""
    server.publish(
        make_experiment("private", remote=True),
        make_experiment("customers", remote=True, unit="customer"),
        make_experiment("open"),
    )
    server.private = {"customer-7": {"holdings": ["mobile-s"]}, "customer-8": {"holdings": ["tv-m"]}}
    return server


def exposures(server: Any) -> dict[str, dict[str, Any]]:
    return {event["properties"]["experiment_id"]: event for event in server.named("Experiment Viewed")}


def test_the_private_facts_of_a_customer_decide(remote: Any, make_client: Make) -> None:
    client = make_client(key="sk_live_1")
    visit = client.remote(**IDS, attributes={"channel": "web"})
    results = {key: visit.decide(key) for key in ("private", "customers", "open")}
    assert {result.reason for result in results.values()} == {"SPLIT"}
    assert remote.questions == [
        {
            "anonymousId": "visitor-1",
            "userId": "customer-7",
            "attributes": {"channel": "web"},
            "channel": "web",
        }
    ]
    (request,) = [request for request in remote.to("POST") if "evaluate" in request["path"]]
    assert request["path"] == "/v1/evaluate/server"
    assert request["headers"]["authorization"] == "Bearer sk_live_1"
    assert client.flush(10)
    seen = exposures(remote)
    assert {key: event["properties"]["variation_id"] for key, event in seen.items()} == {
        key: result.variant for key, result in results.items()
    }
    assert seen["customers"]["userId"] == "customer-7"
    assert seen["private"]["anonymousId"] == "visitor-1"
    assert "suppressed" not in seen["private"]["properties"]
    assert client.stats()["evaluations"] == {key: {"SPLIT": 1} for key in results}


def test_another_customer_is_excluded_by_the_same_facts(remote: Any, make_client: Make) -> None:
    client = make_client(key="sk_live_1")
    visit = client.remote(anonymous_id="visitor-1", user_id="customer-8")
    assert (visit.variant("private"), visit.decide("private").reason) == ("control", "AUDIENCE")
    assert client.flush(10)
    assert exposures(remote) == {}
    assert client.stats()["evaluations"] == {"private": {"AUDIENCE": 2}}


def test_a_client_key_needs_the_shops_signature(remote: Any, make_client: Make) -> None:
    client = make_client(key="pk_live_1")
    bare = client.remote(**IDS)
    assert (bare.variant("private"), bare.decide("private").reason) == ("control", "REMOTE")
    forged = client.remote(**IDS, identity={**sign_identity(remote.secret, "customer-8")})
    assert forged.decide("private").reason == "REMOTE"
    signed = sign_identity(remote.secret, "customer-7")
    assert client.remote(**IDS, identity=signed).decide("private").reason == "SPLIT"
    assert [request["path"] for request in remote.to("POST")] == ["/v1/evaluate/pk_live_1"] * 3
    client.identify("customer-7", anonymous_id="visitor-1", identity=signed)
    assert client.flush(10)
    assert exposures(remote)["private"]["context"]["identity"] == signed
    (identified,) = [event for event in remote.accepted if event["type"] == "identify"]
    assert identified["context"]["identity"] == signed


@pytest.mark.parametrize("identity", ["signature", {"expiry": "soon", "signature": "x"}, {"expiry": 5}])
def test_an_identity_that_is_none_is_refused(identity: Any, remote: Any, make_client: Make, caplog: Any) -> None:
    client = make_client(key="pk_live_1")
    client.identify("customer-7", identity=identity)
    assert client.stats()["refused"] == 1
    assert "identity is not what sign_identity makes" in caplog.text
    assert client.remote(**IDS, identity=identity).variant("private") == "control"


def test_a_suppressed_offer_shows_the_control_and_says_what_the_unit_has(remote: Any, make_client: Make) -> None:
    remote.suppressed = {"customer-7"}
    client = make_client(key="sk_live_1")
    assigned = set()
    for number in range(12):
        visit = client.remote(anonymous_id=f"visitor-{number}", user_id="customer-7")
        result = visit.decide("private")
        assert (result.variant, result.payload, result.suppressed) == ("control", None, True)
        assigned.add(result.assigned)
    assert assigned == {"control", "personal-entry"}
    assert client.flush(10)
    seen = remote.named("Experiment Viewed")
    assert {event["properties"]["variation_id"] for event in seen} == assigned
    assert len(seen) == 12
    assert all(event["properties"]["suppressed"] is True for event in seen)


def test_a_suppression_that_ends_is_seen_once_more(remote: Any, make_client: Make) -> None:
    client = make_client(key="sk_live_1")
    assigned = set()
    for suppressed in ({"customer-7"}, set(), set()):
        remote.suppressed = suppressed
        for number in range(6):
            visit = client.remote(anonymous_id=f"visitor-{number}", user_id="customer-7")
            assigned.add(visit.decide("private").variant)
    assert client.flush(10)
    assert assigned == {"control", "personal-entry"}  # in both arms
    seen = [event["properties"].get("suppressed") for event in remote.named("Experiment Viewed")]
    assert seen == [True] * 6 + [None] * 6


def test_the_server_is_asked_only_where_it_must_be(remote: Any, make_client: Make) -> None:
    client = make_client(key="sk_live_1")
    assert client.remote(**IDS, experiments=["open"]).decide("open").reason == "SPLIT"
    assert client.remote(**IDS, consent=False).decide("private").reason == "NO_CONSENT"
    assert client.remote().decide("private").reason == "NO_UNIT"
    assert remote.questions == []
    visit = client.remote(**IDS, experiments=["customers", "open"])
    assert visit.decide("customers").reason == "SPLIT"
    assert visit.decide("private").reason == "REMOTE"
    assert [question["experiments"] for question in remote.questions] == [["customers", "open"]]


def test_nothing_is_asked_where_no_experiment_is_remote(server: Any, make_client: Make) -> None:
    client = make_client()
    assert client.remote(**IDS).decide("tv-entry").reason == "SPLIT"
    assert server.questions == []


def test_nothing_is_asked_for_a_test_that_is_over(server: Any, make_client: Make, make_experiment: Any) -> None:
    server.publish(make_experiment(status="stopped", remote=True))
    assert make_client().remote(**IDS).decide("tv-entry").reason == "NOT_RUNNING"
    assert server.questions == []


def test_before_the_first_config_nobody_is_asked(server: Any, make_client: Make) -> None:
    server.config_replies.append("hang")
    client = make_client(ready=False)
    assert client.remote(**IDS).decide("tv-entry").reason == "NO_CONFIG"
    assert server.questions == []


def test_reading_twice_logs_once_and_a_peek_logs_nothing(remote: Any, make_client: Make) -> None:
    client = make_client(key="sk_live_1")
    visit = client.remote(**IDS)
    visit.peek("private")
    assert client.stats()["evaluations"] == {}
    visit.variant("private")
    visit.payload("private")
    client.remote(**IDS).variant("private")
    assert client.flush(10)
    assert len(remote.named("Experiment Viewed")) == 1


def test_a_forced_variant_wins_and_is_no_exposure(remote: Any, make_client: Make) -> None:
    client = make_client(key="sk_live_1", forced={"private": "personal-entry"})
    visit = client.remote(**IDS)
    assert visit.decide("private").reason == "FORCED"
    assert visit.decide("customers", forced="personal-entry").variant == "personal-entry"
    assert client.flush(10)
    assert exposures(remote) == {}


BROKEN: list[Any] = [
    500,
    404,
    401,
    "hang up",
    (200, {}, b""),
    (200, {}, b"<html>"),
    (200, {}, b"[" * 99_999),
    (200, {}, b'{"v": 1, "version": "x", "experiments": []}'),
    (200, {"Content-Length": "500"}, b'{"v": 1, "ver'),
]


@pytest.mark.parametrize("reply", BROKEN)
def test_a_broken_answer_shows_the_control_and_is_no_exposure(
    reply: Any, remote: Any, make_client: Make, caplog: pytest.LogCaptureFixture
) -> None:
    # A connection that is hung up while it is new is no stale one: it is not asked twice.
    remote.evaluate_replies.append(reply)
    client = make_client(key="sk_live_1")
    visit = client.remote(**IDS)
    assert (visit.variant("private"), visit.peek("private").reason) == ("control", "REMOTE")
    assert visit.variant("open") in ("control", "personal-entry")
    assert client.flush(10)
    assert set(exposures(remote)) == {"open"}
    assert client.stats()["evaluations"] == {"private": {"REMOTE": 1}, "open": {"SPLIT": 1}}
    assert len(caplog.records) == 1
    assert client.remote(**IDS).decide("private").reason == "SPLIT"


@pytest.mark.parametrize(
    ("field", "value"),
    [("variant", ""), ("reason", "LUCK"), ("phase", -1), ("exposure", "yes"), ("assigned", 1)],
)
def test_one_answer_that_cannot_be_read_takes_no_neighbour_down(
    field: str, value: Any, remote: Any, make_client: Make, caplog: pytest.LogCaptureFixture
) -> None:
    good = {"phase": 1, "variant": "control", "payload": None, "reason": "SPLIT", "exposure": True}
    answer = {"v": 1, "version": "x", "experiments": {"private": {**good, field: value}, "customers": good}}
    remote.evaluate_replies.append((200, {}, json.dumps(answer).encode()))
    visit = make_client(key="sk_live_1").remote(**IDS)
    assert (visit.peek("private").reason, visit.peek("customers").reason) == ("REMOTE", "SPLIT")
    assert f"private: {field} ==" in caplog.text


def test_an_answer_of_a_newer_phase_is_the_newest_truth(remote: Any, make_client: Make) -> None:
    newer = {"phase": 2, "variant": "added-since", "payload": {"label": "Yours"}, "reason": "SPLIT", "exposure": True}
    answer = {"v": 1, "version": "later", "experiments": {"private": newer}}
    remote.evaluate_replies.append((200, {}, json.dumps(answer).encode()))
    client = make_client(key="sk_live_1")
    assert client.remote(**IDS).variant("private") == "added-since"
    assert client.flush(10)
    properties = exposures(remote)["private"]["properties"]
    assert (properties["phase"], properties["variation_id"], properties["config_version"]) == (
        2,
        "added-since",
        "later",
    )


def test_no_page_waits_longer_than_the_timeout(remote: Any, make_client: Make) -> None:
    remote.evaluate_replies.append("hang")
    client = make_client(key="sk_live_1", timeout=0.2)
    started = time.monotonic()
    visit = client.remote(**IDS)
    assert time.monotonic() - started < 2  # far from the ten seconds of the hanging answer
    assert visit.variant("private") == "control"
    assert client.stats()["remote_failures"] == 1


def test_a_server_that_drips_cannot_stretch_the_timeout(remote: Any, make_client: Make) -> None:
    """Each byte starts a socket's timeout anew, so only a clock of our own bounds the wait."""

    def drip() -> Iterator[bytes]:
        while not remote.released.wait(0.02):
            yield b" "

    remote.evaluate_replies.append((200, {"Content-Length": "100000"}, drip()))
    client = make_client(key="sk_live_1", timeout=0.2)
    started = time.monotonic()
    assert client.remote(**IDS).variant("private") == "control"
    assert time.monotonic() - started < 2


def test_a_failing_server_is_left_alone_for_a_while(remote: Any, make_client: Make) -> None:
    remote.evaluate_replies.extend([500] * 3)
    client = make_client(key="sk_live_1", retry_interval=60)
    for _ in range(10):
        assert client.remote(**IDS).variant("private") == "control"
    assert len(remote.questions) == 3


def test_a_server_that_asks_for_time_gets_it(remote: Any, make_client: Make) -> None:
    remote.evaluate_replies.append((429, {"Retry-After": "60"}, b""))
    client = make_client(key="sk_live_1")
    for _ in range(5):
        client.remote(**IDS)
    assert len(remote.questions) == 1


def test_a_bad_question_does_not_stop_the_good_ones(remote: Any, make_client: Make) -> None:
    remote.evaluate_replies.extend([400] * 5)
    client = make_client(key="sk_live_1", retry_interval=60)
    for _ in range(5):
        client.remote(**IDS)
    assert client.remote(**IDS).decide("private").reason == "SPLIT"


def test_many_threads_ask_at_once(remote: Any, make_client: Make) -> None:
    client = make_client(key="sk_live_1", timeout=20)
    with ThreadPoolExecutor(12) as threads:
        visits = list(threads.map(lambda n: client.remote(anonymous_id=f"v-{n}", user_id="customer-7"), range(120)))
    assert {visit.peek("private").reason for visit in visits} == {"SPLIT"}
    assert client.stats()["remote_failures"] == 0
    assert len({request["peer"] for request in remote.to("POST")}) <= 16


@pytest.mark.parametrize(
    "odd", [{"attributes": {"x": float("nan")}}, {"attributes": 5}, {"experiments": 7}, {"experiments": [7]}]
)
def test_odd_arguments_raise_nothing(odd: Any, remote: Any, make_client: Make) -> None:
    client = make_client(key="sk_live_1")
    assert client.remote(**{**IDS, **odd}).variant("private") == "control"
    assert remote.questions == []


def test_a_closed_client_asks_nobody(remote: Any, make_client: Make) -> None:
    client = make_client(key="sk_live_1")
    client.remote(**IDS)
    client.close(10)
    assert client.remote(**IDS).decide("private").reason == "REMOTE"
    assert len(remote.questions) == 1
