"""`kill -9` in mid-load: what was acknowledged is there, once."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.faults.load import Load, check_each_once
from tests.faults.server import Server

pytestmark = pytest.mark.slow


@pytest.fixture
def server(engine: Engine, database_url: str, tmp_path: Path) -> Iterator[Server]:
    server = Server(engine, database_url, tmp_path)
    yield server
    server.close()


def test_a_killed_worker_and_a_killed_server_lose_and_double_nothing(engine: Engine, server: Server) -> None:
    load = Load(server.send)
    with load.running():
        for _ in range(2):
            load.wait_for(300)
            before = server.workers()
            os.kill(before[0], signal.SIGKILL)
            until = time.monotonic() + 60
            while len(set(server.workers()) - {before[0]}) < 2:
                assert time.monotonic() < until, "the worker was not replaced"
                time.sleep(0.05)
        load.wait_for(300)
        server.kill()
        server.restart()
        load.wait_for(300)
    assert load.refusals > 0, "nobody noticed that the server was killed"
    check_each_once(engine, load, server.source)
