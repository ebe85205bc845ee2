"""The whole product in processes of its own: a new installation, and `netlift serve` on a free port."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import Engine

from experiments.config import Settings
from experiments.domain.environment import Environment
from experiments.domain.key import KeyKind
from experiments.services import access
from experiments.services.actor import SYSTEM
from experiments.services.clock import now_us
from experiments.services.demo.company import found_company
from experiments.services.setup import prepare
from experiments.store.engines import make_engine, writing

ROOT = Path(__file__).resolve().parents[1]
#: A busy machine starts a server slowly.
START_SECONDS = 120


@dataclass(frozen=True)
class Installation:
    """A database with the demo's catalogue and a key of each kind, and nothing else."""

    settings: Settings
    engine: Engine
    client_key: str
    server_key: str


def install(folder: Path, *, origins: Sequence[str] = (), sources: tuple[str, str] | None = None) -> Installation:
    """A new installation in a folder.

    Args:
        origins: pages that may use the client key.
        sources: keys of the sources that client and server key stand for; None = their own.
    """
    settings = Settings(_env_file=None, data_dir=folder)  # type: ignore[call-arg]
    engine = make_engine(settings.url)
    prepare(engine, settings, now_us())
    shop, office = sources or (None, None)
    with writing(engine) as session:
        found_company(session, SYSTEM, now_us())
        client, server = (
            access.create_key(
                session, SYSTEM, now_us(), kind, label, Environment.PRODUCTION, origins=allowed, source=source
            ).key
            for kind, label, allowed, source in (
                (KeyKind.CLIENT, "Shop", origins, shop),
                (KeyKind.SERVER, "Office", (), office),
            )
        )
    return Installation(settings, engine, client, server)


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(folder: Path, *options: str, **settings: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Address and environment of a running server; `settings` are variables without their prefix."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    mine = {"DATA_DIR": str(folder), "WEB_WORKERS": "1", "PORT": str(port), **settings}
    environment = {**os.environ, "NO_PROXY": "127.0.0.1", **{f"NETLIFT_{name}": value for name, value in mine.items()}}
    command = [sys.executable, "-m", "web.cli", "serve", *options]
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(command, env=environment, cwd=ROOT, stdout=log, stderr=log)
        try:
            wait_for(f"{address}/sdk/netlift.js", process, folder / "server.log")
            yield address, environment
        finally:
            process.terminate()
            process.wait(30)


def wait_for(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Until an address of a server answers; where it never does the test fails with what it logged."""
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except OSError:
            time.sleep(0.1)
    pytest.fail(f"the server did not start:\n{log.read_text()}")
