"""The spool: crashes, full disks and many processes, each for real."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import netlift
from netlift import Client, messages, spoolfile
from netlift.notices import Notices
from netlift.outbox import Outbox
from netlift.spool import Spool
from netlift.spoolfile import SpoolFile, waiting_in

pytestmark = pytest.mark.skipif(not spoolfile.SUPPORTED, reason="needs file locks")

Make = Callable[..., Client]

START = """
import os, resource, signal, sys, time
from netlift import Client
client = Client("srv_key", sys.argv[1], flush_interval=60, retry_interval=0.01, spool=sys.argv[2])
assert client.wait_ready(10)
def settle():
    client._running()
    while not client._runtime.spool._look_at:
        time.sleep(0.005)  # the first turn sends what it finds; the next one is a minute away
    time.sleep(0.05)
settle()
def record(name, count):
    for number in range(count):
        client.track(f"{name}-{number}", user_id="c1")
"""


def begin(server: Any, folder: Path, program: str) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": str(Path(netlift.__file__).parents[1])}
    return subprocess.Popen(
        [sys.executable, "-W", "ignore::DeprecationWarning", "-c", START + program, server.address, str(folder)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    )


def run(server: Any, folder: Path, program: str) -> subprocess.Popen[str]:
    process = begin(server, folder, program)
    out, err = process.communicate(timeout=60)
    assert process.returncode in (0, -signal.SIGKILL), (out, err)
    return process


def files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.spool"))


def heard(server: Any) -> Counter[str]:
    """Events by name; each message once, as the server counts them."""
    return Counter({event["messageId"]: event["event"] for event in server.accepted}.values())


def named(name: str, count: int) -> Counter[str]:
    return Counter(f"{name}-{number}" for number in range(count))


def test_a_killed_process_loses_nothing_and_the_next_one_sends_it_once(
    server: Any, tmp_path: Path, make_client: Make, until: Callable[..., None]
) -> None:
    process = run(server, tmp_path, "record('killed', 50); os.kill(os.getpid(), signal.SIGKILL)")
    assert process.returncode == -signal.SIGKILL
    assert (server.accepted, len(files(tmp_path))) == ([], 1)
    client = make_client(spool=tmp_path)
    until(lambda: client.stats()["sent"] == 50)
    assert client.stats()["restored"] == 50
    assert heard(server) == named("killed", 50)
    assert len(server.accepted) == 50
    client.close(10)
    assert files(tmp_path) == []
    again = make_client(spool=tmp_path)
    again.track("later", user_id="c1")
    assert again.flush(10)
    assert len(server.accepted) == 51


def test_what_the_server_has_is_not_sent_again(server: Any, tmp_path: Path, make_client: Make, until: Any) -> None:
    run(
        server,
        tmp_path,
        "record('sent', 30); client.flush(10); record('kept', 20); os.kill(os.getpid(), signal.SIGKILL)",
    )
    client = make_client(spool=tmp_path)
    until(lambda: client.stats()["restored"] == 20)
    assert client.flush(10)
    assert heard(server) == named("sent", 30) + named("kept", 20)
    assert len(server.accepted) == 50


def test_an_answer_that_was_lost_in_the_crash_is_the_servers_to_drop(
    server: Any, tmp_path: Path, make_client: Make, until: Any
) -> None:
    """The server took the batch and the process died before it knew: the same messages come once more."""
    server.batch_replies.append((500, {}, b""))
    run(server, tmp_path, "record('x', 5); client.flush(0.3); os.kill(os.getpid(), signal.SIGKILL)")
    first = {event["messageId"] for batch in server.batches[:1] for event in batch["batch"]}
    client = make_client(spool=tmp_path)
    until(lambda: client.stats()["queued"] == 0 and len(server.batches) > 1)
    assert {event["messageId"] for event in server.accepted} == first
    assert heard(server) == named("x", 5)


def test_events_that_an_outage_kept_back_survive_a_normal_end_too(
    start_server: Callable[..., Any], tmp_path: Path, make_client: Make, until: Any
) -> None:
    server = start_server()
    server.batch_replies.extend([503] * 500)
    run(server, tmp_path, "record('outage', 10); client.close(0.2)")
    server.batch_replies.clear()
    assert len(files(tmp_path)) == 1
    client = make_client(spool=tmp_path, host=server.address)
    until(lambda: client.stats()["restored"] == 10)
    assert client.flush(10)
    assert heard(server) == named("outage", 10)


def test_a_fork_shares_no_file_and_each_side_loses_nothing(
    server: Any, tmp_path: Path, make_client: Make, until: Any
) -> None:
    run(
        server,
        tmp_path,
        """
