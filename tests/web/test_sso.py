"""Single sign-on against a provider in a process of its own: who comes in, and everything that must not work."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from flask.testing import FlaskClient
from sqlalchemy import Engine
from werkzeug.test import TestResponse

from experiments.config import Settings
from experiments.domain.access import UserRole
from experiments.domain.errors import DomainError
from experiments.domain.single_sign_on import read_roles, role_of
from experiments.services import access
from experiments.services.actor import SYSTEM, Actor
from experiments.services.clock import now_us
from experiments.store.engines import make_engine, reading, writing
from tests.running import free_port
from tests.scenes import add_person
from tests.sso_provider import CLIENT, SECRET
from web.app import create_app

ANN = {"email": "Ann@Example.org", "email_verified": True, "name": "Ann", "groups": ["all", "analysts"]}
Start = Callable[..., FlaskClient]


@pytest.fixture(scope="module")
def provider() -> Iterator[str]:
    """Address of a running provider; ended by its own process id."""
    port = free_port()
    command = [sys.executable, "-m", "tests.sso_provider", str(port)]
    environment = {**os.environ, "AUTHLIB_INSECURE_TRANSPORT": "1"}
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, env=environment, stdout=quiet, stderr=quiet) as run:
        try:
            _wait(f"http://127.0.0.1:{port}/jwks", run)
            yield f"http://127.0.0.1:{port}"
        finally:
            run.terminate()


@pytest.fixture
def engine(sqlite_template: Path, tmp_path: Path) -> Iterator[Engine]:
    shutil.copy(sqlite_template, tmp_path / "netlift.db")
    engine = make_engine(f"sqlite:///{tmp_path}/netlift.db")
    with writing(engine) as session:
        for email, role in (("ann@example.org", UserRole.VIEWER), ("ada@example.org", UserRole.ADMIN)):
            add_person(session, Actor(email, role))
    yield engine
    engine.dispose()


@pytest.fixture
def start(provider: str, engine: Engine, tmp_path: Path) -> Start:
    (tmp_path / "secret").write_text(SECRET)

    def client(**changes: Any) -> FlaskClient:
        given = {"oidc_issuer": provider, "oidc_client_id": CLIENT, "oidc_client_secret_file": tmp_path / "secret",
                 "oidc_name": "Polder ID", "public_url": "http://localhost", **changes}  # fmt: skip
        settings = Settings(_env_file=None, data_dir=tmp_path, secret_key="x" * 40, id_key="x", **given)  # type: ignore[call-arg, arg-type]
        return create_app(settings, engine).test_client()

    return client


def behave(provider: str, claims: dict[str, Any], **more: Any) -> None:
    requests.post(f"{provider}/behave", json={"claims": claims, **more}, timeout=10).raise_for_status()


def enter(client: FlaskClient, query: str = "") -> TestResponse:
    """To the provider and back, as a browser goes."""
    sent = client.get(f"/sign-in/sso{query}")
    assert sent.status_code == 302, sent.text
    back = requests.get(sent.location, allow_redirects=False, timeout=10)
    assert back.status_code == 302, back.text
    return client.get(back.headers["Location"].removeprefix("http://localhost"))


def says(response: TestResponse) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", response.text)).split())


def test_a_known_person_comes_in_and_where_they_wanted(start: Start, provider: str, engine: Engine) -> None:
    client = start()
    assert "Sign in with Polder ID" in client.get("/sign-in").text
    behave(provider, ANN)
    assert enter(client, "?next=/goals").location == "/goals"
    assert "single sign-on" in client.get("/account").text
    sent = parse_qs(urlsplit(start().get("/sign-in/sso").location).query)
    assert sent["code_challenge_method"] == ["S256"]
    assert {"state", "nonce", "code_challenge"} <= set(sent)
    assert enter(start(), "?next=//evil.example").location == "/"


@pytest.mark.parametrize(
    ("changed", "more"),
    [
        ({"aud": ["somebody else"]}, {}),
        ({"nonce": "of another attempt"}, {}),
        ({"exp": int(time.time()) - 3_600, "iat": int(time.time()) - 7_200}, {}),
        ({"iss": "https://evil.example"}, {}),
        ({}, {"wrong_key": True}),
    ],
    ids=["audience", "nonce", "expired", "issuer", "signature"],
)
def test_an_id_token_that_is_not_for_this_attempt_is_refused(
    start: Start, provider: str, changed: dict[str, Any], more: dict[str, Any]
) -> None:
    client = start()
    behave(provider, ANN, changed=changed, **more)
    refused = enter(client)
    assert refused.status_code == 403
    assert "cannot be trusted" in says(refused) or "did not let you in" in says(refused)
    assert client.get("/account").status_code == 302


@pytest.mark.parametrize(
    ("claims", "words"),
    [
        ({**ANN, "email": "eve@example.org"}, "Nobody here has the address eve@example.org"),
        ({**ANN, "email_verified": False}, "has not verified"),
        ({"name": "Ann"}, "does not tell your e-mail address"),
    ],
)
def test_nobody_unknown_comes_in(start: Start, provider: str, claims: dict[str, Any], words: str) -> None:
    client = start()
    behave(provider, claims)
    refused = enter(client)
    assert refused.status_code == 403
    assert words in says(refused)
    assert client.get("/account").status_code == 302


def test_an_answer_to_somebody_elses_attempt_is_refused(start: Start, provider: str) -> None:
    behave(provider, ANN)
    attacker, victim = start(), start()
    back = requests.get(attacker.get("/sign-in/sso").location, allow_redirects=False, timeout=10)
    path = back.headers["Location"].removeprefix("http://localhost")
    assert victim.get(path).status_code == 403
    assert attacker.get(path).status_code == 302
    assert attacker.get(path).status_code == 403


def test_the_role_follows_the_claim(start: Start, provider: str, engine: Engine) -> None:
    client = start(oidc_role_claim="groups", oidc_roles="bosses=admin, analysts=editor, all=viewer")
    behave(provider, ANN)
    enter(client)
    assert _role(engine, "ann@example.org") is UserRole.EDITOR
    behave(provider, {**ANN, "groups": ["strangers"]})
    assert "None of your groups" in says(enter(client))
    behave(provider, {**ANN, "email": "ada@example.org", "groups": ["all"]})
    assert enter(client).status_code == 302
    assert _role(engine, "ada@example.org") is UserRole.ADMIN  # the last one


def test_an_invited_person_joins_without_a_password(start: Start, provider: str, engine: Engine) -> None:
    with writing(engine) as session:
        access.invite(session, SYSTEM, now_us(), "new@example.org", UserRole.EDITOR)
    client = start(password_sign_in=False)
    page = client.get("/sign-in")
    assert "E-mail address" not in page.text
    assert client.get("/forgotten-password").status_code == 404
    behave(provider, {**ANN, "email": "new@example.org", "name": "Nele"})
    assert enter(client).status_code == 302
    assert _role(engine, "new@example.org") is UserRole.EDITOR
    assert access.sign_in(engine, "new@example.org", "nobody", now_us()) is None


def test_passwords_can_be_switched_off(start: Start) -> None:
    client = start(password_sign_in=False)
    with client.session_transaction() as session:
        session["csrf_token"] = "x" * 40
    from itsdangerous import URLSafeTimedSerializer

    token = URLSafeTimedSerializer("x" * 40, salt="wtf-csrf-token").dumps("x" * 40)
    refused = client.post("/sign-in", data={"csrf_token": token, "email": "ann@example.org", "password": "x"})
    assert refused.status_code == 403
    assert "switched off" in says(refused)


def test_a_provider_that_is_down_or_another_is_told(start: Start, provider: str) -> None:
    down = start(oidc_issuer="http://127.0.0.1:9").get("/sign-in/sso")
    assert down.status_code == 502
    assert "does not answer" in says(down)
    port = provider.rsplit(":", 1)[1]
    other = start(oidc_issuer=f"http://localhost:{port}").get("/sign-in/sso")
    assert other.status_code == 502
    assert "must be 'http://localhost" in says(other)


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"oidc_client_id": ""}, "CLIENT_ID"),
        ({"public_url": ""}, "PUBLIC_URL"),
        ({"oidc_role_claim": "groups"}, "OIDC_ROLES"),
        ({"oidc_roles": "boss=king"}, "oidc_roles"),
        ({"oidc_issuer": "http://login.example"}, "OIDC_ISSUER"),
    ],
)
def test_settings_that_do_not_go_together_stop_the_start(start: Start, changes: dict[str, str], name: str) -> None:
    with pytest.raises(DomainError, match=name):
        start(**changes)


def test_claims_lead_into_objects_and_the_highest_role_counts() -> None:
    roles = read_roles("a=viewer, b=approver")
    assert role_of({"realm": {"roles": ["a", "b", 3]}}, "realm.roles", roles) is UserRole.APPROVER
    assert role_of({"https://x.example/role": "a"}, "https://x.example/role", roles) is UserRole.VIEWER
    assert role_of({"realm": "b"}, "realm.roles", roles) is None
    assert role_of({}, "groups", roles) is None


def _role(engine: Engine, email: str) -> UserRole:
    with reading(engine) as session:
        return access.user_by_email(session, email).role


def _wait(address: str, run: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until and run.poll() is None:
        try:
            requests.get(address, timeout=2)
        except requests.RequestException:
            time.sleep(0.1)
        else:
            return
    pytest.fail("the provider did not start")
