"""The users page: inviting, roles, keeping out; links that open once; a forgotten password that tells nobody."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine
from werkzeug.test import TestResponse

from experiments.domain.access import UserRole
from experiments.services import access
from experiments.store.engines import make_engine, reading
from tests.mailbox import mail_server
from tests.stories import PEOPLE
from tests.web.pages.conftest import deployment, sign_in
from web.app import create_app

Says = Callable[[TestResponse], str]
NEW = "quite another phrase entirely"
POSTS = ("/admin/invitations", "/admin/invitations/1/withdraw", "/admin/users/1/role", "/admin/users/1/deactivate",
         "/admin/users/1/activate", "/admin/users/1/forget",
         "/admin/users/1/sign-out", "/admin/users/1/password-link")  # fmt: skip


def link_on(page: str) -> str:
    found = re.search(r'<code id="new-link">https?://[^/]+(/[^<]+)</code>', page)
    assert found is not None
    return found.group(1)


def token_on(page: str) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found is not None
    return found.group(1)


def number_of(engine: Engine, email: str) -> int:
    with reading(engine) as session:
        return access.user_by_email(session, email).id


def test_somebody_is_invited_and_joins(as_role: Callable, stranger: FlaskClient, engine: Engine, says: Says) -> None:
    admin = as_role("admin")
    made = admin.post("/admin/invitations", {"email": "new@example.org", "role": "editor"})
    assert made.headers["Cache-Control"] == "no-store"
    path = link_on(made.text)
    assert path not in admin.get("/admin/users").text
    assert "new@example.org by ada@example.org Editor" in says(admin.get("/admin/users"))
    door = stranger.get(path)
    assert "Join as editor" in says(door)
    assert door.headers["Referrer-Policy"] == "strict-origin"
    assert door.headers["X-Robots-Tag"] == "noindex, nofollow"
    weak = stranger.post(path, data={"csrf_token": token_on(door.text), "name": "Nele", "password": "new@example.org"})
    assert weak.status_code == 422
    assert "easy to guess" in says(weak)
    assert 'value="Nele"' in weak.text
    joined = stranger.post(path, data={"csrf_token": token_on(weak.text), "name": "Nele", "password": NEW})
    assert joined.location == "/"
    assert "Nele" in stranger.get("/account").text
    over = stranger.get(path)
    assert over.status_code == 410
    assert "Ask for a new one" in says(over)


def test_a_role_changes_and_the_last_administrator_stays(as_role: Callable, engine: Engine, says: Says) -> None:
    admin, editor = as_role("admin"), as_role("editor")
    number = number_of(engine, PEOPLE["editor"][0])
    admin.post(f"/admin/users/{number}/role", {"role": "viewer"})
    with reading(engine) as session:
        assert access.user_by_email(session, PEOPLE["editor"][0]).role is UserRole.VIEWER
    own = number_of(engine, PEOPLE["admin"][0])
    for deed in ("role", "deactivate"):
        admin.post(f"/admin/users/{own}/{deed}", {"role": "viewer"})
        assert "only administrator left" in says(admin.get("/admin/users"))
    assert editor.get("/account").status_code == 200
    admin.post(f"/admin/users/{number}/deactivate", {"reason": "Left us."})
    assert editor.get("/account").status_code == 302
    assert "Viewer Kept out" in says(admin.get("/admin/users"))
    admin.post(f"/admin/users/{number}/activate")
    assert "Viewer Kept out" not in says(admin.get("/admin/users"))


def test_an_administrator_hands_over_a_link_for_a_new_password(
    as_role: Callable, stranger: FlaskClient, engine: Engine
) -> None:
    number = number_of(engine, PEOPLE["viewer"][0])
    path = link_on(as_role("admin").post(f"/admin/users/{number}/password-link").text)
    page = stranger.get(path)
    done = stranger.post(path, data={"csrf_token": token_on(page.text), "password": NEW})
    assert done.location == "/sign-in"
    assert access.sign_in(engine, PEOPLE["viewer"][0], NEW, 1) is not None
    assert stranger.get(path).status_code == 410


@pytest.mark.parametrize("role", ["viewer", "editor", "approver"])
def test_only_administrators_come_in(role: str, visit: Callable) -> None:
    person = visit(role)
    assert person.get("/admin/users").status_code == 403
    assert person.get("/admin/users.csv").status_code == 403
    shown = re.findall(r'class="nav-link" href="([^"]+)"', person.get("/account").text)
    assert ("/admin" in shown) == (role == "approver")
    for path in POSTS:
        assert person.post(path, {"email": "x@example.org", "role": "admin"}).status_code == 403


def test_the_users_are_a_table_to_keep(visit: Callable) -> None:
    text = visit("admin").get("/admin/users.csv").text
    assert "ada@example.org,Ada Adler,admin,yes" in text


def test_without_a_mail_server_an_administrator_is_asked(shared_app: Flask, says: Says) -> None:
    assert "Ask an administrator" in says(shared_app.test_client().get("/forgotten-password"))


def test_letters_carry_links_and_tell_nobody_who_exists(
    tmp_path: Path, seeded: Path, cookies: dict[str, str], says: Says
) -> None:
    with mail_server() as box:
        letters = {"mail_host": box.host, "mail_port": box.port, "mail_tls": "none", "mail_from": "n@example.org"}
        settings = deployment(tmp_path, seeded).model_copy(update={"public_url": "https://tests.example", **letters})
        engine = make_engine(settings.url)
        app = create_app(settings, engine)
        admin = sign_in(app, cookies, "admin")
        shown = admin.post("/admin/invitations", {"email": "new@example.org", "role": "viewer"})
        assert "is on its way by mail" in says(shown)
        assert f"https://tests.example{link_on(shown.text)}" in box.next().get_content()
        client = app.test_client()
        answers = []
        for email in ("nobody@example.org", PEOPLE["viewer"][0]):
            page = client.get("/forgotten-password", base_url="http://evil.example")
            data = {"csrf_token": token_on(page.text), "email": email}
            sent = client.post("/forgotten-password", data=data, base_url="http://evil.example")
            assert sent.status_code == 200
            answers.append((sent.status_code, says(sent)))
        assert answers[0] == answers[1]
        letter = box.next()
        assert letter["To"] == PEOPLE["viewer"][0]
        found = re.search(r"https://tests\.example(/new-password/\S+)", letter.get_content())
        assert found is not None
        assert "Set a new password" in says(client.get(found.group(1)))
        assert box.letters.empty()
        engine.dispose()
