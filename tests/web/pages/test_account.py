"""One's own account in the browser: sessions, password, tokens; and what a planted cookie is worth."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine
from werkzeug.test import TestResponse

from experiments.domain.signed_in import Via
from experiments.services import access
from experiments.services.clock import now_us
from experiments.store.engines import reading, writing
from tests.stories import PASSWORD, PEOPLE
from tests.web.pages.test_sign_in import sign_in

Says = Callable[[TestResponse], str]
NEW = "quite another phrase entirely"


def test_a_token_is_shown_this_one_time_and_opens_the_api(as_role: Callable, app, says: Says) -> None:  # type: ignore[no-untyped-def]
    editor = as_role("editor")
    made = editor.post("/account/tokens", {"label": "Nightly", "scopes": ["read", "write"], "days": "30"})
    assert made.headers["Cache-Control"] == "no-store"
    token = unescape(re.search(r'<code id="new-token">([^<]+)</code>', made.text).group(1))  # type: ignore[union-attr]
    page = editor.get("/account")
    assert token not in page.text
    assert "Nightly" in says(page)
    assert "read, write" in says(page)
    api = app.test_client()
    headers = {"Authorization": f"Bearer {token}"}
    assert api.get("/api/v1/experiments", headers=headers).status_code == 200
    number = re.search(r"/account/tokens/(\d+)/revoke", page.text).group(1)  # type: ignore[union-attr]
    assert editor.post(f"/account/tokens/{number}/revoke").status_code == 302
    assert api.get("/api/v1/experiments", headers=headers).status_code == 401


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"label": "", "scopes": ["read"]}, "Label is empty"),
        ({"label": "x"}, "must hold at least one scope"),
        ({"label": "x", "scopes": ["admin"]}, "must be within the role viewer: read"),
        ({"label": "x", "scopes": ["read"], "days": "999"}, "must be at least 1 and at most 365"),
    ],
)
def test_a_refused_token_says_why(visit: Callable, data: dict[str, str], message: str) -> None:
    refused = visit("viewer").post("/account/tokens", data)
    assert refused.status_code == 422
    assert message in refused.text


def test_a_password_is_changed_with_the_old_one_and_the_others_go(
    stranger: FlaskClient, app, engine: Engine, says: Says
) -> None:  # type: ignore[no-untyped-def]
    other = app.test_client()
    sign_in(stranger)
    sign_in(other)
    token = re.search(r'name="csrf_token" value="([^"]+)"', stranger.get("/account").text).group(1)  # type: ignore[union-attr]

    def change(current: str, password: str) -> TestResponse:
        data = {"csrf_token": token, "current": current, "password": password}
        return stranger.post("/account/password", data=data)

    assert "This is not your current password." in says(change("wrong", NEW))
    weak = change(PASSWORD, PEOPLE["editor"][0])
    assert weak.status_code == 422
    assert "password is easy to guess" in says(weak)
    assert change(PASSWORD, NEW).location == "/account"
    assert stranger.get("/account").status_code == 200
    assert other.get("/account").status_code == 302
    assert sign_in(other, NEW).status_code == 302


def test_sessions_are_listed_and_ended(as_role: Callable, stranger: FlaskClient, engine: Engine, says: Says) -> None:
    here = as_role("editor")
    sign_in(stranger)
    page = here.get("/account")
    assert "Firefox on Linux" in says(page)
    assert "This one" in says(page)
    with reading(engine) as session:
        person = access.user_by_email(session, PEOPLE["editor"][0])
        mine = access.sessions_of(session, _actor(person), now_us(), person.email)
    newest = max(mine, key=lambda each: each.id)
    assert here.post(f"/account/sessions/{newest.id}/end").location == "/account#sessions"
    assert stranger.get("/account").status_code == 302
    assert here.post("/account/sign-out-everywhere").location == "/sign-in"
    assert here.get("/account").status_code == 302


def test_nobody_ends_somebody_elses_session(as_role: Callable, engine: Engine) -> None:
    with writing(engine) as session:
        admin = access.user_by_email(session, PEOPLE["admin"][0])
        access.begin_session(session, admin, now_us(), "", Via.PASSWORD)
        theirs = access.sessions_of(session, _actor(admin), now_us(), admin.email)[0]
    assert as_role("viewer").post(f"/account/sessions/{theirs.id}/end").status_code == 404


def test_a_planted_cookie_is_worth_nothing_after_signing_in(stranger: FlaskClient, app) -> None:  # type: ignore[no-untyped-def]
    stranger.get("/sign-in")
    planted = stranger.get_cookie("netlift_session")
    assert planted is not None
    sign_in(stranger)
    first = stranger.get_cookie("netlift_session")
    sign_in_again = app.test_client()
    sign_in_again.set_cookie("netlift_session", planted.value)
    assert sign_in_again.get("/account").status_code == 302
    assert first is not None
    assert first.value != planted.value


def test_a_cookie_that_was_copied_ends_with_its_session(stranger: FlaskClient, app) -> None:  # type: ignore[no-untyped-def]
    sign_in(stranger)
    copied = stranger.get_cookie("netlift_session")
    assert copied is not None
    thief = app.test_client()
    thief.set_cookie("netlift_session", copied.value)
    assert thief.get("/account").status_code == 200
    token = re.search(r'name="csrf_token" value="([^"]+)"', stranger.get("/account").text).group(1)  # type: ignore[union-attr]
    stranger.post("/sign-out", data={"csrf_token": token})
    assert thief.get("/account").status_code == 302


def _actor(person):  # type: ignore[no-untyped-def]
    from experiments.services.actor import Actor

    return Actor(person.email, person.role)
