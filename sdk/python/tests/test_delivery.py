from __future__ import annotations

import json
import logging
from base64 import b64encode
from collections.abc import Callable
from typing import Any

import pytest

from netlift import Client, __version__
from netlift.notices import Notices
from netlift.options import Options
from netlift.outbox import Outbox
from netlift.sender import Sender
from netlift.tally import Tally

Make = Callable[..., Client]
Until = Callable[[Callable[[], object]], None]


def record(client: Client, count: int, start: int = 0) -> list[str]:
    names = [f"event-{number}" for number in range(start, start + count)]
    for name in names:
        client.track(name, user_id="c1")
    return names


def names(server: Any) -> list[str]:
    return [event["event"] for event in server.accepted]


def message_ids(batch: dict[str, Any]) -> list[str]:
    return [event["messageId"] for event in batch["batch"]]


def test_a_batch_has_the_key_the_events_and_the_time_it_was_sent(server: Any, make_client: Make) -> None:
    client = make_client()
    record(client, 1)
    assert client.flush()
    (request,) = server.to("POST")
    assert request["path"] == "/v1/batch"
    assert request["headers"]["authorization"] == "Basic " + b64encode(b"srv_key:").decode()
    assert request["headers"]["content-type"] == "application/json"
    assert request["headers"]["user-agent"] == f"netlift-python/{__version__}"
    body = json.loads(request["body"])
    assert set(body) == {"batch", "sentAt"}
    assert [event["sentAt"] for event in body["batch"]] == [body["sentAt"]]


def test_events_leave_by_themselves_and_in_order(server: Any, make_client: Make) -> None:
    client = make_client()
    recorded = record(client, 5)
    server.wait(lambda: len(server.accepted) == 5)
    assert names(server) == recorded


def test_a_full_batch_does_not_wait_for_the_interval(server: Any, make_client: Make) -> None:
    client = make_client(flush_interval=3600, batch_size=10)
    record(client, 9)
    assert server.to("POST") == []
    record(client, 1, start=9)
    server.wait(lambda: len(server.accepted) == 10)


def test_batches_are_no_larger_than_asked(server: Any, make_client: Make) -> None:
    client = make_client(flush_interval=3600, batch_size=10)
    recorded = record(client, 25)
    assert client.flush()
    assert names(server) == recorded
    assert max(len(batch["batch"]) for batch in server.batches) <= 10
    assert client.stats()["sent"] == 25


def test_large_events_travel_in_smaller_batches(server: Any, make_client: Make) -> None:
    client = make_client(flush_interval=3600)
    for _ in range(40):
        client.track("large", user_id="c1", properties={"text": "x" * 30_000})
    assert client.flush()
    assert len(server.accepted) == 40
    assert max(len(request["body"]) for request in server.to("POST")) < 500_000


def test_many_events_use_one_connection(server: Any, make_client: Make) -> None:
    client = make_client(batch_size=5)
    record(client, 50)
    assert client.flush()
    record(client, 5)
    assert client.flush()
    assert len({request["peer"] for request in server.to("POST")}) == 1


@pytest.mark.parametrize("trouble", [500, 502, 503, 429, "hang up"])
def test_a_failed_batch_is_repeated_with_the_same_messages(trouble: Any, server: Any, make_client: Make) -> None:
    server.batch_replies.extend([trouble, trouble])
    client = make_client(flush_interval=3600)
    recorded = record(client, 3)
    assert client.flush()
    assert names(server) == recorded
    batches = [batch for batch in server.batches if batch["batch"]]
    assert len(batches) >= 3
    assert len({tuple(message_ids(batch)) for batch in batches}) == 1
    stats = client.stats()
    assert (stats["sent"], stats["rejected"], stats["dropped"], stats["queued"]) == (3, 0, 0, 0)
    assert stats["retries"] >= 1


def test_the_time_of_sending_is_stamped_anew_and_the_time_of_the_event_is_not(server: Any, make_client: Make) -> None:
    server.batch_replies.append((503, {"Retry-After": "1"}, b""))
    client = make_client(flush_interval=3600)
    record(client, 1)
    assert client.flush(10)
    first, second = (batch["batch"][0] for batch in server.batches)
    assert first["timestamp"] == second["timestamp"]
    assert first["sentAt"] < second["sentAt"]


