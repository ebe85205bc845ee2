"""Forks and exits, each in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

import netlift

START = """
import os, sys, threading, warnings
warnings.simplefilter("ignore", DeprecationWarning)  # newer Pythons warn of forking with threads, which is the point
from netlift import Client
client = Client(
    "srv_key", sys.argv[1], flush_interval=float(sys.argv[2]), exit_timeout=float(sys.argv[3]), retry_interval=0.01
)
assert client.wait_ready(10)
"""

forks = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")


def run(
    server: Any, program: str, flush_interval: float = 60.0, exit_timeout: float = 10.0
) -> subprocess.CompletedProcess[str]:
    sources = str(Path(netlift.__file__).parents[1])
    environment = {**os.environ, "PYTHONPATH": sources}
    return subprocess.run(
        [sys.executable, "-c", START + program, server.address, str(flush_interval), str(exit_timeout)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env=environment,
    )


def test_what_waits_at_the_end_of_a_process_is_sent(server: Any) -> None:
    finished = run(server, "client.variant('tv-entry', 'visitor-1'); client.track('Done', user_id='c1')")
    assert (finished.returncode, finished.stderr) == (0, "")
    assert [event["event"] for event in server.accepted] == ["Experiment Viewed", "Done"]
    assert server.batches[0]["evaluations"] == {"tv-entry": {"SPLIT": 1}}


def test_what_waits_is_sent_although_the_process_ends_with_an_error(server: Any) -> None:
    finished = run(server, "client.track('Done', user_id='c1'); raise SystemExit(3)")
    assert finished.returncode == 3
    assert [event["event"] for event in server.accepted] == ["Done"]


def test_a_failing_server_is_tried_again_at_the_end_of_a_process(server: Any) -> None:
    server.batch_replies.extend([500, 500])
    finished = run(server, "client.track('Done', user_id='c1')")
    assert finished.returncode == 0
    assert [event["event"] for event in server.accepted] == ["Done"]


def test_a_server_that_does_not_answer_does_not_keep_a_process_alive(server: Any) -> None:
    server.batch_replies.append("hang")
    finished = run(server, "client.track('Done', user_id='c1')", exit_timeout=0.1)
    assert finished.returncode == 0
    assert server.accepted == []


@forks
def test_parent_and_child_each_send_their_own_events_once(server: Any) -> None:
    finished = run(
        server,
        """
client.track("Parent before", user_id="c1")
client.variant("tv-entry", "visitor-1")
child = os.fork()
if child == 0:
    ok = client.variant("tv-entry", "visitor-2") in ("control", "personal-entry")
    client.track("Child", user_id="c1")
    ok = ok and client.flush(10) and client.stats()["sent"] == 2
    os._exit(0 if ok else 1)
_, status = os.waitpid(child, 0)
client.track("Parent after", user_id="c1")
sys.exit(os.waitstatus_to_exitcode(status))
""",
    )
    assert (finished.returncode, finished.stderr) == (0, "")
    seen = Counter((event["event"], event.get("anonymousId") or event["userId"]) for event in server.accepted)
    assert seen == {
        ("Parent before", "c1"): 1,
        ("Parent after", "c1"): 1,
        ("Child", "c1"): 1,
        ("Experiment Viewed", "visitor-1"): 1,
        ("Experiment Viewed", "visitor-2"): 1,
    }
    assert len({event["messageId"] for event in server.accepted}) == 5


@forks
def test_a_child_that_ends_by_itself_sends_what_waits(server: Any) -> None:
    finished = run(
        server,
        """
client.track("Parent", user_id="c1")
client.flush(10)
child = os.fork()
client.track("Child" if child == 0 else "Parent after", user_id="c1")
if child:
    os.waitpid(child, 0)
""",
    )
    assert (finished.returncode, finished.stderr) == (0, "")
    assert sorted(event["event"] for event in server.accepted) == ["Child", "Parent", "Parent after"]


@forks
def test_a_child_decides_at_once_and_looks_for_a_newer_config(server: Any) -> None:
    finished = run(
        server,
        """
