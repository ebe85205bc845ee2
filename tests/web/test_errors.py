"""One JSON shape for programs, one page for people, and nothing of the inside in either."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask, abort
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import TooManyRequests

from experiments.domain.errors import ConflictError, DomainError, ForbiddenError, NotFoundError
from tests.apps import make_app
from web.errors import status_of


@pytest.fixture
def app(sqlite_engine: Engine, tmp_path: Path) -> Flask:
    return make_app(sqlite_engine, tmp_path)


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (NotFoundError("experiment", "a"), 404),
        (ConflictError("in between"), 409),
        (ConflictError("not ready", code="not_ready"), 409),
        (ForbiddenError("no"), 403),
        (DomainError("out_of_range", "x == 2, must be < 1.", "x"), 422),
        (DomainError("too_many_attempts", "wait"), 429),
        (DomainError("unauthorised", "who"), 401),
        (DomainError("bad_body", "what"), 400),
    ],
)
def test_the_status_of_an_error(error: DomainError, status: int) -> None:
    assert status_of(error) == status


def test_a_program_gets_json(app: Flask) -> None:
    answer = app.test_client().get("/refused", headers={"Accept": "application/json"})
    assert answer.status_code == 422
    assert answer.json == {
        "ok": False,
        "error": "out_of_range",
        "message": "<b> == 2, must be < 1.",
        "field": "b",
        "value": "2",
        "bound": "must be < 1",
        "status": 422,
    }
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_person_gets_a_page(app: Flask) -> None:
    answer = app.test_client().get("/refused", headers={"Accept": "text/html"})
    assert (answer.status_code, answer.mimetype) == (422, "text/html")
    assert "&lt;b&gt; == 2" in answer.text


def test_the_page_has_its_own_template(app: Flask, tmp_path: Path) -> None:
    (tmp_path / "errors.html").write_text("{{ status }} {{ error }}: {{ message }}")
    assert app.test_client().get("/refused").text == "422 out_of_range: &lt;b&gt; == 2, must be &lt; 1."


def test_errors_of_http_have_the_same_shape(app: Flask) -> None:
    client = app.test_client()
    missing = client.get("/api/v1/nothing")
    assert (missing.status_code, missing.json and missing.json["error"]) == (404, "not_found")
    method = client.delete("/api/v1/openapi.json")
    assert (method.status_code, method.json and method.json["error"]) == (405, "method_not_allowed")
    assert "GET" in method.headers["Allow"]
    assert client.get("/nothing").mimetype == "text/html"


def test_what_an_error_says_itself_goes_before_what_is_usual(app: Flask) -> None:
    def busy() -> str:
        raise TooManyRequests(retry_after=7)

    app.add_url_rule("/v1/busy", view_func=busy)
    answer = app.test_client().get("/v1/busy")
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "7")
    assert answer.json is not None
    assert answer.json["error"] == "too_many_requests"


def test_what_nobody_expected_says_nothing_of_the_inside(app: Flask) -> None:
    app.config["PROPAGATE_EXCEPTIONS"] = False
    answer = app.test_client().get("/v1/broken")
    assert (answer.status_code, answer.json and answer.json["error"]) == (500, "internal_server_error")
    assert "nobody expected" not in answer.text


def test_a_database_that_does_not_answer_is_tried_again_later(app: Flask) -> None:
    def broken() -> str:
        raise OperationalError("select secret", {}, Exception("database is locked"))

    app.add_url_rule("/v1/locked", view_func=broken)
    answer = app.test_client().get("/v1/locked")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert "secret" not in answer.text


def test_a_page_that_is_not_for_a_role_says_it_in_our_words(app: Flask) -> None:
    app.add_url_rule("/v1/closed", view_func=lambda: abort(403))
    answer = app.test_client().get("/v1/closed")
    assert answer.status_code == 403
    assert answer.json is not None
    assert "Who administers Netlift can change it." in answer.json["message"]
