"""The Caddyfile of the compose file, run by a real Caddy with TLS before a real server."""

from __future__ import annotations

import http.client
import json
import os
import re
import shutil
import ssl
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.running import free_port, serving

ROOT = Path(__file__).resolve().parents[2]
#: Its own certificate authority, ports nobody else has, and no change to the certificates of this machine.
AROUND = "{\n\tadmin off\n\tskip_install_trust\n\tauto_https disable_redirects\n}\n"
START_SECONDS = 30


class Proxy:
    """What a browser or a shop's server sees of the proxy."""

    def __init__(self, port: int, authority: Path) -> None:
        self.port = port
        self.trusting = ssl.create_default_context(cafile=str(authority))

    def ask(
        self, method: str, path: str, body: bytes | None = None, **headers: str
    ) -> tuple[int, dict[str, str], bytes]:
        """Status, headers in small letters, and body."""
        line = http.client.HTTPSConnection("localhost", self.port, context=self.trusting, timeout=30)
        try:
            line.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
            answer = line.getresponse()
            return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
        finally:
            line.close()


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Proxy, str]]:
    """A proxy before a server, and a key of a shop's server."""
    caddy = shutil.which("caddy")
    if caddy is None:
        pytest.skip("caddy is not on this machine; .ci/run installs it")
    folder = tmp_path_factory.mktemp("proxy")
    _netlift({**os.environ, "NETLIFT_DATA_DIR": str(folder)}, "db", "upgrade")
    with serving(folder, "--no-worker", BEHIND_PROXY="true", SECURE_COOKIES="true") as (address, environment):
        made = _netlift(environment, "keys", "create", "--kind", "server", "--json")
        file = folder / "Caddyfile"
        file.write_text(AROUND + (ROOT / "deploy" / "caddy" / "Caddyfile").read_text())
        port = free_port()
        around = {
            "PATH": os.environ["PATH"],
            "XDG_DATA_HOME": str(folder / "data"),
            "XDG_CONFIG_HOME": str(folder / "config"),
            "HOME": str(folder),
            "NETLIFT_DOMAIN": f"https://localhost:{port}",
            "NETLIFT_UPSTREAM": address.removeprefix("http://"),
        }
        command = [caddy, "run", "--config", str(file), "--adapter", "caddyfile"]
        with (folder / "caddy.log").open("wb") as log:
            process = subprocess.Popen(command, env=around, cwd=folder, stdout=log, stderr=log)
        try:
            yield _wait(port, folder, process), json.loads(made)["key"]
        finally:
            process.terminate()
            process.wait(20)


def test_pages_come_over_tls_with_cookies_that_never_leave_it(keys: tuple[Proxy, str]) -> None:
    proxy, _ = keys
    status, headers, body = proxy.ask("GET", "/sign-in", Accept_Encoding="gzip")
    assert status == 200
    assert headers["content-encoding"] == "gzip"
    assert body[:2] == b"\x1f\x8b"
    assert "max-age" in headers["strict-transport-security"]
    assert re.search(r"netlift_session=.*;\s*Secure", headers["set-cookie"])


def test_redirects_name_the_address_people_see(keys: tuple[Proxy, str]) -> None:
    proxy, _ = keys
    status, headers, _ = proxy.ask("GET", "/experiments")
    assert status in (302, 303, 308)
    assert headers["location"].startswith(("/sign-in", f"https://localhost:{proxy.port}/sign-in"))


def test_the_numbers_for_operators_stay_inside(keys: tuple[Proxy, str]) -> None:
    proxy, _ = keys
    assert proxy.ask("GET", "/metrics")[0] == 404
    assert proxy.ask("GET", "/healthz")[0] == 200


def test_a_shop_fetches_its_config_packed_and_is_told_when_nothing_changed(keys: tuple[Proxy, str]) -> None:
    proxy, key = keys
    path = "/v1/config/server"
    status, headers, _ = proxy.ask("GET", path, Accept_Encoding="gzip", Authorization=f"Bearer {key}")
    assert status == 200
    seen = headers["etag"]
    assert proxy.ask("GET", path, If_None_Match=seen, Authorization=f"Bearer {key}")[0] == 304


def test_the_tag_of_an_answer_guards_the_next_change(keys: tuple[Proxy, str]) -> None:
    """A proxy that packs an answer marks its ETag, and no server knows the mark in `If-Match`."""
    proxy, key = keys
    every: dict[str, str] = {"Authorization": f"Bearer {key}", "Content_Type": "application/json"}
    made = {"key": "tv-pages", "name": "Pages of TV and what is beside them " * 3}
    status, _, told = proxy.ask("POST", "/api/v1/layers", json.dumps(made).encode(), **every)
    assert status == 201, told
    status, headers, told = proxy.ask("GET", "/api/v1/layers/tv-pages", Accept_Encoding="gzip, zstd", **every)
    assert status == 200, told
    again = json.dumps({"key": "tv-pages", "name": "Pages of TV", "holdout": 0}).encode()
    status, _, told = proxy.ask("PUT", "/api/v1/layers/tv-pages", again, If_Match=headers["etag"], **every)
    assert status == 200, told


def test_large_files_of_people_pass_and_large_events_do_not(keys: tuple[Proxy, str]) -> None:
    proxy, key = keys
    every = {"Authorization": f"Bearer {key}", "Content_Type": "application/octet-stream"}
    file = b"order_id,sold_at,amount\n" + b"".join(b"o-%07d,2026-11-01,10\n" % number for number in range(150_000))
    assert len(file) > 3_000_000
    status, _, told = proxy.ask("POST", "/api/v1/imports?holds=orders&name=shops.csv", file, **every)
    assert status == 201, told
    told_by_netlift = [proxy.ask("POST", "/v1/batch", b" " * 1_500_000, **every)[0] for _ in range(20)]
    assert set(told_by_netlift) == {413}
    assert proxy.ask("POST", "/v1/batch", b" " * 3_000_000, **every)[0] in (413, 502)  # by who speaks first


def test_a_request_keeps_the_number_the_proxy_gave_it(keys: tuple[Proxy, str]) -> None:
    proxy, _ = keys
    told = proxy.ask("GET", "/healthz", X_Request_ID="mine")[1]["x-request-id"]
    assert uuid.UUID(told)


def _netlift(environment: dict[str, str], *words: str) -> str:
    command = [sys.executable, "-m", "web.cli", *words]
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def _wait(port: int, folder: Path, process: subprocess.Popen[Any]) -> Proxy:
    authority = folder / "data" / "caddy" / "pki" / "authorities" / "local" / "root.crt"
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        try:
            proxy = Proxy(port, authority)
            if proxy.ask("GET", "/healthz")[0] == 200:
                return proxy
        except OSError:
            time.sleep(0.1)
    pytest.fail(f"the proxy did not start:\n{(folder / 'caddy.log').read_text()}")
