"""`netlift serve` in a process of its own on a free port, for tests that need the whole product."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 60


@contextmanager
def serving(folder: Path, *options: str, **settings: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Address and environment of a running server; `settings` are variables without their prefix."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    mine = {"DATA_DIR": str(folder), "WEB_WORKERS": "1", "PORT": str(port), **settings}
    environment = {**os.environ, "NO_PROXY": "127.0.0.1", **{f"NETLIFT_{name}": value for name, value in mine.items()}}
    command = [sys.executable, "-m", "web.cli", "serve", *options]
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(command, env=environment, cwd=ROOT, stdout=log, stderr=log)
        try:
            _wait(address, process, folder / "server.log")
            yield address, environment
        finally:
            process.terminate()
            process.wait(30)


def _wait(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{address}/sdk/netlift.js", timeout=2):
                return
        except OSError:
            time.sleep(0.1)
    pytest.fail(f"the server did not start:\n{log.read_text()}")