record("parent", 5)
child = os.fork()
if child == 0:
    settle()
    record("child", 7)
    assert len(os.listdir(sys.argv[2])) == 2
    os.kill(os.getpid(), signal.SIGKILL)
os.waitpid(child, 0)
record("after", 3)
os.kill(os.getpid(), signal.SIGKILL)
""",
    )
    assert len(files(tmp_path)) == 2
    client = make_client(spool=tmp_path)
    until(lambda: client.stats()["restored"] == 15)
    assert client.flush(10)
    assert heard(server) == named("parent", 5) + named("child", 7) + named("after", 3)
    assert len(server.accepted) == 15


def test_a_child_that_lives_on_does_not_hold_the_file_of_its_dead_parent(
    server: Any, tmp_path: Path, make_client: Make, until: Any
) -> None:
    process = begin(
        server,
        tmp_path,
        """
record("parent", 5)
child = os.fork()
if child == 0:
    sys.stdin.close(); time.sleep(30); os._exit(0)
print(child, flush=True)
time.sleep(0.2)
os.kill(os.getpid(), signal.SIGKILL)
""",
    )
    assert process.stdout is not None
    child = int(process.stdout.readline())
    try:
        process.wait(30)
        client = make_client(spool=tmp_path)
        until(lambda: client.stats()["restored"] == 5)
    finally:
        os.kill(child, signal.SIGKILL)
        process.stdout.close()
        assert process.stderr is not None
        process.stderr.close()


def test_many_processes_take_over_each_file_once(server: Any, tmp_path: Path) -> None:
    for number in range(4):
        left = Spool(tmp_path, 10**6, f"srv_key {server.address}", Notices())
        outbox = Outbox(100, journal=left)
        for event in range(25):
            outbox.put(messages.track(f"p{number}-{event}", None, user_id="c1"))
        left.close()
    heirs = [begin(server, tmp_path, "time.sleep(0.2); assert client.flush(20)") for _ in range(3)]
    for heir in heirs:
        _, err = heir.communicate(timeout=60)
        assert heir.returncode == 0, err
    assert len(server.accepted) == 100
    assert heard(server) == sum((named(f"p{number}", 25) for number in range(4)), Counter())
    assert files(tmp_path) == []


def test_a_full_disk_costs_the_shop_nothing(server: Any, tmp_path: Path) -> None:
    process = begin(
        server,
        tmp_path,
        """
resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))
record("x", 100)
stats = client.stats()
assert stats["queued"] == 100 and 80 < stats["unspooled"] < 100, stats
size = [os.path.getsize(os.path.join(sys.argv[2], name)) for name in os.listdir(sys.argv[2])]
assert len(size) == 1 and size[0] <= 2000, size
assert client.flush(10)
record("y", 5)
assert client.stats()["unspooled"] == stats["unspooled"], "there is room again"
os.kill(os.getpid(), signal.SIGKILL)
""",
    )
    _, err = process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL, err
    assert err.count("writing the spool") == 1
    assert "bytes could be written" in err or "File too large" in err
    assert heard(server) == named("x", 100)
    (left,) = files(tmp_path)
    assert [json.loads(event)["event"] for event in waiting_in(left.read_bytes())] == list(named("y", 5))


def test_a_folder_that_cannot_be_made_is_told_once(
    server: Any, tmp_path: Path, make_client: Make, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("in the way")
    client = make_client(spool=tmp_path / "file" / "spool")
    for number in range(5):
        client.track(f"event-{number}", user_id="c1")
    assert client.flush(10)
    assert (len(server.accepted), client.stats()["unspooled"]) == (5, 5)
    assert len([entry for entry in caplog.records if "spool" in entry.getMessage()]) == 1


@pytest.mark.parametrize("folder", ["", 5, ["x"]])
def test_a_spool_that_is_no_folder_is_named(folder: Any, make_client: Make, caplog: pytest.LogCaptureFixture) -> None:
    make_client(spool=folder)
    assert f"spool == {folder!r}, must be a folder" in caplog.text


def test_only_the_owner_may_read_what_holds_ids(server: Any, tmp_path: Path, make_client: Make) -> None:
    client = make_client(spool=tmp_path / "spool", flush_interval=3600)
    client.track("x", user_id="c1")
    (file,) = files(tmp_path / "spool")
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700


def test_another_account_is_left_alone(server: Any, tmp_path: Path, make_client: Make, until: Any) -> None:
    run(server, tmp_path, "record('x', 5); os.kill(os.getpid(), signal.SIGKILL)")
    other = make_client(key="other_key", spool=tmp_path)
    other.track("mine", user_id="c1")
    assert other.flush(10)
    assert heard(server) == {"mine": 1}
    assert other.stats()["restored"] == 0


# The file itself, without processes.


def spool(folder: Path, limit: int = 100_000) -> tuple[Spool, Outbox]:
    kept = Spool(folder, limit, "account", Notices())
    return kept, Outbox(1000, journal=kept)


def test_the_file_is_bounded_however_much_passes_through(tmp_path: Path) -> None:
    kept, outbox = spool(tmp_path, 10_000)
    for number in range(2000):
        outbox.put(b"%0100d" % number)
        if len(outbox) > 20:
            outbox.settle(number - 10)
        assert files(tmp_path)[0].stat().st_size <= 10_000
    assert kept.unspooled == 0
    expected = [waiting.event for waiting in outbox.first(999, 10**6)]
    kept.close()
    assert waiting_in(files(tmp_path)[0].read_bytes()) == expected


def test_what_does_not_fit_waits_in_memory_and_is_counted(tmp_path: Path) -> None:
    kept, outbox = spool(tmp_path, 10_000)
    for number in range(200):
        outbox.put(b"%0100d" % number)
    assert len(outbox) == 200
    assert kept.unspooled == 200 - 5_000 // 110
    kept.close()
    assert len(waiting_in(files(tmp_path)[0].read_bytes())) == 5_000 // 110


def test_events_dropped_from_the_queue_do_not_come_back(tmp_path: Path) -> None:
    kept = Spool(tmp_path, 100_000, "account", Notices())
    outbox = Outbox(10, journal=kept)
    for number in range(25):
        outbox.put(b"%d" % number)
    kept.close()
    assert waiting_in(files(tmp_path)[0].read_bytes()) == [b"%d" % number for number in range(15, 25)]


def test_a_file_torn_anywhere_gives_every_whole_event_before_the_tear(tmp_path: Path) -> None:
    kept, outbox = spool(tmp_path)
    events = [json.dumps({"number": number, "text": "ö" * number}).encode() for number in range(12)]
    for event in events:
        outbox.put(event)
    outbox.settle(4)
    content = files(tmp_path)[0].read_bytes()
    assert waiting_in(content) == events[4:]
    settled = content.rindex(b"-4")
    for cut in range(len(content)):
        whole = content[:cut].count(b"\n")
        found = waiting_in(content[:cut])
        if cut < settled:
            assert found[: min(whole, 12)] == events[: min(whole, 12)]
            assert len(found) - whole in (0, 1)  # a record without its line end is whole as well
    kept.close()


@pytest.mark.parametrize("content", [b"", b"\n\n", b"zzzzzzzz+{}\n", b"\xff\xfe\x00" * 50, b"00000000+x\n", b"-5\n"])
def test_garbage_in_a_file_is_no_event(content: bytes, tmp_path: Path) -> None:
    kept, outbox = spool(tmp_path)
    outbox.put(b"probe")
    outbox.settle(1)
    stray = tmp_path / (files(tmp_path)[0].name[:21] + "99999-stray.spool")
    stray.write_bytes(content)
    kept._look_at = 0.0
    kept.restore(outbox)
    assert (len(outbox), stray.exists()) == (0, False)
    kept.close()


def test_a_file_with_an_owner_cannot_be_adopted_even_in_the_same_process(tmp_path: Path) -> None:
    owned = SpoolFile.create(tmp_path / "a.spool")
    assert SpoolFile.adopt(tmp_path / "a.spool") is None
    owned.release()
    adopted = SpoolFile.adopt(tmp_path / "a.spool")
    assert adopted is not None
    adopted.remove()
    assert SpoolFile.adopt(tmp_path / "a.spool") is None


def test_a_file_that_another_process_finishes_while_it_is_being_locked_is_not_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, outbox = spool(tmp_path)
    outbox.put(b"once")
    kept.close()
    (path,) = files(tmp_path)
    lock = spoolfile.fcntl.flock

    def slowly(descriptor: int, how: int) -> None:
        path.unlink()
        lock(descriptor, how)

    monkeypatch.setattr(spoolfile.fcntl, "flock", slowly)
    assert SpoolFile.adopt(path) is None


def test_what_a_dead_process_left_waits_until_there_is_room(tmp_path: Path) -> None:
    left, first = spool(tmp_path)
    for number in range(8):
        first.put(b"left-%d" % number)
    left.close()
    kept = Spool(tmp_path, 100_000, "account", Notices())
    outbox = Outbox(10, journal=kept)
    for number in range(5):
        outbox.put(b"mine-%d" % number)
    kept.restore(outbox)
    assert (len(outbox), outbox.dropped, kept.restored) == (5, 0, 0)
    outbox.settle(3)
    kept.restore(outbox)
    assert (len(outbox), outbox.dropped, kept.restored) == (10, 0, 8)
    assert len(files(tmp_path)) == 1
    kept.close()


def test_more_than_the_queue_holds_is_taken_over_as_far_as_it_does(tmp_path: Path) -> None:
    left, first = spool(tmp_path)
    for number in range(8):
        first.put(b"left-%d" % number)
    left.close()
    kept = Spool(tmp_path, 100_000, "account", Notices())
    outbox = Outbox(5, journal=kept)
    kept.restore(outbox)
    assert [waiting.event for waiting in outbox.first(99, 999)] == [b"left-%d" % number for number in range(3, 8)]
    assert (outbox.dropped, kept.restored, len(files(tmp_path))) == (3, 8, 1)
    kept.close()


def test_a_file_that_was_emptied_counts_anew(tmp_path: Path) -> None:
    kept, outbox = spool(tmp_path)
    for number in range(1, 6):
        outbox.put(b"%d" % number)
        if number == 3:
            outbox.settle(3)
    outbox.settle(4)
    assert waiting_in(files(tmp_path)[0].read_bytes()) == [b"5"]
    kept.close()


LIMITED = """
import resource, sys
from pathlib import Path
from netlift.notices import Notices
from netlift.outbox import Outbox
from netlift.spool import Spool
kept = Spool(Path(sys.argv[1]), 10_000, "account", Notices())
outbox = Outbox(1000, journal=kept)
def disk(size):
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
"""


def limited(folder: Path, program: str) -> None:
    """Run a program that can say how large a file may grow."""
    environment = {**os.environ, "PYTHONPATH": str(Path(netlift.__file__).parents[1])}
    command = [sys.executable, "-c", LIMITED + program, str(folder)]
    finished = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, env=environment)
    assert finished.returncode == 0, finished.stderr


def test_a_record_that_was_cut_off_by_a_full_disk_spoils_none_that_follows(tmp_path: Path) -> None:
    limited(
        tmp_path,
        """
outbox.put(b"first")
disk(20)  # half of the next record fits
outbox.put(b"second")
disk(10_000)
outbox.put(b"third")
assert kept.unspooled == 1
""",
    )
    (left,) = files(tmp_path)
    assert waiting_in(left.read_bytes()) == [b"first", b"third"]


def test_a_disk_too_full_to_tidy_up_leaves_no_second_file(tmp_path: Path) -> None:
    limited(
        tmp_path,
        """
for number in range(1, 200):
    outbox.put(b"%0100d" % number)
    outbox.settle(number - 20)
    if kept._file.size > 9_800:
        break
disk(100)
for number in range(5):
    outbox.put(b"%0100d" % number)
assert kept.unspooled == 5
""",
    )
    assert len(files(tmp_path)) == 1
