"""Coming in and going out."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine
from werkzeug.test import TestResponse

from experiments.services import access
from experiments.services.actor import SYSTEM
from experiments.services.clock import now_us
from experiments.store.engines import writing
from tests.stories import PASSWORD, PEOPLE

EMAIL = PEOPLE["editor"][0]


def sign_in(client: FlaskClient, password: str = PASSWORD, **more: str) -> TestResponse:
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/sign-in").text)
    assert token is not None
    return client.post("/sign-in", data={"csrf_token": token.group(1), "email": EMAIL, "password": password, **more})


def test_a_stranger_is_sent_to_sign_in_and_back(stranger: FlaskClient) -> None:
    sent = stranger.get("/experiments?status=draft")
    assert sent.status_code == 302
    assert sent.location == "/sign-in?next=%2Fexperiments%3Fstatus%3Ddraft"
    assert 'value="/experiments?status=draft"' in stranger.get(sent.location).text
    assert sign_in(stranger, next="/experiments?status=draft").location == "/experiments?status=draft"
    assert stranger.get("/experiments").status_code == 200


def test_a_fragment_for_a_stranger_leads_to_the_whole_page(stranger: FlaskClient) -> None:
    answer = stranger.get("/experiments/ship/live", headers={"HX-Request": "true"})
    assert (answer.status_code, answer.headers["HX-Redirect"], answer.data) == (401, "/sign-in", b"")


def test_a_wrong_password_keeps_the_address(stranger: FlaskClient, says: Callable[[TestResponse], str]) -> None:
    refused = sign_in(stranger, "not this one")
    assert refused.status_code == 401
    assert f'value="{EMAIL}"' in refused.text
    assert "Address and password do not belong together." in says(refused)
    assert 'aria-invalid="true"' in refused.text
    assert "not this one" not in refused.text


def test_guessing_is_throttled_even_with_the_right_password(stranger: FlaskClient) -> None:
    for _ in range(5):
        assert sign_in(stranger, "not this one").status_code == 401
    refused = sign_in(stranger)
    assert refused.status_code == 429
    assert "try again in 15 minutes" in refused.text


@pytest.mark.parametrize("elsewhere", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:x"])
def test_nobody_is_led_elsewhere(elsewhere: str, stranger: FlaskClient) -> None:
    assert sign_in(stranger, next=elsewhere).location == "/"


def test_who_is_signed_in_goes_on(stranger: FlaskClient) -> None:
    sign_in(stranger)
    assert stranger.get("/sign-in").location == "/"
    assert stranger.get("/").status_code == 200


def test_signing_out_ends_the_session(stranger: FlaskClient) -> None:
    sign_in(stranger)
    token = re.search(r'name="csrf_token" value="([^"]+)"', stranger.get("/experiments").text)
    assert token is not None
    assert stranger.post("/sign-out", data={"csrf_token": token.group(1)}).location == "/sign-in"
    assert stranger.get("/experiments").status_code == 302


def test_a_disabled_person_is_out_at_once(stranger: FlaskClient, engine: Engine) -> None:
    sign_in(stranger)
    with writing(engine) as session:
        access.disable_user(session, SYSTEM, now_us(), EMAIL)
    assert stranger.get("/experiments").status_code == 302
    assert sign_in(stranger).status_code == 401
