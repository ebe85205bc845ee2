"""What a mistake of the shop's code or settings says in the log, and what `python -m netlift` says of them."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable
from email.utils import formatdate
from typing import Any

import pytest

from netlift import Client, __version__
from netlift.__main__ import main
from netlift.transport import Reply
from netlift.troubles import failure, refusal

Make = Callable[..., Client]


def refused(status: int, message: str = "", field: str | None = None) -> tuple[int, dict[str, str], bytes]:
    return status, {}, json.dumps({"ok": False, "error": "x", "field": field, "message": message}).encode()


@pytest.mark.parametrize(
    ("status", "headers", "body", "said"),
    [
        (401, {}, refused(401)[2], "knows no such key"),
        (404, {}, refused(404, field="key")[2], "knows no such key"),
        (404, {}, b"<html>", "no Netlift server"),
        (404, {}, refused(404)[2], "no Netlift server"),
        (403, {}, refused(403, "This origin may not use the key.")[2], "status 403: This origin may not use the key."),
        (301, {"location": "https://new.example"}, b"", "redirects to https://new.example"),
    ],
)
def test_a_refusal_says_what_to_do(status: int, headers: dict[str, str], body: bytes, said: str) -> None:
    assert said in refusal(Reply(status, headers, body))


def test_what_nobody_explained_is_told_as_it_is() -> None:
    assert refusal(Reply(502, {}, b"Bad Gateway")) == "status 502"
    assert failure(OSError("[SSL: WRONG_VERSION_NUMBER]")).endswith("is it http?")
    assert "SSL_CERT_FILE" in failure(OSError("CERTIFICATE_VERIFY_FAILED"))
    assert failure(TimeoutError()) == "TimeoutError"


def test_an_unknown_experiment_is_named_once(make_client: Make, caplog: pytest.LogCaptureFixture) -> None:
    client = make_client()
    assert [client.variant("tv-entri", f"visitor-{number}") for number in range(3)] == ["control"] * 3
    [record] = caplog.records
    assert "no experiment 'tv-entri'" in record.getMessage()
    assert record.getMessage().endswith("Did you mean 'tv-entry'?")


def test_an_id_that_is_no_text_is_named_by_its_type_only(make_client: Make, caplog: pytest.LogCaptureFixture) -> None:
    client = make_client()
    number: Any = 4711
    assert client.decide("tv-entry", number).reason == "NO_UNIT"
    assert client.decide("tv-entry", anonymous_id=uuid.UUID(int=7)).reason == "NO_UNIT"  # type: ignore[arg-type]
    assert client.decide("tv-entry", user_id="a-customer-of-a-test-of-visitors").reason == "NO_UNIT"
    said = [record.getMessage() for record in caplog.records]
    assert [text.rpartition(" type ")[2] for text in said] == ["int, must be a text.", "UUID, must be a text."]
    assert "4711" not in caplog.text


def test_attributes_of_the_wrong_kind_are_named(
    server: Any, make_client: Make, make_experiment: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    wrong: Any = "web"
    server.publish(make_experiment(audience=[{"attribute": "channel", "op": "in", "values": ["web"]}]))
    assert make_client().decide("tv-entry", "visitor-1", wrong).reason == "ERROR"
    assert "attributes == 'web', must be a mapping." in caplog.text


def test_reading_too_early_is_told_and_waiting_helps(
    server: Any, make_client: Make, caplog: pytest.LogCaptureFixture
) -> None:
    server.config_replies.append("hang")
    client = make_client(ready=False, timeout=60)
    server.wait_held()
    assert client.variant("tv-entry", "visitor-1") == "control"
    assert "'tv-entry' was read before the first config had come; see wait_ready()." in caplog.text


def test_holdings_of_a_client_key_are_warned_of(make_client: Make, caplog: pytest.LogCaptureFixture) -> None:
    make_client().identify("customer-7", holdings=["tv-m"])
    assert caplog.text == ""
    make_client(key="pk_live_1").identify("customer-7", holdings=["tv-m"])
    assert "holdings from a client key are not believed" in caplog.text


def test_two_faults_of_one_field_are_both_told(make_client: Make, caplog: pytest.LogCaptureFixture) -> None:
    client, number = make_client(), 5
    client.track("X")
    client.track("X", anonymous_id=number)  # type: ignore[arg-type]
    client.track("X", anonymous_id=number)  # type: ignore[arg-type]
    assert [record.getMessage().rpartition(", ")[2] for record in caplog.records] == [
        "one must be given.",
        "must be a text.",
    ]


def run(server: Any, capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    code = main(["--host", server.address, "--key", "srv_key", *arguments])
    return code, capsys.readouterr().out


def test_the_check_tells_what_a_client_would_meet(server: Any, capsys: pytest.CaptureFixture[str]) -> None:
    code, out = run(server, capsys, "--experiment", "tv-entry", "--visitor", "visitor-1")
    assert (code, "fail" in out) == (0, False)
    assert out.startswith(f"netlift-sdk {__version__}, client key srv_key, {server.address}\n")
    assert "ok   clock: as the server's.\n" in out
    assert "production, 1 experiment.\nok     tv-entry: draws visitors\n" in out
    assert "for visitor 'visitor-1': SPLIT, drawn into the experiment" in out
    assert server.accepted == []
    assert server.batches[0]["batch"] == []


def test_the_check_fails_where_a_client_would_fail(server: Any, capsys: pytest.CaptureFixture[str]) -> None:
    code, out = run(server, capsys, "--experiment", "tv-entri")
    assert (code, "fail decision tv-entri: this key's config" in out) == (1, True)
    server.config_replies.append(refused(404, field="key"))
    server.batch_replies.append(refused(401))
    code, out = run(server, capsys)
    assert (code, out.count("the server knows no such key")) == (1, 2)
    server.config_replies.append((200, {}, b"<html>"))
    assert "no Netlift server answers there" in run(server, capsys)[1]
    ahead = {"Date": formatdate(time.time() - 600, usegmt=True)}
    server.config_replies.append((200, ahead, server.config_body))
    assert "ahead of the server's" in run(server, capsys)[1]


def test_the_check_needs_a_server(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert "NETLIFT_SDK_KEY" in capsys.readouterr().err
    assert main(["--key", "pk_live_1", "--host", "http://127.0.0.1:9"]) == 1
    assert "fail server: http://127.0.0.1:9: " in capsys.readouterr().out


@pytest.mark.parametrize("text", ["{", "[]"])
def test_attributes_on_the_command_line_are_an_object(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--attributes", text])
    assert ended.value.code == 2
    assert "--attributes" in capsys.readouterr().err