child = os.fork()
if child == 0:
    decided = client.decide("tv-entry", "visitor-1").reason
    os._exit(0 if decided == "SPLIT" and client.wait_ready(0) and client.flush(10) else 1)
_, status = os.waitpid(child, 0)
sys.exit(os.waitstatus_to_exitcode(status))
""",
    )
    assert (finished.returncode, finished.stderr) == (0, "")
    server.wait(lambda: len(server.to("GET")) >= 2)
    assert server.to("GET")[1]["headers"]["if-none-match"] == server.etag


@forks
def test_forking_while_all_locks_are_busy_leaves_no_child_stuck(server: Any) -> None:
    finished = run(
        server,
        """
stop = threading.Event()
def work(name):
    number = 0
    while not stop.is_set():
        number += 1
        client.variant("tv-entry", f"{name}-{number}")
        client.track("Parent", user_id="c1")
threads = [threading.Thread(target=work, args=(f"p{n}",)) for n in range(3)]
for thread in threads:
    thread.start()
codes = []
for number in range(15):
    child = os.fork()
    if child == 0:
        client.variant("tv-entry", f"child-{number}")
        client.track("Child", user_id=f"child-{number}")
        os._exit(0 if client.flush(20) else 1)
    codes.append(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
stop.set()
for thread in threads:
    thread.join()
client.close(0.1)
sys.exit(any(codes))
""",
        flush_interval=0.001,
    )
    assert finished.returncode == 0, finished.stderr
    children = Counter(event["userId"] for event in server.named("Child"))
    assert children == {f"child-{number}": 1 for number in range(15)}


@forks
def test_a_client_that_was_closed_before_a_fork_stays_closed(server: Any) -> None:
    finished = run(
        server,
        """
client.close()
child = os.fork()
if child == 0:
    client.track("Child", user_id="c1")
    os._exit(0 if client.stats()["dropped"] == 1 and threading.active_count() == 1 else 1)
_, status = os.waitpid(child, 0)
sys.exit(os.waitstatus_to_exitcode(status))
""",
    )
    assert (finished.returncode, finished.stderr) == (0, "")
    assert server.accepted == []


SOCKETS = """
import time
def sockets():
    links = []
    for descriptor in os.listdir("/proc/self/fd"):
        try:
            links.append(os.readlink(f"/proc/self/fd/{descriptor}"))
        except OSError:
            pass  # the one that lists the folder is closed again
    return sum(link.startswith("socket:") for link in links)
"""
counts_sockets = pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="needs /proc to count open sockets")


@forks
@counts_sockets
def test_a_child_keeps_no_copy_of_the_connections_of_its_parent(server: Any, make_experiment: Any) -> None:
    server.publish(make_experiment(), make_experiment("private", remote=True))
    finished = run(
        server,
        SOCKETS
        + """
client.track("Parent", user_id="c1")
client.flush(10)
client.remote(anonymous_id="v1")
assert sockets() == 2
child = os.fork()
if child == 0:
    os._exit(sockets())
_, status = os.waitpid(child, 0)
client.track("Parent after", user_id="c1")
client.remote(anonymous_id="v1")
sys.exit(os.waitstatus_to_exitcode(status))
""",
    )
    assert (finished.returncode, finished.stderr) == (0, "")
    assert len({request["peer"] for request in server.to("POST")}) == 2


@forks
@counts_sockets
def test_a_child_that_is_forked_while_configs_are_on_their_way_keeps_none_of_their_connections(server: Any) -> None:
    server.config_replies.extend([(200, {"ETag": server.etag}, server.config_body), "hang", "hang"])
    finished = run(
        server,
        SOCKETS
        + """
other = Client("sk_other", sys.argv[1], page_key="pk_other", timeout=60)
def asks(source):
    connection = source._transport._connection
    return connection is not None and connection.sock is not None
while not (asks(other._runtime.source) and asks(other._runtime.pages)):
    time.sleep(0.01)
assert sockets() == 2
child = os.fork()
if child == 0:
    os._exit(sockets())
os._exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
""",
    )
    assert (finished.returncode, finished.stderr) == (0, "")