@pytest.mark.parametrize("status", [429, 503])
def test_the_pause_that_the_server_asks_for_is_kept_even_when_flushed(
    status: int, server: Any, make_client: Make
) -> None:
    server.batch_replies.append((status, {"Retry-After": "1"}, b""))
    client = make_client()
    record(client, 1)
    server.wait(lambda: len(server.to("POST")) == 1)
    for _ in range(5):
        assert client.flush(0.02) is False
    assert client.flush(10)
    first, second = server.to("POST")
    assert second["at"] - first["at"] >= 1.0


def sender_of(server: Any, **settings: Any) -> tuple[Sender, Outbox, Tally]:
    outbox, tally = Outbox(10), Tally()
    return Sender(Options("srv_key", server.address, **settings), outbox, tally, Notices()), outbox, tally


def test_a_flush_waits_for_no_pause_of_our_own(server: Any, make_client: Make, until: Until) -> None:
    server.batch_replies.append(500)
    client = make_client(flush_interval=3600, retry_interval=3600)
    record(client, 1)
    assert client.flush(0) is False
    until(lambda: client.stats()["retries"] == 1)
    assert client.flush(10)
    assert client.stats()["sent"] == 1


def test_a_server_that_asks_for_no_pause_gets_ours(server: Any) -> None:
    sender, outbox, _ = sender_of(server, retry_interval=100.0)
    outbox.put(b'{"type":"track"}')
    server.batch_replies.append((503, {"Retry-After": "0"}, b""))
    assert sender.turn() >= 50
    assert len(outbox) == 1
    sender.abandon()


def test_pauses_grow_while_the_server_fails_and_start_anew_once_it_answers(server: Any) -> None:
    sender, outbox, _ = sender_of(server, retry_interval=5.0)
    outbox.put(b'{"type":"track"}')
    server.batch_replies.extend([500, 500, 202, 500])
    pauses = []
    for _ in range(2):
        pauses.append(sender.turn())
        sender.hurry()
    assert 2.5 <= pauses[0] <= 5 <= pauses[1] <= 10
    sender.turn()
    assert sender.sent == 1
    outbox.put(b'{"type":"track"}')
    assert 2.5 <= sender.turn() <= 5
    assert 0 < sender.turn() <= 5  # nothing is sent before the pause is over
    assert len(server.batches) == 4
    sender.abandon()


def test_counts_wait_for_their_interval_also_after_one_without_any(server: Any) -> None:
    sender, outbox, tally = sender_of(server)
    outbox.put(b'{"type":"track"}')
    sender.report_now()
    sender.turn()
    tally.add("tv-entry", "SPLIT")
    sender.turn()
    assert ["evaluations" in batch for batch in server.batches] == [False]
    sender.finish()
    assert [batch.get("evaluations") for batch in server.batches] == [None, {"tv-entry": {"SPLIT": 1}}]


def test_a_lost_answer_leads_to_a_repeat_that_the_server_can_recognise(server: Any, make_client: Make) -> None:
    client = make_client(flush_interval=3600, send_timeout=0.1)
    server.batch_replies.append("hang")
    record(client, 1)
    assert client.flush(10)
    server.released.set()
    server.wait(lambda: len(server.to("POST")) >= 2)
    first, second, *_ = server.batches
    assert message_ids(first) == message_ids(second)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 301])
def test_a_final_refusal_is_not_repeated_and_said_once(
    status: int, server: Any, make_client: Make, caplog: pytest.LogCaptureFixture
) -> None:
    server.batch_replies.extend([(status, {"Location": "/"}, b""), (status, {"Location": "/"}, b"")])
    client = make_client(flush_interval=3600)
    for start in (0, 2, 4):
        record(client, 2, start=start)
        assert client.flush()
    assert names(server) == ["event-4", "event-5"]
    assert len(server.to("POST")) == 3
    assert (client.stats()["rejected"], client.stats()["sent"]) == (4, 2)
    assert len([entry for entry in caplog.records if f"status {status}" in entry.getMessage()]) == 1


