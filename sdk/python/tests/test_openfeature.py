"""The OpenFeature provider with the real client of OpenFeature, against a small server that speaks OFREP."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Callable, Iterator
from typing import Any

import openfeature.api
import pytest
from openfeature.client import OpenFeatureClient
from openfeature.evaluation_context import EvaluationContext
from openfeature.flag_evaluation import ErrorCode
from openfeature.hook import Hook, HookContext
from openfeature.track import TrackingEventDetails

from netlift import Client, sign_identity
from netlift.openfeature import NetliftProvider

Make = Callable[..., Client]
BOTH = EvaluationContext("visitor-1", {"anonymousId": "visitor-1", "userId": "customer-7"})


def flag(**changes: Any) -> dict[str, Any]:
    metadata = {
        "experimentKey": "tv-entry",
        "phase": 2,
        "unit": "visitor",
        "experimentReason": "SPLIT",
        "contextId": "visitor-1",
        "version": "abc",
    }
    facts = {**metadata, **changes.pop("metadata", {})}
    return {"key": "tv-entry", "value": "entry", "variant": "entry", "reason": "SPLIT", "metadata": facts, **changes}


@pytest.fixture
def client(make_client: Make) -> Client:
    return make_client(key="sk_live_1", flush_interval=3600)


@pytest.fixture
def flags(client: Client) -> Iterator[OpenFeatureClient]:
    openfeature.api.set_provider(NetliftProvider(client))
    yield openfeature.api.get_client()
    openfeature.api.shutdown()
    openfeature.api.clear_providers()


def answer(server: Any, *answers: Any) -> None:
    for each in answers:
        made = isinstance(each, dict)
        server.flag_replies.append((200, {}, json.dumps(each).encode()) if made else each)


def exposures(server: Any, client: Client) -> list[dict[str, Any]]:
    assert client.flush(10)
    found: list[dict[str, Any]] = server.named("Experiment Viewed")
    return found


def test_a_split_is_an_exposure_with_all_that_its_analysis_needs(
    server: Any, client: Client, flags: OpenFeatureClient
) -> None:
    answer(server, flag())
    details = flags.get_string_details("tv-entry", "none", BOTH)
    assert (details.value, details.variant, details.error_code) == ("entry", "entry", None)
    assert len(server.to("POST")) == 1  # nothing was sent while the caller waited
    (event,) = exposures(server, client)
    assert (event["anonymousId"], event["userId"]) == ("visitor-1", "customer-7")
    assert event["properties"] == {
        "experiment_id": "tv-entry",
        "variation_id": "entry",
        "phase": 2,
        "config_version": "abc",
        "reason": "SPLIT",
        "unit": "visitor",
    }
    request = server.to("POST")[0]
    assert request["path"] == "/ofrep/v1/evaluate/flags/tv-entry"
    assert request["headers"]["authorization"] == "Bearer sk_live_1"


def test_an_exposure_is_logged_once_per_unit_variant_and_phase(
    server: Any, client: Client, flags: OpenFeatureClient
) -> None:
    answers = [flag(), flag(), flag(metadata={"phase": 3}), flag(variant="control"), flag(metadata={"contextId": "v2"})]
    for each in [*answers, *answers]:
        answer(server, each)
        flags.get_string_value("tv-entry", "none", BOTH)
    assert len(exposures(server, client)) == 4


def test_the_experiment_says_which_id_is_the_unit(server: Any, client: Client, flags: OpenFeatureClient) -> None:
    answer(server, flag(metadata={"unit": "customer", "contextId": "customer-7", "experimentReason": "HOLDOUT"}))
    flags.get_string_value("tv-entry", "none", EvaluationContext("customer-7"))
    (event,) = exposures(server, client)
    assert (event["userId"], "anonymousId" in event) == ("customer-7", False)
    assert (event["properties"]["unit"], event["properties"]["reason"]) == ("customer", "HOLDOUT")


def test_the_exposure_of_an_agent_names_the_agent_and_nobody_else(
    server: Any, client: Client, flags: OpenFeatureClient
) -> None:
    answer(server, flag(metadata={"unit": "agent", "contextId": "agent-7"}))
    flags.get_string_value("tv-entry", "none", EvaluationContext("agent-7", {"userId": "customer-7"}))
    (event,) = exposures(server, client)
    assert {"anonymousId", "userId"} & event.keys() == set()
    assert (event["properties"]["unit"], event["properties"]["agent_id"]) == ("agent", "agent-7")


def test_a_suppressed_display_says_so_and_a_signature_goes_along(
    server: Any, client: Client, flags: OpenFeatureClient
) -> None:
    signed = sign_identity("secret", "customer-7")
    answer(server, flag(metadata={"suppressed": True}))
    given = {"userId": "customer-7", "identityExpiry": signed["expiry"], "identitySignature": signed["signature"]}
    flags.get_string_value("tv-entry", "none", EvaluationContext("visitor-1", given))
    (event,) = exposures(server, client)
    assert event["properties"]["suppressed"] is True
    assert event["context"]["identity"] == signed


@pytest.mark.parametrize("reason", ["STATIC", "TARGETING_MATCH", "DISABLED", "UNKNOWN"])
def test_no_other_reason_is_an_exposure(reason: str, server: Any, client: Client, flags: OpenFeatureClient) -> None:
    answer(server, flag(reason=reason))
    assert flags.get_string_value("tv-entry", "none", BOTH) == "entry"
    assert exposures(server, client) == []


def test_the_default_in_the_code_is_still_an_exposure_of_its_variant(
    server: Any, client: Client, flags: OpenFeatureClient
) -> None:
    told = flag(variant="control")
    del told["value"]
    answer(server, told)
    assert flags.get_string_value("tv-entry", "mine", BOTH) == "mine"
    assert exposures(server, client)[0]["properties"]["variation_id"] == "control"


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        ((404, {}, b'{"errorCode": "FLAG_NOT_FOUND", "errorDetails": "no"}'), ErrorCode.FLAG_NOT_FOUND),
        ((500, {}, b"oops"), ErrorCode.GENERAL),
        ((200, {}, b"<html>"), ErrorCode.PARSE_ERROR),
        ("hang up", ErrorCode.GENERAL),
        ((401, {}, b""), ErrorCode.GENERAL),
    ],
)
def test_a_failure_gives_the_default_and_no_exposure(
    reply: Any, code: ErrorCode, server: Any, client: Client, flags: OpenFeatureClient
) -> None:
    # requests asks a second time where a fresh connection is hung up at once.
    answer(server, *[reply] * 2)
    details = flags.get_string_details("tv-entry", "none", BOTH)
    assert (details.value, details.error_code) == ("none", code)
    assert exposures(server, client) == []


@pytest.mark.parametrize("broken", [{"phase": None}, {"contextId": "\ud800"}, {"contextId": " "}])
def test_facts_that_make_no_exposure_leave_the_answer_as_it_is(
    broken: dict[str, Any], server: Any, client: Client, flags: OpenFeatureClient, caplog: pytest.LogCaptureFixture
) -> None:
    told = flag(metadata=broken)
    told["metadata"] = {name: value for name, value in told["metadata"].items() if value is not None}
    answer(server, told, told)
    for _ in range(2):
        details = flags.get_string_details("tv-entry", "none", BOTH)
        assert (details.value, details.error_code) == ("entry", None)
    assert exposures(server, client) == []
    assert len([entry for entry in caplog.records if "was not logged" in entry.getMessage()]) == 1


def test_a_hanging_server_costs_no_more_than_the_timeout_of_the_client(server: Any, make_client: Make) -> None:
    server.flag_replies.append("hang")
    openfeature.api.set_provider(NetliftProvider(make_client(timeout=0.2)), "hanging")
    assert openfeature.api.get_client("hanging").get_string_value("tv-entry", "none", BOTH) == "none"
    assert not server.released.is_set()
    server.released.set()
    openfeature.api.clear_providers()


def test_an_event_loop_goes_on_while_the_server_thinks(server: Any, make_client: Make) -> None:
    server.flag_replies.append("hang")
    openfeature.api.set_provider(NetliftProvider(make_client(timeout=0.4)), "waiting")
    flags = openfeature.api.get_client("waiting")

    async def asked() -> tuple[int, str]:
        turns, answer = 0, asyncio.ensure_future(flags.get_string_value_async("tv-entry", "none", BOTH))
        while not answer.done():
            await asyncio.sleep(0)
            turns += 1
        return turns, await answer

    turns, answer = asyncio.run(asked())
    server.released.set()
    openfeature.api.clear_providers()
    assert (turns > 10, answer) == (True, "none")


def test_events_are_tracked_for_whoever_the_context_names(
    server: Any, client: Client, flags: OpenFeatureClient
) -> None:
    flags.track("Opened", BOTH, TrackingEventDetails(12.5, {"product": "tv"}))
    flags.track("Alone", EvaluationContext("visitor-2"))
    flags.track("Customer", EvaluationContext("customer-7", {"userId": "customer-7"}))
    assert client.flush(10)
    ids = {event["event"]: (event.get("anonymousId"), event.get("userId")) for event in server.accepted}
    assert ids == {
        "Opened": ("visitor-1", "customer-7"),
        "Alone": ("visitor-2", None),
        "Customer": (None, "customer-7"),
    }
    assert server.named("Opened")[0]["properties"] == {"product": "tv", "value": 12.5}


def test_tracking_for_nobody_is_refused_without_an_exception(
    client: Client, flags: OpenFeatureClient, caplog: pytest.LogCaptureFixture
) -> None:
    flags.track("Nobody")
    flags.track("Odd", EvaluationContext(None, {"userId": 5}))
    assert client.stats()["refused"] == 2


def test_other_hooks_go_on(server: Any, flags: OpenFeatureClient) -> None:
    class Counting(Hook):
        seen = 0

        def after(self, hook_context: HookContext, details: Any, hints: Any) -> None:
            Counting.seen += 1

    flags.add_hooks([Counting()])
    answer(server, flag())
    flags.get_string_value("tv-entry", "none", BOTH)
    assert Counting.seen == 1


def test_shutting_down_sends_what_waits(server: Any, client: Client, flags: OpenFeatureClient) -> None:
    answer(server, flag())
    flags.get_string_value("tv-entry", "none", BOTH)
    openfeature.api.shutdown()
    assert len(server.named("Experiment Viewed")) == 1


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_fork_uses_connections_of_its_own(client: Client) -> None:
    provider = NetliftProvider(client)
    before = provider.session
    child = os.fork()
    if child == 0:
        os._exit(0 if provider.session is not before else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert provider.session is before
    provider.shutdown()
