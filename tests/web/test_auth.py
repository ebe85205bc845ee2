"""Sign in and out, sessions that end, keys in the header, and the way back."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_wtf.csrf import generate_csrf
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine

from experiments.domain.access import UserRole
from experiments.domain.environment import Environment
from experiments.domain.errors import DomainError
from experiments.domain.key import KeyKind
from experiments.domain.user import User
from experiments.services import access
from experiments.services.actor import Actor
from experiments.services.sessions import writing
from tests.apps import key_for, make_app
from tests.scenes import ADMIN, NOW, seed
from web import auth

PASSWORD = "a long enough password"
HASHED = access.hash_password(PASSWORD)


def _enter(password: str) -> str:
    return str(auth.sign_in("ann@example.org", password))


@pytest.fixture
def app(engine: Engine, tmp_path: Path) -> Flask:
    app = make_app(engine, tmp_path)
    app.add_url_rule("/enter/<password>", "enter", _enter)
    app.add_url_rule("/leave", "leave", view_func=lambda: str(auth.sign_out()))
    app.add_url_rule("/token", view_func=generate_csrf)
    return app


@pytest.fixture
def client(app: Flask) -> Iterator[FlaskClient]:
    with app.test_client() as client:
        yield client


@pytest.fixture
def light(sqlite_engine: Engine, tmp_path: Path) -> FlaskClient:
    """A client for what does not depend on the database."""
    return make_app(sqlite_engine, tmp_path).test_client()


@pytest.fixture
def ann(engine: Engine) -> User:
    with writing(engine) as session:
        return access.create_user(
            session, ADMIN, NOW, email="ann@example.org", name="Ann", password=HASHED, role=UserRole.EDITOR
        )


def test_a_session_begins_with_the_right_password_and_ends(client: FlaskClient, ann: User) -> None:
    assert client.get("/enter/wrong-password").text == "None"
    assert client.get("/page").status_code == 302
    assert "ann@example.org" in client.get(f"/enter/{PASSWORD}").text
    assert client.get("/page").text == "ann@example.org"
    client.get("/leave")
    assert client.get("/page").status_code == 302


def test_a_stranger_is_sent_to_sign_in_and_back(client: FlaskClient, ann: User) -> None:
    answer = client.get("/page?tab=plan")
    assert answer.headers["Location"] == "/sign-in?next=%2Fpage%3Ftab%3Dplan"
    assert client.post("/page").status_code == 401


def test_a_session_ends_where_the_person_is_disabled_or_signed_out(
    client: FlaskClient, engine: Engine, ann: User
) -> None:
    client.get(f"/enter/{PASSWORD}")
    with writing(engine) as session:
        access.change_role(session, ADMIN, NOW, ann.email, UserRole.VIEWER)
    assert client.get("/page").status_code == 200
    with writing(engine) as session:
        access.sign_out_everywhere(session, ADMIN, NOW, ann.email)
    assert client.get("/page").status_code == 302
    client.get(f"/enter/{PASSWORD}")
    with writing(engine) as session:
        access.disable_user(session, ADMIN, NOW, ann.email)
    assert client.get("/page").status_code == 302


def test_a_session_calls_the_api_and_its_changes_need_the_token(client: FlaskClient, engine: Engine, ann: User) -> None:
    with writing(engine) as session:
        seed(session)
    assert client.get("/api/v1/experiments").status_code == 401
    client.get(f"/enter/{PASSWORD}")
    assert client.get("/api/v1/experiments").json == {"items": [], "next": None}
    layer = {"key": "web", "name": "Web"}
    refused = client.post("/api/v1/layers", json=layer)
    assert (refused.status_code, refused.json and refused.json["error"]) == (403, "forbidden")
    wrong = client.post("/api/v1/layers", json=layer, headers={"X-CSRFToken": "wrong"})
    assert wrong.status_code == 403
    token = client.get("/token").text
    assert client.post("/api/v1/layers", json=layer, headers={"X-CSRFToken": token}).status_code == 201


def test_a_key_needs_no_token(client: FlaskClient, engine: Engine) -> None:
    headers = {"Authorization": f"Bearer {key_for(engine)}"}
    answer = client.post("/api/v1/layers", json={"key": "web", "name": "Web"}, headers=headers)
    assert answer.status_code == 201


def test_a_wrong_key_is_refused_even_beside_a_good_session(client: FlaskClient, ann: User) -> None:
    client.get(f"/enter/{PASSWORD}")
    answer = client.get("/api/v1/experiments", headers={"Authorization": "Bearer sk_live_wrong"})
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("form", ["bearer", "basic"])
def test_both_forms_of_the_header_carry_a_key(light: FlaskClient, sqlite_engine: Engine, form: str) -> None:
    key = key_for(sqlite_engine)
    value = f"Bearer {key}" if form == "bearer" else "Basic " + b64encode(f"{key}:".encode()).decode()
    assert light.get("/api/v1/experiments", headers={"Authorization": value}).status_code == 200


@pytest.mark.parametrize("value", ["", "Bearer", "Bearer ", "Basic x", "Digest a=b", "sk_live_x", "Bearer \u00e9"])
def test_a_header_without_a_key_is_refused(light: FlaskClient, value: str) -> None:
    answer = light.get("/api/v1/experiments", headers={"Authorization": value})
    assert (answer.status_code, answer.json and answer.json["error"]) == (401, "unauthorised")


def test_client_keys_manage_nothing(client: FlaskClient, engine: Engine) -> None:
    headers = {"Authorization": f"Bearer {key_for(engine, KeyKind.CLIENT)}"}
    assert client.get("/api/v1/experiments", headers=headers).status_code == 401


def test_who_acts(app: Flask, client: FlaskClient, engine: Engine, ann: User) -> None:
    with app.test_request_context(), pytest.raises(DomainError) as caught:
        auth.current_actor()
    assert caught.value.code == "unauthorised"
    header = {"Authorization": f"Bearer {key_for(engine, environment=Environment.TEST)}"}
    with app.test_request_context(headers=header):
        auth.authenticate_api()
        assert auth.current_actor() == Actor("key:Office", UserRole.EDITOR)
        assert auth.current_person() is None


@pytest.mark.parametrize(
    ("target", "path"),
    [
        ("/experiments?status=running", "/experiments?status=running"),
        ("/", "/"),
        (None, None),
        ("", None),
        ("//evil.example", None),
        ("/\\evil.example", None),
        ("https://evil.example", None),
        ("experiments", None),
        ("/a\r\nSet-Cookie: b", None),
    ],
)
def test_the_way_back_stays_on_this_site(target: str | None, path: str | None) -> None:
    assert auth.local_path(target) == path


@given(st.text(st.sampled_from("/\\:.a \t\n"), max_size=8))
def test_no_way_back_names_a_host(target: str) -> None:
    path = auth.local_path(target)
    assert path is None or (path[0] == "/" and path[1:2] not in ("/", "\\"))
