"""After a rich day with a real server and worker no file and no log line tells of a person."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests
from sqlalchemy import Engine, func, select

from experiments.services.clock import now_us, to_iso
from experiments.store.engines import reading
from experiments.store.tables import HoldingRow, LinkRow, PageViewRow, ProductRow
from tests.running import ROOT, free_port, install, wait_for

pytestmark = pytest.mark.slow

CUSTOMER, VISITOR, BROKEN = "kunde-größe-0815", "visitor-7e57-aaaa", "visitor-broken-99"
PEER, AGENT = "203.0.113.77", "Telltale-Browser/7.1"
SECRETS = [CUSTOMER, VISITOR, BROKEN, "eva@example.org", "+31 6 1234 5678", "voucher-of-eva", PEER, AGENT, "127.0.0.1"]
#: Seconds; a busy machine starts a server slowly.
PATIENCE = 120.0


@dataclass
class Place:
    """A running installation, and where it leaves traces."""

    address: str
    folder: Path
    log: Path
    engine: Engine
    client_key: str
    server_key: str
    environment: dict[str, str]

    def post(self, path: str, body: object, key: str = "") -> int:
        headers = {"User-Agent": AGENT, "X-Forwarded-For": PEER}
        auth = (key, "") if key else None
        return requests.post(f"{self.address}{path}", json=body, headers=headers, auth=auth, timeout=20).status_code

    def run(self, *arguments: str) -> str:
        command = [sys.executable, "-m", "web.cli", *arguments]
        done = subprocess.run(command, env=self.environment, cwd=ROOT, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    folder = tmp_path / "data"
    made = install(folder)
    port, log = free_port(), tmp_path / "log"
    settings_by_name = {
        "NETLIFT_DATA_DIR": str(folder), "NETLIFT_WEB_WORKERS": "1", "NETLIFT_LOG_FORMAT": "json",
        "NETLIFT_BEHIND_PROXY": "true", "NO_PROXY": "127.0.0.1",
    }  # fmt: skip
    environment = {**os.environ, **settings_by_name}
    command = [sys.executable, "-m", "web.cli", "serve", "--port", str(port)]
    with (
        log.open("wb") as output,
        subprocess.Popen(command, env=environment, cwd=ROOT, stderr=output, stdout=output) as process,
    ):
        try:
            wait_for(f"http://127.0.0.1:{port}/healthz", process, log)
            address = f"http://127.0.0.1:{port}"
            yield Place(address, folder, log, made.engine, made.client_key, made.server_key, environment)
        finally:
            process.terminate()
    made.engine.dispose()


def rich_day(place: Place) -> None:
    """Everything a shop sends, right and wrong, with ids wherever a careless sender puts them."""
    now = to_iso(now_us())
    both = {"anonymousId": VISITOR, "userId": CUSTOMER, "timestamp": now}
    telling = {"email": "eva@example.org", "phone": "+31 6 1234 5678", "note": f"{CUSTOMER} on {VISITOR}", VISITOR: 1}
    context = {"ip": PEER, "userAgent": AGENT, "page": {"path": "/tv", "url": f"https://shop.example/?c={CUSTOMER}"}}
    office, shop = place.server_key, place.client_key
    with reading(place.engine) as session:
        product = session.scalars(select(ProductRow.key).limit(1)).one()
    traits = {**telling, "holdings": [product]}
    assert place.post("/v1/identify", {**both, "messageId": "1", "traits": traits, "context": context}, office) == 202
    page = {**both, "messageId": "2", "properties": {"path": f"/tv?id={CUSTOMER}", **telling}, "context": context}
    assert place.post("/v1/page", {**page, "writeKey": shop}) == 202
    order = {"order_id": "voucher-of-eva", "products": [{"product_id": "nothing-we-sell", "note": CUSTOMER}], **telling}
    own = {"email": "eva@example.org", "note": f"of {BROKEN}"}  # of other people's ids a message cannot know
    batch = [
        {**both, "type": "track", "event": "Order Completed", "messageId": "3", "properties": order},
        {**both, "type": "track", "event": "Order Completed", "messageId": "4", "properties": {"products": []}},
        {"type": "track", "anonymousId": BROKEN, "userId": 17, "event": "Clicked", "properties": own},
        {"type": "track", "anonymousId": BROKEN, "event": CUSTOMER, "timestamp": "yesterday", "userId": CUSTOMER},
        {**both, "type": "track", "event": "Clicked", "messageId": "5", "context": {"consent": False}},
    ]
    assert place.post("/v1/batch", {"batch": batch}, office) == 202
    assert place.post("/v1/track", {**both, "event": "Clicked", "writeKey": "pk_live_unknown"}) == 401
    assert place.post(f"/v1/track?customer={CUSTOMER}", [CUSTOMER], office) == 400
    assert requests.get(f"{place.address}/experiments/{VISITOR}?c={CUSTOMER}", timeout=10).status_code in (
        200,
        401,
        404,
    )
    for nonsense in (b"NONSENSE " + VISITOR.encode() + b"\r\n\r\n", b"GET / HTTP/1.1\r\nBad Header\r\n\r\n"):
        host, port = place.address.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=10) as line:
            line.sendall(nonsense)
            line.recv(200)


def wait_for_facts(place: Place) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        with reading(place.engine) as session:
            counts = [
                session.scalar(select(func.count()).select_from(row)) for row in (LinkRow, HoldingRow, PageViewRow)
            ]
        if all(counts):
            return
        time.sleep(0.2)
    pytest.fail(f"the worker projected nothing: {place.log.read_text()}")


def test_no_file_and_no_line_tells_of_a_person(place: Place) -> None:
    rich_day(place)
    wait_for_facts(place)
    exported = json.loads(place.run("privacy", "export", "--customer", CUSTOMER))
    assert {"event", "identity_link", "holding", "page_view", "quarantine"} <= set(exported["tables"])
    traces = {path.name: path.read_bytes() for path in place.folder.rglob("*") if path.is_file()}
    assert any(b"(id)" in content for content in traces.values()), "ids inside values are masked"
    log = place.log.read_text()
    requests_logged = [json.loads(line) for line in log.splitlines() if '"web.request"' in line]
    assert [line["route"] for line in requests_logged] == ["/experiments/<key>", "/sign-in"]
    assert "Invalid" in log or "invalid" in log, "gunicorn warns of the nonsense, without the address"
    for secret in SECRETS:
        assert secret.encode() not in json.dumps(exported, ensure_ascii=False).encode(), secret
        assert secret not in log, secret
        for name, content in traces.items():
            assert secret.encode() not in content, (secret, name)

    done = json.loads(place.run("privacy", "erase", "--customer", CUSTOMER, "--yes", "--reason", "asked for it"))
    assert done["rows"]["event"] >= 3
