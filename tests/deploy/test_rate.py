"""The nginx example that bounds how often one address may send events, run by a real nginx before a real server."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.deploy.test_proxy import _netlift
from tests.running import free_port, serving

ROOT = Path(__file__).resolve().parents[2]
#: What a distribution's nginx.conf says elsewhere; every file of it inside a folder of the test.
AROUND = """
daemon off;
pid nginx.pid;
error_log stderr;
events {{}}
http {{
client_body_temp_path body; proxy_temp_path proxy;
fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
{example}
}}
"""
#: So many at most until an address that hurries is told to wait; 200 are taken at once.
MANY = 2_000


@pytest.fixture(scope="module")
def nginx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, str]]:
    """The port of the proxy, and a key."""
    program = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    if program is None:
        pytest.skip("nginx is not on this machine; .ci/run installs it")
    folder = tmp_path_factory.mktemp("nginx")
    _netlift({**os.environ, "NETLIFT_DATA_DIR": str(folder)}, "db", "upgrade")
    with serving(folder, "--no-worker", BEHIND_PROXY="true") as (address, environment):
        key = json.loads(_netlift(environment, "keys", "create", "--kind", "server", "--json"))["key"]
        port = free_port()
        example = (ROOT / "deploy/nginx/events.conf").read_text()
        example = example.replace("127.0.0.1:8080", f"127.0.0.1:{port}").replace("http://127.0.0.1:8000", address)
        (folder / "nginx.conf").write_text(AROUND.format(example=example))
        process = subprocess.Popen([program, "-p", str(folder), "-c", "nginx.conf"], stderr=subprocess.DEVNULL)
        try:
            _wait(port, process)
            yield port, key
        finally:
            process.terminate()
            process.wait(20)


def test_one_address_is_told_to_wait_and_what_is_no_event_is_not(nginx: tuple[int, str]) -> None:
    port, _ = nginx
    answers = _send(port, "no key", "127.0.0.1", MANY, until=429)
    assert len(answers) > 200
    assert {status for status, _ in answers[:-1]} == {401}
    status, told = answers[-1]
    assert (status, told["retry-after"], told["access-control-allow-origin"]) == (429, "10", "*")
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)) as line:
        line.request("GET", "/healthz")
        assert line.getresponse().status == 200


def test_servers_that_send_for_many_people_are_not_counted(nginx: tuple[int, str]) -> None:
    port, key = nginx
    assert {status for status, _ in _send(port, "no key", "127.0.0.2", MANY // 2)} == {401}
    assert [status for status, _ in _send(port, key, "127.0.0.2", 1)] == [202]


def _send(port: int, key: str, source: str, most: int, until: int = 0) -> list[tuple[int, dict[str, str]]]:
    """Status and headers of so many events from an address of this machine, or until a status."""
    answers: list[tuple[int, dict[str, str]]] = []
    body = json.dumps({"type": "page", "anonymousId": "v", "properties": {"path": "/"}}).encode()
    every = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30, source_address=(source, 0))) as line:
        while len(answers) < most and (not answers or answers[-1][0] != until):
            line.request("POST", "/v1/page", body, every)
            answer = line.getresponse()
            answer.read()
            answers.append((answer.status, {name.lower(): value for name, value in answer.getheaders()}))
    return answers


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            line.request("GET", "/healthz")
            if line.getresponse().status == 200:
                return
        except OSError:
            assert process.poll() is None, "nginx ended"
            time.sleep(0.1)
        finally:
            line.close()
    pytest.fail("the proxy did not start")
