"""A shop under gunicorn with `--preload`: the client is made before the fork, each worker has its own afterwards."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import netlift

pytest.importorskip("gunicorn")
pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")

SHOP = """
import os
from netlift import Client
from netlift.wsgi import NetliftMiddleware
waits = {"flush_interval": 60, "batch_size": 5000, "exit_timeout": 10}
client = Client("pk_live_1", os.environ["HOST"], spool=os.environ["SPOOL"], **waits)
assert client.wait_ready(10)
client.track("Loaded", user_id=str(os.getpid()))
def shop(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/html")])
    name = environ["QUERY_STRING"]
    shown = client.variant("tv-entry", name)
    client.track("Seen", anonymous_id=name, user_id=str(os.getpid()))
    return [f"<head></head>{shown} {os.getpid()}".encode()]
app = NetliftMiddleware(shop, client)
"""


@pytest.fixture
def shop(server: Any, tmp_path: Path) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    (tmp_path / "shop.py").write_text(SHOP)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    paths = os.pathsep.join([str(Path(netlift.__file__).parents[1]), str(tmp_path)])
    # HOME: newer gunicorns put a control socket there.
    environment = {
        **os.environ,
        "HOME": str(tmp_path),
        "PYTHONPATH": paths,
        "HOST": server.address,
        "SPOOL": str(tmp_path / "spool"),
    }
    command = [sys.executable, "-m", "gunicorn", "shop:app", "--preload", "-w", "2", "--threads", "2"]
    process = subprocess.Popen([*command, "-b", f"127.0.0.1:{port}"], env=environment, cwd=tmp_path)
    yield process, port
    if process.poll() is None:
        process.kill()
        process.wait(30)


def ask(port: int, name: str) -> str:
    deadline = time.monotonic() + 30
    while True:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
            connection.request("GET", f"/?{name}")
            body = connection.getresponse().read().decode()
            connection.close()
            return body
        except OSError:
            assert time.monotonic() < deadline
            time.sleep(0.05)


def seen(server: Any) -> Counter[str]:
    """Events by visitor; each message once, as the server counts them."""
    return Counter({event["messageId"]: event["anonymousId"] for event in server.named("Seen")}.values())


def visit_both(port: int) -> dict[str, str]:
    """Visit until both workers have answered; which process answered each visitor."""
    answered: dict[str, str] = {}
    while len(set(answered.values())) < 2 or len(answered) < 20:
        name = f"visitor-{len(answered)}"
        body = ask(port, name)
        assert "netliftBootstrap" in body
        answered[name] = body.rsplit(" ", 1)[1]
        assert len(answered) < 2000
    return answered


def test_each_worker_sends_its_own_events_once(server: Any, shop: Any) -> None:
    process, port = shop
    answered = visit_both(port)
    process.send_signal(signal.SIGTERM)
    assert process.wait(60) == 0
    assert seen(server) == Counter(dict.fromkeys(answered, 1))
    assert {event["anonymousId"]: event["userId"] for event in server.named("Seen")} == answered
    assert [event["userId"] for event in server.named("Loaded")] == [str(process.pid)]
    assert {event["anonymousId"] for event in server.named("Experiment Viewed")} == set(answered)


def test_a_killed_worker_is_replaced_and_its_events_are_sent_once(server: Any, shop: Any) -> None:
    process, port = shop
    answered = visit_both(port)
    victim = min(answered.values())
    left_behind = {name for name, pid in answered.items() if pid == victim}
    os.kill(int(victim), signal.SIGKILL)
    deadline = time.monotonic() + 30
    later: set[str] = set()
    while not left_behind <= set(seen(server)):  # the new worker starts its client with its first visitor
        assert time.monotonic() < deadline
        name = f"later-{len(later)}"
        ask(port, name)
        later.add(name)
    process.send_signal(signal.SIGTERM)
    assert process.wait(60) == 0
    assert seen(server) == Counter(dict.fromkeys([*answered, *later], 1))
