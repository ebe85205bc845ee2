"""`GET /sdk/netlift.js`: the script for shops, from any page, cheaply."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine

from experiments.config import Settings
from web.app import create_app

SCRIPT = Path(__file__).resolve().parents[2] / "web" / "static" / "vendor" / "netlift" / "netlift.js"


@pytest.fixture
def client(sqlite_engine: Engine, tmp_path: Path) -> FlaskClient:
    return create_app(Settings(data_dir=tmp_path), sqlite_engine).test_client()


def test_any_page_may_load_the_script(client: FlaskClient) -> None:
    answer = client.get("/sdk/netlift.js", headers={"Origin": "https://shop.example"})
    assert (answer.status_code, answer.data) == (200, SCRIPT.read_bytes())
    assert answer.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert answer.headers["Cache-Control"].startswith("public, max-age=300")
    assert "Set-Cookie" not in answer.headers


def test_the_script_that_explains_itself_lies_beside_it(client: FlaskClient) -> None:
    answer = client.get("/sdk/netlift.debug.js", headers={"Origin": "https://shop.example"})
    assert (answer.status_code, answer.data) == (200, SCRIPT.with_name("netlift.debug.js").read_bytes())
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert client.get("/sdk/LICENSE").status_code == 404


def test_it_is_packed_where_the_browser_takes_it(client: FlaskClient) -> None:
    answer = client.get("/sdk/netlift.js", headers={"Accept-Encoding": "gzip, br"})
    assert answer.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(answer.data) == SCRIPT.read_bytes()
    assert "Accept-Encoding" in answer.headers["Vary"]


@pytest.mark.parametrize("encoding", ["gzip", "identity"])
def test_an_unchanged_script_is_not_sent_again(client: FlaskClient, encoding: str) -> None:
    headers = {"Accept-Encoding": encoding}
    etag = client.get("/sdk/netlift.js", headers=headers).headers["ETag"]
    again = client.get("/sdk/netlift.js", headers={**headers, "If-None-Match": etag})
    assert (again.status_code, again.data) == (304, b"")
