from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from typing import Any

import pytest

from netlift import Client
from netlift.transport import Transport

Make = Callable[..., Client]


def test_a_proxy_from_the_environment_is_told_the_whole_address(
    server: Any, make_client: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", server.address.replace("http://", "http://me:pass%20word@"))
    client = make_client(host="http://netlift.invalid/prefix")
    client.track("x", user_id="c1")
    assert client.flush()
    paths = [request["path"] for request in server.requests]
    assert paths == ["http://netlift.invalid/prefix/v1/config/srv_key", "http://netlift.invalid/prefix/v1/batch"]
    assert {request["headers"]["proxy-authorization"] for request in server.requests} == {"Basic bWU6cGFzcyB3b3Jk"}
    assert {request["headers"]["host"] for request in server.requests} == {"netlift.invalid"}


def test_a_proxy_is_not_used_where_the_environment_says_so(
    server: Any, make_client: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://proxy.invalid:3128")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    assert make_client().stats()["ready"]


def test_a_secure_request_goes_through_a_tunnel(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as proxy:
        monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{proxy.getsockname()[1]}")
        transport = Transport("https://netlift.invalid")
        proxy.settimeout(10)

        heard: list[bytes] = []

        def refuse() -> None:
            connection, _ = proxy.accept()
            with connection:
                heard.append(connection.recv(4096))
                connection.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")

        thread = threading.Thread(target=refuse)
        thread.start()
        with pytest.raises(OSError, match="403"):
            transport.request("GET", "/v1/config/k", {}, timeout=10)
        thread.join()
        transport.close()
    assert heard[0].startswith(b"CONNECT netlift.invalid:443 HTTP/1.")


def test_redirects_are_answers_and_not_followed(server: Any) -> None:
    server.config_replies.append((302, {"Location": f"{server.address}/elsewhere"}, b""))
    transport = Transport(server.address)
    assert transport.request("GET", "/v1/config/k", {}, timeout=10).status == 302
    transport.close()
    assert len(server.requests) == 1


def test_a_name_that_cannot_be_looked_up_is_a_failure_like_others(make_client: Make, until: Any) -> None:
    client = make_client(ready=False, host="http://a..b.invalid", poll_interval=0.02)
    until(lambda: client.stats()["config_failures"] >= 2)
    client.track("x", user_id="c1")
    until(lambda: client.stats()["retries"] >= 1)
    assert client.variant("tv-entry", "visitor-1") == "control"
