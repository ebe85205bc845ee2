"""Log lines: an id per request, patterns instead of paths, no address, one JSON object per line."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import request
from sqlalchemy import Engine

from experiments.config import Settings
from web import logs
from web.app import create_app


@pytest.fixture
def root() -> Iterator[logging.Logger]:
    """The root logger, put back afterwards."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield root
    root.handlers, root.level = handlers, level


def settings(folder: Path, **changes: object) -> Settings:
    given = {"data_dir": folder, "id_key": "k" * 40, "secret_key": "s" * 40, "log_format": "json", **changes}
    return Settings(_env_file=None, **given)  # type: ignore[call-arg, arg-type]


def lines(text: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in text.splitlines() if line]


def test_a_request_is_one_line_with_its_id(
    sqlite_engine: Engine, tmp_path: Path, root: logging.Logger, capsys: pytest.CaptureFixture[str]
) -> None:
    chosen = settings(tmp_path)
    logs.configure(chosen)
    answer = create_app(chosen, sqlite_engine).test_client().get("/experiments/a-private-name?customer=4711")
    [line] = [line for line in lines(capsys.readouterr().err) if line["logger"] == "web.request"]
    assert line["request_id"] == answer.headers["X-Request-ID"]
    assert (line["method"], line["status"], line["event"]) == ("GET", answer.status_code, "request")
    assert line["route"] == "/experiments/<key>"
    for hidden in ("a-private-name", "4711", "127.0.0.1"):
        assert hidden not in str(line)


def test_the_calls_of_shops_are_counted_and_not_logged(
    sqlite_engine: Engine, tmp_path: Path, root: logging.Logger, capsys: pytest.CaptureFixture[str]
) -> None:
    chosen = settings(tmp_path)
    logs.configure(chosen)
    client = create_app(chosen, sqlite_engine).test_client()
    client.post("/v1/track", json={"anonymousId": "device-1"})
    client.get("/healthz")
    assert [line for line in lines(capsys.readouterr().err) if line["logger"] == "web.request"] == []


@pytest.mark.parametrize(
    ("behind_proxy", "given", "kept"),
    [(True, "abcdef0123456789", True), (True, "no spaces", False), (True, "x" * 80, False), (False, "abcdef01", False)],
)
def test_an_id_of_the_proxy_is_kept_where_there_is_one(
    sqlite_engine: Engine, tmp_path: Path, behind_proxy: bool, given: str, kept: bool
) -> None:
    client = create_app(settings(tmp_path, behind_proxy=behind_proxy), sqlite_engine).test_client()
    answer = client.get("/healthz", headers={"X-Request-ID": given})
    assert (answer.headers["X-Request-ID"] == given) is kept
    assert len(answer.headers["X-Request-ID"]) >= 8


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        (
            "Invalid request from ip=203.0.113.7: Invalid HTTP Header: 'Eva'",
            "Invalid request from (address) Invalid HTTP Header",
        ),
        ("peer 203.0.113.7 left", "peer (address) left"),
        ("from 2001:db8:0:0:1:0:0:1 today", "from (address) today"),
        ("at 12:30:45 all was well", "at 12:30:45 all was well"),
    ],
)
def test_addresses_are_masked(text: str, masked: str) -> None:
    assert logs.mask_addresses(None, "", {"event": text})["event"] == masked


def test_an_error_keeps_its_trace_and_loses_its_address(
    tmp_path: Path, root: logging.Logger, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.configure(settings(tmp_path))
    try:
        raise OSError("203.0.113.7 hung up")
    except OSError:
        logging.getLogger("elsewhere").exception("it failed")
    [line] = lines(capsys.readouterr().err)
    assert "OSError: (address) hung up" in str(line["exception"])
    assert line["level"] == "error"


def test_lines_for_people(tmp_path: Path, root: logging.Logger, capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(settings(tmp_path, log_format="text"))
    logging.getLogger("worker").info("round", extra={"events": 12})
    assert capsys.readouterr().err.rstrip().endswith("info    worker: round events=12")


@pytest.mark.parametrize("behind", [True, False])
def test_one_proxy_is_believed_where_the_setting_says_so(sqlite_engine: Engine, tmp_path: Path, behind: bool) -> None:
    app = create_app(settings(tmp_path, behind_proxy=behind), sqlite_engine)
    app.add_url_rule("/seen", view_func=lambda: {"url": request.url_root, "peer": request.remote_addr})
    headers = {
        "X-Forwarded-For": "198.51.100.1, 203.0.113.7",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Host": "netlift.example.org",
    }
    seen = app.test_client().get("/seen", headers=headers).get_json()
    if behind:
        assert seen == {"url": "https://netlift.example.org/", "peer": "203.0.113.7"}, "one hop and no further"
    else:
        assert seen == {"url": "http://localhost/", "peer": "127.0.0.1"}
