"""A small app with the parts under test, and a client that speaks for a key or a person."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from flask_login import login_required
from sqlalchemy import Engine
from werkzeug.test import TestResponse

from experiments.config import Settings
from experiments.domain.environment import Environment
from experiments.domain.errors import DomainError
from experiments.domain.key import KeyKind
from experiments.services import access
from experiments.services.sessions import writing
from tests.scenes import ADMIN, NOW
from web import api, auth, errors
from web.deployment import Deployment, attach


def make_app(engine: Engine, folder: Path) -> Flask:
    """Errors, sessions, the management API and the config, with three pages to look at them."""
    app = Flask("tests.apps", template_folder=str(folder))
    app.config.update(SECRET_KEY="for tests only", TESTING=True, WTF_CSRF_TIME_LIMIT=None)
    attach(app, Deployment(Settings(data_dir=folder), engine))
    for part in (errors, auth):
        part.register(app)
    api.register(app)
    app.add_url_rule("/page", endpoint="page", view_func=login_required(_page), methods=["GET", "POST"])
    app.add_url_rule("/refused", view_func=_refused)
    app.add_url_rule("/v1/broken", view_func=_broken)
    return app


def key_for(engine: Engine, kind: KeyKind = KeyKind.SERVER, environment: Environment = Environment.PRODUCTION) -> str:
    """A new key."""
    with writing(engine) as session:
        return access.create_key(session, ADMIN, NOW, kind, "Office", environment).key


class Caller:
    """Calls the API as the holder of a key, or with headers of its own."""

    def __init__(self, client: FlaskClient, key: str = "", headers: dict[str, str] | None = None) -> None:
        self._client = client
        self._headers = headers or {"Authorization": f"Bearer {key}"}

    def get(self, path: str) -> TestResponse:
        """GET below /api/v1."""
        return self._client.get(f"/api/v1{path}", headers=self._headers)

    def post(self, path: str, body: Any = None) -> TestResponse:
        """POST JSON below /api/v1; without a body, nothing at all."""
        if body is None:
            return self._client.post(f"/api/v1{path}", headers=self._headers)
        return self._client.post(f"/api/v1{path}", headers=self._headers, json=body)

    def put(self, path: str, body: Any) -> TestResponse:
        """PUT JSON below /api/v1."""
        return self._client.put(f"/api/v1{path}", headers=self._headers, json=body)

    def patch(self, path: str, body: Any, **headers: str) -> TestResponse:
        """PATCH JSON below /api/v1, with more headers."""
        return self._client.patch(f"/api/v1{path}", headers={**self._headers, **headers}, json=body)

    def send(self, path: str, data: bytes) -> TestResponse:
        """PUT bytes below /api/v1."""
        return self._client.put(f"/api/v1{path}", headers=self._headers, data=data)

    def delete(self, path: str) -> TestResponse:
        """DELETE below /api/v1."""
        return self._client.delete(f"/api/v1{path}", headers=self._headers)


def _page() -> str:
    return auth.current_actor().name


def _refused() -> str:
    raise DomainError("out_of_range", "<b> == 2, must be < 1.", "b")


def _broken() -> str:
    raise RuntimeError("nobody expected this")