def test_a_batch_that_is_too_large_is_cut_in_half(server: Any, make_client: Make) -> None:
    server.batch_replies.extend([413, 413])
    client = make_client(flush_interval=3600, batch_size=8)
    recorded = record(client, 7)
    record(client, 1, start=7)
    assert client.flush()
    assert names(server) == [*recorded, "event-7"]
    # What the server took may be twice as large the next time.
    assert [len(batch["batch"]) for batch in server.batches] == [8, 4, 2, 4, 2]
    assert client.stats()["rejected"] == 0


def test_one_event_that_is_too_large_is_given_up_alone(server: Any, make_client: Make) -> None:
    server.batch_replies.extend([413, 413, 413])
    client = make_client(flush_interval=3600)
    record(client, 4)
    assert client.flush()
    assert names(server) == ["event-1", "event-2", "event-3"]
    assert client.stats()["rejected"] == 1


def test_items_that_the_server_refuses_are_counted_and_said_once(
    server: Any, make_client: Make, caplog: pytest.LogCaptureFixture
) -> None:
    refusal = {"index": 0, "messageId": "x", "field": "timestamp", "reason": "too old"}
    answer = json.dumps({"accepted": 1, "duplicates": 0, "rejected": [refusal]}).encode()
    server.batch_replies.extend([(200, {}, answer), (200, {}, answer)])
    client = make_client(flush_interval=3600)
    for _ in range(2):
        record(client, 2)
        assert client.flush()
    assert (client.stats()["sent"], client.stats()["rejected"]) == (2, 2)
    said = [entry.getMessage() for entry in caplog.records if "timestamp: too old" in entry.getMessage()]
    assert len(said) == 1


@pytest.mark.parametrize(
    "answer",
    [
        *(b"", b"ok", b"[]", b"\xff", b"[" * 99_999),
        *(b'{"rejected": 5}', b'{"rejected": ["x", null]}', b'{"rejected": [1, 2, 3, 4, 5]}'),
    ],
)
def test_an_odd_answer_to_an_accepted_batch_harms_nothing(answer: bytes, server: Any, make_client: Make) -> None:
    server.batch_replies.append((200, {}, answer))
    client = make_client(flush_interval=3600)
    record(client, 3)
    assert client.flush()
    record(client, 1)
    assert client.flush()
    assert len(server.to("POST")) == 2
    stats = client.stats()
    assert stats["sent"] >= 1
    assert stats["sent"] + stats["rejected"] == 4


def test_the_queue_is_bounded_and_the_oldest_are_dropped(server: Any, make_client: Make) -> None:
    client = make_client(flush_interval=3600, max_queue=10)
    recorded = record(client, 25)
    assert client.stats()["queued"] == 10
    assert client.flush()
    assert names(server) == recorded[15:]
    assert client.stats()["dropped"] == 15


def test_the_queue_is_bounded_while_the_server_is_down(
    start_server: Callable[..., Any], make_client: Make, until: Until, caplog: pytest.LogCaptureFixture
) -> None:
    gone = start_server()
    gone.shutdown()
    gone.server_close()
    client = make_client(ready=False, host=gone.address, max_queue=50, batch_size=20)
    record(client, 500)
    until(lambda: client.stats()["retries"] >= 3)
    assert client.flush(0.05) is False
    stats = client.stats()
    assert (stats["queued"], stats["dropped"], stats["sent"]) == (50, 450, 0)
    assert len([entry for entry in caplog.records if "sending events" in entry.getMessage()]) == 1
    start_server(gone.server_address[1])
    assert client.flush(10)
    assert client.stats()["sent"] == 50


def test_a_connection_that_the_server_closed_while_idle_is_replaced_at_once(server: Any, make_client: Make) -> None:
    client = make_client(flush_interval=3600, retry_interval=3600)
    record(client, 1)
    assert client.flush()
    server.batch_replies.append("hang up")
    record(client, 1, start=1)
    assert client.flush()
    assert names(server) == ["event-0", "event-1"]
    assert client.stats()["retries"] == 0


def test_a_new_connection_that_the_server_closes_is_a_failure(server: Any, make_client: Make, until: Until) -> None:
    client = make_client(flush_interval=3600, retry_interval=3600)
    server.batch_replies.append("hang up")
    record(client, 1)
    assert client.flush(0) is False
    until(lambda: client.stats()["retries"] == 1)
    assert server.accepted == []


