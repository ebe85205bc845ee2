"""A real server over real HTTP with one test per type of flag, for clients that we did not write."""

from __future__ import annotations

import fcntl
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine
from werkzeug.serving import make_server

from experiments.config import Settings
from experiments.domain.environment import Environment
from experiments.domain.key import KeyKind
from experiments.services import access, launch
from experiments.services.sessions import writing
from experiments.store.engines import make_engine
from tests.scenes import ADMIN, APPROVER, NOW, running, seed
from web.app import create_app

PACKAGES = Path(__file__).parent / "openfeature"
#: Payloads of control and treatment by the key of their test.
VALUES: dict[str, tuple[Any, Any]] = {
    "words": (None, None),
    "flag": (False, True),
    "integer": (3, 5),
    "float": (0.5, 1.5),
    "text": ("Shop", "Shop for you"),
    "object": ({"label": "Shop"}, {"label": "For you", "items": [1, 2]}),
    "half": (None, {"label": "For you"}),
}
PRIVATE = {"policy": {"not_with_open_issue": True}}


@dataclass
class Server:
    """A running server: its address, its app and its keys."""

    url: str
    app: Flask
    server_key: str
    page_key: str
    secret: str


@pytest.fixture(scope="session")
def contract_engine(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """A database with the tests."""
    path = tmp_path_factory.mktemp("contract") / "netlift.db"
    shutil.copy(sqlite_template, path)
    engine = make_engine(f"sqlite:///{path}")
    with writing(engine) as session:
        seed(session)
        for key, payloads in VALUES.items():
            running(session, key, variants=_variants(*payloads))
        running(session, "paused", variants=_variants(None, None))
        launch.pause(session, APPROVER, NOW, "paused")
        running(session, "private", variants=_variants(None, None), audience=PRIVATE)
    yield engine
    engine.dispose()


def _variants(*payloads: Any) -> list[dict[str, Any]]:
    named = zip(("control", "entry"), payloads, strict=True)
    return [{"key": key, "weight": 0.5, **({} if payload is None else {"payload": payload})} for key, payload in named]


@pytest.fixture(scope="session")
def server(contract_engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The whole app behind a real socket."""
    settings = Settings(_env_file=None, data_dir=tmp_path_factory.mktemp("server"), id_key="k")  # type: ignore[call-arg]
    app = create_app(settings, contract_engine)
    with writing(contract_engine) as session:
        keys = [access.create_key(session, ADMIN, NOW, kind, "K", Environment.PRODUCTION).key for kind in KeyKind]
        vault = access.vault(settings.session_secret())
        secret = access.create_identity_secret(session, ADMIN, NOW, Environment.PRODUCTION, vault).secret
    with serving(app) as url:
        yield Server(url, app, keys[1], keys[0], secret)


@contextmanager
def serving(app: Flask) -> Iterator[str]:
    """The address of an app while it is served."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="session")
def packages() -> Path:
    """The folder with OpenFeature's npm packages, installed from its lock file."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        pytest.skip("no node: install it to run OpenFeature's JavaScript clients")
    installed, lock = PACKAGES / "node_modules" / ".package-lock.json", PACKAGES / "package-lock.json"
    with (PACKAGES / ".installing").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)  # test processes beside this one may install too
        if not installed.exists() or installed.stat().st_mtime < lock.stat().st_mtime:
            command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
            subprocess.run(command, cwd=PACKAGES, check=True, capture_output=True, timeout=180)
    return PACKAGES
