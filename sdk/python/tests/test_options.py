from __future__ import annotations

import logging
import math
import threading
from typing import Any

import pytest

from netlift import Client
from netlift.notices import Notices
from netlift.options import Options
from netlift.settings import read_options

GOOD = {"key": "k", "host": "https://netlift.example.com"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("flush_interval", 0),
        ("flush_interval", -1.0),
        ("timeout", "0.8"),
        ("timeout", None),
        ("poll_interval", math.nan),
        ("poll_interval", math.inf),
        ("max_queue", 1.5),
        ("max_queue", True),
        ("batch_size", 0),
        ("forced", "tv-entry=control"),
    ],
)
def test_a_setting_that_does_not_fit_keeps_its_default_and_is_named(
    name: str, value: Any, caplog: pytest.LogCaptureFixture
) -> None:
    options = read_options({**GOOD, name: value}, Notices())
    assert getattr(options, name) == getattr(Options(), name)
    assert f"{name} == {value!r}" in caplog.text


def test_settings_that_fit_are_taken(caplog: pytest.LogCaptureFixture) -> None:
    options = read_options({**GOOD, "max_queue": 5.0, "timeout": 2, "forced": {"a": "b"}}, Notices())
    assert (options.max_queue, options.timeout, options.forced) == (5, 2.0, {"a": "b"})
    assert isinstance(options.max_queue, int)
    assert options.usable
    assert caplog.text == ""


def test_the_environment_fills_in_key_and_host(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NETLIFT_SDK_KEY", "env_key")
    monkeypatch.setenv("NETLIFT_SDK_HOST", "http://localhost:8080/netlift/")
    options = read_options({"key": None, "host": None}, Notices())
    assert (options.key, options.host) == ("env_key", "http://localhost:8080/netlift")
    assert read_options({"key": "mine"}, Notices()).key == "mine"


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"key": "k"},
        {"host": "https://netlift.example.com"},
        {**GOOD, "key": 5},
        {**GOOD, "key": " "},
        {**GOOD, "key": "k\r\nX: y"},
        {**GOOD, "host": "netlift.example.com"},
        {**GOOD, "host": "ftp://netlift.example.com"},
        {**GOOD, "host": "file:///etc/passwd"},
        {**GOOD, "host": "https://"},
        {**GOOD, "host": "https://netlift.example.com:port"},
        {**GOOD, "host": 5},
    ],
)
def test_a_client_without_a_server_is_off_and_harmless(settings: Any, caplog: pytest.LogCaptureFixture) -> None:
    before = threading.active_count()
    with Client(**settings) as client:
        assert client.variant("tv-entry", "visitor-1", default="mine") == "mine"
        assert client.decide("tv-entry", "visitor-1").reason == "NO_CONFIG"
        client.track("x", user_id="c1")
        assert client.wait_ready(0) is False
        assert client.flush(0) is True
        assert client.stats()["dropped"] == 1
        assert threading.active_count() == before
    assert [entry.levelno for entry in caplog.records] == [logging.WARNING] * len(caplog.records)
    assert "The client is off." in caplog.text