def test_counts_of_reasons_travel_with_a_batch_and_are_told_once(server: Any, make_client: Make, until: Until) -> None:
    client = make_client(report_interval=0.05)
    for _ in range(3):
        client.variant("tv-entry", "visitor-1")
    client.variant("elsewhere", "visitor-1")
    server.wait(lambda: [batch for batch in server.batches if "evaluations" in batch])
    client.variant("elsewhere", "visitor-1")
    client.variant("elsewhere", None)
    server.wait(lambda: len([batch for batch in server.batches if "evaluations" in batch]) >= 2)
    client.close()
    told: dict[tuple[str, str], int] = {}
    for batch in server.batches:
        for experiment, reasons in batch.get("evaluations", {}).items():
            for reason, count in reasons.items():
                told[experiment, reason] = told.get((experiment, reason), 0) + count
    assert told == {("tv-entry", "SPLIT"): 3, ("elsewhere", "UNKNOWN"): 3}
    assert len(server.accepted) == 1


def test_counts_survive_a_failed_request_and_a_refusal_of_them_is_no_trouble(
    server: Any, make_client: Make, caplog: pytest.LogCaptureFixture
) -> None:
    server.batch_replies.extend([500, 400])
    client = make_client(report_interval=0.02)
    client.variant("elsewhere", "visitor-1")
    server.wait(lambda: len(server.to("POST")) == 2)
    assert [batch["evaluations"] for batch in server.batches] == [{"elsewhere": {"UNKNOWN": 1}}] * 2
    assert not [entry for entry in caplog.records if "refused" in entry.getMessage()]
    client.close()
    assert len(server.to("POST")) == 2


def test_flushing_nothing_is_done_at_once(server: Any, make_client: Make) -> None:
    assert make_client().flush(0) is True
    assert server.to("POST") == []


def test_close_sends_what_waits_and_ends_the_threads(server: Any, make_client: Make) -> None:
    client = make_client(flush_interval=3600)
    record(client, 3)
    client.close(10)
    assert len(server.accepted) == 3
    assert not client._runtime._sending.alive
    assert not client._runtime._polling.alive


def test_a_closed_client_still_decides_and_logs_nothing(server: Any, make_client: Make) -> None:
    client = make_client()
    client.close(10)
    client.close(10)
    assert client.decide("tv-entry", "visitor-1").reason == "SPLIT"
    client.track("late", user_id="c1")
    assert client.flush() is True
    assert server.accepted == []
    assert client.stats()["dropped"] == 2


def test_a_client_is_closed_at_the_end_of_its_block(server: Any, make_client: Make) -> None:
    with make_client(flush_interval=3600) as client:
        record(client, 1)
    assert len(server.accepted) == 1


def test_closing_does_not_wait_for_a_server_that_does_not_answer(server: Any, make_client: Make) -> None:
    client = make_client(flush_interval=3600, send_timeout=60)
    server.batch_replies.append("hang")
    record(client, 1)
    client.close(0.05)
    assert not server.released.is_set()
    assert server.accepted == []


def test_closing_without_threads_does_not_wait_for_such_a_server_either(
    server: Any, make_client: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_more(_: object) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr("netlift.worker.threading.Thread.start", no_more)
        client = make_client(ready=False, send_timeout=60)
    server.batch_replies.append("hang")
    record(client, 1)
    client.close(0.05)
    assert server.held.is_set()
    assert server.to("POST") == []  # its answer is still to come


@pytest.mark.parametrize("timeout", [0, -1])
def test_closing_without_any_patience_raises_nothing(timeout: float, make_client: Make, caplog: Any) -> None:
    client = make_client(flush_interval=3600)
    record(client, 1)
    client.close(timeout)
    assert not [entry for entry in caplog.records if entry.exc_info]


@pytest.mark.parametrize("timeout", [None, "soon", object()])
def test_odd_timeouts_raise_nothing(timeout: Any, make_client: Make, caplog: pytest.LogCaptureFixture) -> None:
    client = make_client(flush_interval=3600)
    record(client, 1)
    assert client.flush(timeout) is False
    client.close(timeout)
    assert len([entry for entry in caplog.records if entry.levelno >= logging.WARNING]) == 1
