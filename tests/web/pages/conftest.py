"""The whole app on a real SQLite file with a story for every state, and people who click in it."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from jinja2.bccache import Bucket, BytecodeCache
from sqlalchemy import Engine
from werkzeug.test import TestResponse

from experiments.config import Settings
from experiments.domain.signed_in import Via
from experiments.services import access
from experiments.services.clock import now_us
from experiments.store.engines import make_engine, writing
from tests import stories
from web.app import create_app

SECRET = "a secret of the tests that signs their cookies"
#: The secret of a session of each role, which every copy of the stories knows; checking a password is slow.
SESSIONS: dict[str, str] = {}
TOKEN = re.compile(r'<meta name="csrf-token" content="([^"]+)">')


class Compiled(BytecodeCache):
    """Templates compiled once for all the apps of a process; Jinja itself checks that the source is the same."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self.kept:
            bucket.bytecode_from_string(self.kept[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self.kept[bucket.key] = bucket.bytecode_to_string()


COMPILED = Compiled()


class Person:
    """Somebody with a browser: cookies are kept, and every form carries its token."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client

    def get(self, path: str, **options: Any) -> TestResponse:
        return self.client.get(path, **options)

    def fragment(self, path: str, data: dict[str, Any] | None = None) -> TestResponse:
        """What htmx asks for."""
        headers = {"HX-Request": "true", "X-CSRFToken": self.token()}
        if data is None:
            return self.client.get(path, headers=headers)
        return self.client.post(path, data=data, headers=headers)

    def post(self, path: str, data: dict[str, Any] | None = None) -> TestResponse:
        return self.client.post(path, data={"csrf_token": self.token(), **(data or {})})

    def token(self) -> str:
        found = TOKEN.search(self.client.get("/definitions").text)
        assert found is not None
        return found.group(1)


As = Callable[[str], Person]


@pytest.fixture(scope="session")
def seeded(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file that holds every story."""
    path = tmp_path_factory.mktemp("stories") / "netlift.db"
    shutil.copy(sqlite_template, path)
    engine = make_engine(f"sqlite:///{path}")
    stories.seed(engine)
    with writing(engine) as session:
        for role, (email, _, _) in stories.PEOPLE.items():
            person = access.user_by_email(session, email)
            SESSIONS[role] = access.begin_session(session, person, now_us(), "Firefox Linux", Via.PASSWORD)
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()
    return path


def deployment(folder: Path, seeded: Path) -> Settings:
    """Settings of a deployment with a copy of the stories."""
    shutil.copy(seeded, folder / "netlift.db")
    return Settings(_env_file=None, data_dir=folder, secret_key=SECRET, id_key="id", company="Polder Telecom")  # type: ignore[call-arg,arg-type]


@pytest.fixture
def settings(seeded: Path, tmp_path: Path) -> Settings:
    """A deployment of this test's own."""
    return deployment(tmp_path, seeded)


@pytest.fixture
def engine(settings: Settings) -> Iterator[Engine]:
    """The engine the app uses too."""
    engine = make_engine(settings.url)
    yield engine
    engine.dispose()


@pytest.fixture
def app(settings: Settings, engine: Engine) -> Flask:
    """The web product."""
    app = create_app(settings, engine)
    app.jinja_env.bytecode_cache = COMPILED
    return app


@pytest.fixture
def stranger(app: Flask) -> FlaskClient:
    """A browser nobody has signed in with."""
    return app.test_client()


@pytest.fixture(scope="session")
def cookies() -> dict[str, str]:
    """The session cookie of each role; it fits every copy of the stories."""
    return {}


@pytest.fixture
def as_role(app: Flask, cookies: dict[str, str]) -> As:
    """Signs somebody with a role in."""
    return lambda role: sign_in(app, cookies, role)


@pytest.fixture(scope="session")
def shared_app(seeded: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """One app for all tests that change nothing."""
    settings = deployment(tmp_path_factory.mktemp("shared"), seeded)
    engine = make_engine(settings.url)
    yield create_app(settings, engine)
    engine.dispose()


@pytest.fixture
def visit(shared_app: Flask, cookies: dict[str, str]) -> As:
    """Signs somebody in who changes nothing; quicker than `as_role`."""
    return lambda role: sign_in(shared_app, cookies, role)


def sign_in(app: Flask, cookies: dict[str, str], role: str) -> Person:
    """Somebody with this role, in a session that the stories begin with."""
    client = app.test_client()
    if role not in cookies:
        with client.session_transaction() as session:
            session["_user_id"], session["_fresh"], session["_permanent"] = SESSIONS[role], True, True
        found = client.get_cookie("netlift_session")
        assert found is not None
        cookies[role] = found.value
    client.set_cookie("netlift_session", cookies[role])
    return Person(client)


def text_of(response: TestResponse) -> str:
    """What the page says, without its tags."""
    html = re.sub(r"<(script|style).*?</\1>", " ", response.text, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


@pytest.fixture
def says() -> Callable[[TestResponse], str]:
    """Reads a page as people do."""
    return text_of
