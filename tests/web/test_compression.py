"""What travels packed, and what stays as it is."""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine

from experiments.config import Settings
from web.app import create_app

PACKED = ("gzip", "br", "zstd")


@pytest.fixture
def visitor(sqlite_engine: Engine, tmp_path: Path) -> FlaskClient:
    return create_app(Settings(data_dir=tmp_path), sqlite_engine).test_client()


def test_a_page_comes_packed_where_the_browser_takes_it(visitor: FlaskClient) -> None:
    plain = visitor.get("/sign-in")
    packed = visitor.get("/sign-in", headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in packed.headers["Vary"]
    assert b"<!doctype html>" in gzip.decompress(packed.data)
    assert len(packed.data) < len(plain.data) / 2
    for word in PACKED:
        assert visitor.get("/sign-in", headers={"Accept-Encoding": word}).headers["Content-Encoding"] == word


def test_a_script_comes_packed_and_whole_and_may_be_kept(visitor: FlaskClient) -> None:
    address = "/static/vendor/plotly/plotly-basic.min.js"
    plain = visitor.get(address, buffered=True)
    packed = visitor.get(address, headers={"Accept-Encoding": "deflate"}, buffered=True)
    assert zlib.decompress(packed.data) == plain.data
    assert len(packed.data) < len(plain.data) / 2
    assert "max-age=31536000" in packed.headers["Cache-Control"]
    again = visitor.get(
        address, headers={"Accept-Encoding": "deflate", "If-None-Match": packed.headers["ETag"]}, buffered=True
    )
    assert again.status_code == 304


def test_fonts_and_answers_for_machines_stay_as_they_are(visitor: FlaskClient) -> None:
    for address in ("/static/vendor/inter/inter-latin.woff2", "/api/v1/openapi.json", "/healthz"):
        answer = visitor.get(address, headers={"Accept-Encoding": "gzip, br"}, buffered=True)
        assert answer.status_code == 200
        assert "Content-Encoding" not in answer.headers
