from __future__ import annotations

import json
import logging
from collections.abc import Callable
from typing import Any

import pytest

from netlift import Client
from netlift.notices import Notices
from netlift.options import Options
from netlift.source import ConfigSource

Until = Callable[[Callable[[], object]], None]
Make = Callable[..., Client]


def test_the_config_is_fetched_with_the_key_and_decides(server: Any, make_client: Make) -> None:
    client = make_client(key="srv/key a")
    assert client.decide("tv-entry", "visitor-1").reason == "SPLIT"
    assert server.to("GET")[0]["path"] == "/v1/config/srv%2Fkey%20a"
    assert client.stats()["ready"] is True


def test_a_host_may_carry_a_path_prefix(server: Any, make_client: Make) -> None:
    make_client(host=f"{server.address}/netlift/")
    assert server.to("GET")[0]["path"] == "/netlift/v1/config/srv_key"


def test_an_unchanged_config_is_asked_for_by_its_etag_and_kept(server: Any, make_client: Make) -> None:
    client = make_client(poll_interval=0.02)
    config = client._runtime.source.config
    server.wait(lambda: len(server.to("GET")) >= 4)
    first, *later = server.to("GET")
    assert "if-none-match" not in first["headers"]
    assert {request["headers"]["if-none-match"] for request in later} == {server.etag}
    assert client._runtime.source.config is config
    assert client.stats()["config_failures"] == 0


def test_a_new_config_is_taken_up(
    server: Any, make_client: Make, make_experiment: Callable[..., Any], until: Until
) -> None:
    client = make_client(poll_interval=0.02)
    old = server.etag
    version = server.publish(make_experiment(status="stopped"))
    until(lambda: client.stats()["config_version"] == version)
    assert client.decide("tv-entry", "visitor-1").reason == "NOT_RUNNING"
    server.wait(lambda: server.to("GET")[-1]["headers"].get("if-none-match") == server.etag)
    assert old in [request["headers"].get("if-none-match") for request in server.to("GET")]


def test_every_answer_of_the_server_confirms_the_config(server: Any, make_client: Make, until: Until) -> None:
    client = make_client(poll_interval=0.02)
    until(lambda: client.stats()["config_age"] is not None)
    first = client._runtime.source.confirmed
    until(lambda: client._runtime.source.confirmed != first)
    assert client.stats()["config_age"] >= 0
    assert server.to("GET")[1]["headers"]["if-none-match"] == server.etag


def test_before_the_config_the_default_is_shown_and_nothing_is_an_exposure(server: Any, make_client: Make) -> None:
    server.config_replies.extend(["hang"])
    client = make_client(ready=False)
    assert client.wait_ready(0.01) is False
    assert client.variant("tv-entry", "visitor-1", default="mine") == "mine"
    assert client.decide("tv-entry", "visitor-1").reason == "NO_CONFIG"
    assert client.flush()
    assert server.to("POST") == []
    assert client.stats()["evaluations"] == {"tv-entry": {"NO_CONFIG": 2}}


def test_a_slow_server_delays_no_caller(server: Any, make_client: Make) -> None:
    server.config_replies.append("hang")
    client = make_client(ready=False, timeout=60)
    server.wait_held()
    assert [client.variant("tv-entry", f"visitor-{number}") for number in range(100)] == ["control"] * 100
    assert client.stats()["ready"] is False
    server.released.set()
    assert client.wait_ready(10)


def test_patience_grows_until_a_slow_server_answers(server: Any, make_client: Make) -> None:
    server.delay = 0.3
    client = make_client(timeout=0.05)
    assert client.stats()["config_failures"] >= 1
    assert client.decide("tv-entry", "visitor-1").reason == "SPLIT"


def test_patience_is_never_shorter_than_asked_for(server: Any, make_client: Make) -> None:
    server.delay = 0.3
    client = make_client(timeout=5, send_timeout=0.05)
    assert client.stats()["config_failures"] == 0


def source_of(server: Any, *replies: Any) -> ConfigSource:
    server.config_replies.extend(replies)
    options = Options("srv_key", server.address, retry_interval=5.0, poll_interval=60.0)
    return ConfigSource(options, options.key, Notices())


def test_pauses_grow_while_the_server_fails_and_start_anew_once_it_answers(server: Any) -> None:
    source = source_of(server, 500, 500, (200, {}, server.config_body), 500)
    first, second, answered, after = (source.turn() for _ in range(4))
    assert 2.5 <= first <= 5 <= second <= 10 < answered == 60
    assert 2.5 <= after <= 5


