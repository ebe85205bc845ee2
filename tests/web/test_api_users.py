"""People, invitations and sessions over HTTP."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine

from experiments.domain.access import UserRole
from experiments.domain.signed_in import Via
from experiments.domain.token import Scope
from experiments.services import access
from experiments.services.actor import Actor
from experiments.services.clock import now_us
from experiments.services.sessions import writing
from tests.apps import Caller, key_for, make_app
from tests.scenes import add_person
from web import auth

PEOPLE = {"ada@example.org": UserRole.ADMIN, "abel@example.org": UserRole.APPROVER}


@pytest.fixture
def app(sqlite_engine: Engine, tmp_path: Path) -> Flask:
    with writing(sqlite_engine) as session:
        for email, role in PEOPLE.items():
            add_person(session, Actor(email, role))
    return make_app(sqlite_engine, tmp_path)


def _as(app: Flask, engine: Engine, email: str, scope: Scope) -> Caller:
    with writing(engine) as session:
        made = access.create_token(session, Actor(email, PEOPLE[email]), now_us(), "CI", [scope])
    return Caller(app.test_client(), made.token)


def test_administrators_manage_people(app: Flask, sqlite_engine: Engine) -> None:
    ada = _as(app, sqlite_engine, "ada@example.org", Scope.ADMIN)
    listed: Any = ada.get("/users?role=approver").json
    (abel,) = listed["items"]
    assert ada.post(f"/users/{abel['id']}/role", {"role": "editor"}).json["role"] == "editor"  # type: ignore[index]
    assert ada.post(f"/users/{abel['id']}/deactivate", {"reason": "Left."}).json["disabled"] is True  # type: ignore[index]
    assert ada.post(f"/users/{abel['id']}/activate").json["disabled"] is False  # type: ignore[index]
    assert ada.post(f"/users/{abel['id']}/sign-out").status_code == 200
    assert ada.post(f"/users/{abel['id']}/password-link").status_code == 403  # a token opens no further doors
    own: Any = ada.get("/users?q=ada").json
    last = ada.post(f"/users/{own['items'][0]['id']}/role", {"role": "viewer"})
    assert (last.status_code, last.json["error"]) == (409, "last_admin")  # type: ignore[index]
    assert ada.post("/users/99/activate").status_code == 404


def test_invitations_are_made_listed_and_withdrawn(app: Flask, sqlite_engine: Engine) -> None:
    ada = _as(app, sqlite_engine, "ada@example.org", Scope.ADMIN)
    made = ada.post("/invitations", {"email": "new@example.org", "role": "viewer"})
    assert made.status_code == 201
    assert made.headers["Cache-Control"] == "no-store"
    told: Any = made.json
    assert "/invitation/" in told["link"]
    listed: Any = ada.get("/invitations").json
    assert [each["email"] for each in listed["items"]] == ["new@example.org"]
    assert "link" not in listed["items"][0]
    assert ada.delete(f"/invitations/{told['id']}").status_code == 200
    assert ada.delete(f"/invitations/{told['id']}").status_code == 404


def test_nobody_else_manages_people(app: Flask, sqlite_engine: Engine) -> None:
    for caller in (
        _as(app, sqlite_engine, "abel@example.org", Scope.DECIDE),
        _as(app, sqlite_engine, "ada@example.org", Scope.WRITE),
        Caller(app.test_client(), key_for(sqlite_engine)),
    ):
        assert caller.get("/users").status_code == 403
        assert caller.get("/invitations").status_code == 403
        assert caller.post("/invitations", {"email": "x@example.org", "role": "admin"}).status_code == 403
        for deed in ("role", "deactivate", "activate", "sign-out", "password-link"):
            assert caller.post(f"/users/1/{deed}", {"role": "admin"} if deed == "role" else None).status_code == 403


def test_ones_sessions_are_listed(app: Flask, sqlite_engine: Engine) -> None:
    with writing(sqlite_engine) as session:
        abel = access.user_by_email(session, "abel@example.org")
        access.begin_session(session, abel, now_us(), "Firefox Linux", Via.PASSWORD)
    caller = _as(app, sqlite_engine, "abel@example.org", Scope.READ)
    listed: Any = caller.get("/sessions").json
    (mine,) = listed["items"]
    assert (mine["device"], mine["via"]) == ("Firefox on Linux", "password")
    assert caller.delete(f"/sessions/{mine['id']}").status_code == 403
    assert Caller(app.test_client(), key_for(sqlite_engine)).get("/sessions").json["items"] == []  # type: ignore[index]


def _signed_in(app: Flask, engine: Engine, email: str, password: str = "") -> Caller:
    """A person in a browser, who for every change also carries the CSRF token."""
    from flask import session as cookie
    from flask_wtf.csrf import generate_csrf

    with app.test_request_context(headers={"User-Agent": "Firefox Linux"}):
        with writing(engine) as session:
            user = access.user_by_email(session, email)
            if password:
                access.change_password(
                    session, Actor(email, user.role), now_us(), email, access.hash_password(password)
                )
        auth.begin(user, Via.PASSWORD)
        token, held = generate_csrf(), dict(cookie)
    client = app.test_client()
    with client.session_transaction() as kept:
        kept.update(held)
    return Caller(client, headers={"X-CSRFToken": token})


def test_a_person_changes_name_and_password_and_leaves_everywhere(app: Flask, sqlite_engine: Engine) -> None:
    abel = _signed_in(app, sqlite_engine, "abel@example.org", "correct horse battery staple")
    assert abel.get("/me").json["email"] == "abel@example.org"  # type: ignore[index]
    assert abel.put("/me/name", {"name": "Abel B."}).json["name"] == "Abel B."  # type: ignore[index]
    empty = abel.put("/me/name", {"name": ""})
    assert (empty.status_code, empty.json["field"]) == (422, "name")  # type: ignore[index]
    wrong = abel.post("/me/password", {"current": "a guess", "password": "another long phrase here"})
    assert wrong.json["error"] == "wrong_password"  # type: ignore[index]
    right = {"current": "correct horse battery staple", "password": "another long phrase here"}
    assert abel.post("/me/password", right).status_code == 200
    assert abel.get("/me").status_code == 200  # this session goes on
    assert access.sign_in(sqlite_engine, "abel@example.org", right["password"], now_us()) is not None
    assert abel.post("/me/sign-out").status_code == 200
    assert abel.get("/me").status_code == 401


def test_tokens_and_keys_change_no_account(app: Flask, sqlite_engine: Engine) -> None:
    reader = _as(app, sqlite_engine, "ada@example.org", Scope.READ)
    assert reader.get("/me").json["email"] == "ada@example.org"  # type: ignore[index]
    key = Caller(app.test_client(), key_for(sqlite_engine))
    for caller in (reader, key):
        assert caller.put("/me/name", {"name": "Other"}).status_code == 403
        assert caller.post("/me/password", {"current": "a", "password": "another long phrase"}).status_code == 403
        assert caller.post("/me/sign-out").status_code == 403
    assert key.get("/me").status_code == 403


def test_an_administrator_forgets_who_was_kept_out(app: Flask, sqlite_engine: Engine) -> None:
    ada = _signed_in(app, sqlite_engine, "ada@example.org")
    (abel,) = ada.get("/users?role=approver").json["items"]  # type: ignore[index]
    assert ada.post(f"/users/{abel['id']}/forget").json["error"] == "active"  # type: ignore[index]
    ada.post(f"/users/{abel['id']}/deactivate")
    assert (
        _as(app, sqlite_engine, "ada@example.org", Scope.ADMIN).post(f"/users/{abel['id']}/forget").status_code == 403
    )
    told = ada.post(f"/users/{abel['id']}/forget", {"reason": "Left us."})
    assert told.json == {"name": f"former-user-{abel['id']}@erased.invalid"}
    assert "abel" not in ada.get("/users").text