def test_a_config_without_an_etag_is_not_asked_for_by_that_of_an_older_one(server: Any) -> None:
    source = source_of(server, (200, {"ETag": '"old"'}, server.config_body), (200, {}, server.config_body))
    for _ in range(3):
        source.turn()
    asked = [request["headers"].get("if-none-match") for request in server.to("GET")]
    assert asked == [None, '"old"', None]


def test_a_server_that_is_down_and_comes_up(
    start_server: Callable[..., Any], make_client: Make, until: Until, caplog: pytest.LogCaptureFixture
) -> None:
    gone = start_server()
    port = gone.server_address[1]
    gone.shutdown()
    gone.server_close()
    client = make_client(ready=False, host=gone.address, poll_interval=0.02)
    until(lambda: client.stats()["config_failures"] >= 3)
    assert client.variant("tv-entry", "visitor-1") == "control"
    assert [record.message for record in caplog.records if "fetching the config" in record.message] != []
    assert len([record for record in caplog.records if "fetching the config" in record.message]) == 1
    start_server(port)
    assert client.wait_ready(10)
    assert client.decide("tv-entry", "visitor-1").reason == "SPLIT"


GARBAGE = [
    b"",
    b"<html>502 Bad Gateway</html>",
    b"null",
    b"[]",
    b'{"v":1}',
    b'{"v":2,"version":"x","environment":"production","experiments":[]}',
    b"\xff\xfe\x00garbage",
    b"[" * 100_000,
]


@pytest.mark.parametrize("body", GARBAGE, ids=range(len(GARBAGE)))
def test_garbage_keeps_the_config_there_is(server: Any, make_client: Make, until: Until, body: bytes) -> None:
    client = make_client(poll_interval=0.02)
    version = client.stats()["config_version"]
    server.config_replies.append((200, {"ETag": '"garbage"'}, body))
    until(lambda: client.stats()["config_failures"] == 1)
    assert client.stats()["config_version"] == version
    assert client.decide("tv-entry", "visitor-1").reason == "SPLIT"
    seen = len(server.to("GET"))
    server.wait(lambda: len(server.to("GET")) > seen)
    assert server.to("GET")[-1]["headers"]["if-none-match"] == server.etag


def test_a_truncated_config_keeps_the_config_there_is(server: Any, make_client: Make, until: Until) -> None:
    client = make_client(poll_interval=0.02)
    version = client.stats()["config_version"]
    half = server.config_body[: len(server.config_body) // 2]
    truncated = (200, {"Content-Length": str(len(server.config_body)), "Connection": "close"}, half)
    server.config_replies.extend([truncated, "hang up", 500, 404, (301, {"Location": server.address}, b"")])
    until(lambda: client.stats()["config_failures"] == 5)
    assert client.stats()["config_version"] == version
    assert client.decide("tv-entry", "visitor-1").reason == "SPLIT"


def test_a_first_config_that_is_garbage_is_followed_by_a_good_one(server: Any, make_client: Make) -> None:
    server.config_replies.append((200, {}, b"{"))
    client = make_client(poll_interval=0.02)
    assert client.stats()["config_failures"] == 1


def test_the_server_may_ask_for_a_pause(server: Any, make_client: Make, until: Until) -> None:
    server.config_replies.append((503, {"Retry-After": "1"}, b""))
    make_client(poll_interval=0.02)
    first, second = server.to("GET")[:2]
    assert second["at"] - first["at"] >= 1.0


def test_an_unreadable_experiment_takes_no_neighbour_down_and_is_named_once(
    server: Any, make_client: Make, make_experiment: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    server.publish(make_experiment("broken", enrolment=7), make_experiment())
    client = make_client()
    assert client.decide("broken", "visitor-1").reason == "UNKNOWN"
    assert client.decide("tv-entry", "visitor-1").reason == "SPLIT"
    left_out, unknown = [record.message for record in caplog.records if record.levelno >= logging.WARNING]
    assert left_out == "Netlift: left out of the config: experiments[0]: enrolment == 7, must be between 0 and 1."
    assert "no experiment 'broken'" in unknown
    assert "left out as unreadable" in unknown


def test_a_config_in_other_letters_is_read(server: Any, make_client: Make, make_experiment: Callable[..., Any]) -> None:
    server.publish(make_experiment("ökø-日本"))
    server.config_body = json.dumps(json.loads(server.config_body), ensure_ascii=False).encode()
    assert make_client().decide("ökø-日本", "klant-ö").reason == "SPLIT"
