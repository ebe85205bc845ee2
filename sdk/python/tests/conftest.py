from __future__ import annotations

import asyncio
import hashlib
import importlib.util
import json
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from netlift import Client, evaluate, parse_config, sign_identity

# A deadline would measure the machine (and the first import of scipy), not the code.
settings.register_profile("netlift", deadline=None)
settings.load_profile("netlift")

SDK = Path(__file__).resolve().parents[2]
PATIENCE = 10.0


@pytest.fixture(autouse=True)
def no_loop_of_others() -> Iterator[None]:
    """Browser tests of the same process leave Playwright's loop marked as running in this thread; here none runs."""
    theirs = asyncio._get_running_loop()
    asyncio._set_running_loop(None)
    yield
    asyncio._set_running_loop(theirs)


@pytest.fixture(scope="session")
def sdk_folder() -> Path:
    return SDK


@pytest.fixture(scope="session")
def cases() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((SDK / "cases.json").read_text(encoding="ascii"))
    return loaded


@pytest.fixture(scope="session")
def reference_hash() -> Callable[[bytes], int]:
    spec = importlib.util.spec_from_file_location("reference_murmur", SDK / "golden" / "murmur.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    function: Callable[[bytes], int] = module.murmur3
    return function


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    for name in ("NETLIFT_SDK_KEY", "NETLIFT_SDK_HOST", "NETLIFT_SDK_FORCED"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def far_east(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The machine's clock runs nine hours ahead of UTC."""
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def experiment(key: str = "tv-entry", **changes: Any) -> dict[str, Any]:
    return {
        "key": key,
        "phase": 1,
        "salt": f"salt-{key}",
        "unit": "visitor",
        "status": "running",
        "enrolment": 1.0,
        "audience": [],
        "remote": False,
        "variants": [
            {"key": "control", "weight": 0.5, "payload": None},
            {"key": "personal-entry", "weight": 0.5, "payload": {"label": "Shop", "places": [1, 2]}},
        ],
        **changes,
    }


def document(*experiments: dict[str, Any]) -> dict[str, Any]:
    content = {
        "v": 1,
        "environment": "production",
        "generated": False,
        "layers": {"pages": {"salt": "salt-pages", "holdout": 1.0}},
        "experiments": list(experiments),
    }
    version = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:16]
    return {**content, "version": version}


@pytest.fixture
def make_experiment() -> Callable[..., dict[str, Any]]:
    return experiment


@pytest.fixture
def make_document() -> Callable[..., dict[str, Any]]:
    return document


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 5
    server: LocalServer

    def do_GET(self) -> None:
        self._serve(self.server.config_reply)

    def do_POST(self) -> None:
        if self.path.startswith("/v1/evaluate/"):
            self._serve(self.server.evaluate_reply)
        elif self.path.startswith("/ofrep/"):
            self._serve(self.server.flag_reply)
        else:
            self._serve(self.server.batch_reply)

    def _serve(self, reply_to: Callable[[dict[str, Any]], tuple[int, dict[str, str], bytes] | None]) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = {
            "method": self.command,
            "path": self.path,
            "headers": headers,
            "body": body,
            "peer": self.client_address[1],
            "at": time.monotonic(),
        }
        reply = reply_to(request)
        self.server.note(request)
        if reply is None:
            self.close_connection = True
            return
        status, answer_headers, answer = reply
        self.send_response(status)
        whole = isinstance(answer, bytes)
        declared = {**({"Content-Length": str(len(answer))} if whole else {}), **answer_headers}
        for name, value in declared.items():
            self.send_header(name, value)
        self.end_headers()
        if status != 304:
            for piece in [answer] if whole else answer:
                self.wfile.write(piece)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        pass


class LocalServer(ThreadingHTTPServer):
    """A Netlift server as far as a client can tell; replies that were queued are given first."""

    daemon_threads = False
    block_on_close = True

    def __init__(self, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.config_body = json.dumps(document(experiment())).encode()
        self.config_replies: deque[Any] = deque()
        self.batch_replies: deque[Any] = deque()
        self.evaluate_replies: deque[Any] = deque()
        self.flag_replies: deque[Any] = deque()
        self.private: dict[str, Any] = {}  # by customer: what only the server knows
        self.suppressed: set[str] = set()
        self.secret = "identity-secret"
        self.requests: list[dict[str, Any]] = []
        self.accepted: list[dict[str, Any]] = []
        self.delay = 0.0
        self.held = threading.Event()
        self.released = threading.Event()
        self._news = threading.Condition()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    @property
    def etag(self) -> str:
        return '"' + hashlib.sha256(self.config_body).hexdigest()[:16] + '"'

    def publish(self, *experiments: dict[str, Any]) -> str:
        published = document(*experiments)
        self.config_body = json.dumps(published).encode()
        return str(published["version"])

    def config_reply(self, request: dict[str, Any]) -> Any:
        time.sleep(self.delay)
        if self.config_replies:
            return self._scripted(self.config_replies.popleft())
        headers = {"ETag": self.etag, "Cache-Control": "public, max-age=30"}
        if request["headers"].get("if-none-match") == self.etag:
            return 304, headers, b""
        return 200, headers, self.config_body

    def batch_reply(self, request: dict[str, Any]) -> Any:
        if self.batch_replies:
            reply = self._scripted(self.batch_replies.popleft())
            if reply is None or reply[0] != 202:
                return reply
        batch = json.loads(request["body"])
        self.accepted.extend(batch["batch"])
        answer = {"accepted": len(batch["batch"]), "duplicates": 0, "rejected": []}
        return 202, {"Content-Type": "application/json"}, json.dumps(answer).encode()

    def evaluate_reply(self, request: dict[str, Any]) -> Any:
        """As the server answers: facts of a customer only with a server key, or with the shop's signature."""
        if self.evaluate_replies:
            return self._scripted(self.evaluate_replies.popleft())
        asked = json.loads(request["body"])
        user, proof = asked["userId"], asked.get("identity")
        known = request["headers"].get("authorization", "").startswith("Bearer sk_") or (
            proof is not None and proof == sign_identity(self.secret, user, proof["expiry"])
        )
        published = json.loads(self.config_body)
        rules = {"attribute": "holdings", "op": "any_of", "values": ["mobile-s"]}
        for item in published["experiments"]:
            item["audience"] = [rules] if item["remote"] else item["audience"]
        config = parse_config(published)
        facts = {**asked["attributes"], **(self.private.get(user, {}) if known else {})}
        answers = {}
        for item in published["experiments"]:
            if not item["remote"] or item["key"] not in asked.get("experiments", [item["key"]]):
                continue
            unit = user if item["unit"] == "customer" else asked["anonymousId"]
            result = evaluate(config, item["key"], unit, facts, facts=known)
            assigned = {"assigned": result.variant} if known and user in self.suppressed else {}
            control = item["variants"][0]
            answers[item["key"]] = {
                "phase": result.phase,
                "variant": control["key"] if assigned else result.variant,
                "payload": control["payload"] if assigned else result.payload,
                "reason": result.reason,
                "exposure": result.exposure,
                "configVersion": published["version"],
                **assigned,
            }
        answer = {"v": 1, "version": published["version"], "experiments": answers}
        return 200, {"Content-Type": "application/json"}, json.dumps(answer).encode()

    def flag_reply(self, request: dict[str, Any]) -> Any:
        return self._scripted(self.flag_replies.popleft()) if self.flag_replies else (404, {}, b"")

    def _scripted(self, reply: Any) -> Any:
        """A status, a whole reply, "hang" (until released) or "hang up"."""
        if reply == "hang":
            self.held.set()
            self.released.wait(PATIENCE)
            return None
        if reply == "hang up":
            return None
        return (reply, {}, b"") if isinstance(reply, int) else reply

    def note(self, request: dict[str, Any]) -> None:
        with self._news:
            self.requests.append(request)
            self._news.notify_all()

    def to(self, method: str) -> list[dict[str, Any]]:
        return [request for request in self.requests if request["method"] == method]

    @property
    def batches(self) -> list[dict[str, Any]]:
        return [json.loads(request["body"]) for request in self.to("POST") if request["path"] == "/v1/batch"]

    @property
    def questions(self) -> list[dict[str, Any]]:
        return [json.loads(request["body"]) for request in self.to("POST") if "evaluate" in request["path"]]

    def named(self, event: str) -> list[dict[str, Any]]:
        return [item for item in self.accepted if item.get("event") == event]

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that hang up are what some tests are about."""

    def wait_held(self) -> None:
        """Until a request hangs."""
        assert self.held.wait(PATIENCE)

    def wait(self, wanted: Callable[[], object]) -> None:
        """Until `wanted` holds, asked again after every request."""
        with self._news:
            assert self._news.wait_for(lambda: bool(wanted()), PATIENCE), "the awaited request never came"


@pytest.fixture
def start_server() -> Iterator[Callable[..., LocalServer]]:
    running: list[tuple[LocalServer, threading.Thread]] = []

    def start(port: int = 0) -> LocalServer:
        server = LocalServer(port)
        thread = threading.Thread(target=lambda: server.serve_forever(poll_interval=0.01))
        thread.start()
        running.append((server, thread))
        return server

    yield start
    for server, thread in running:
        server.released.set()
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def server(start_server: Callable[..., LocalServer]) -> LocalServer:
    return start_server()


@pytest.fixture
def make_client(server: LocalServer) -> Iterator[Callable[..., Client]]:
    """Clients with short pauses, closed at the end; `ready=False` leaves out the wait for the config."""
    clients: list[Client] = []

    def make(*, ready: bool = True, **settings: Any) -> Client:
        quick = {"flush_interval": 0.02, "poll_interval": 30.0, "retry_interval": 0.01, "send_timeout": 2.0}
        client = Client(**{"key": "srv_key", "host": server.address, **quick, **settings})
        clients.append(client)
        if ready:
            assert client.wait_ready(PATIENCE)
        return client

    yield make
    server.released.set()
    for client in clients:
        client.close()
        for worker in client._runtime.workers:
            worker.join(PATIENCE)


@pytest.fixture
def until() -> Callable[[Callable[[], object]], None]:
    """Wait until something holds, asked every few milliseconds."""

    def wait(wanted: Callable[[], object]) -> None:
        deadline = time.monotonic() + PATIENCE
        while not wanted():
            assert time.monotonic() < deadline, "it never came to hold"
            time.sleep(0.005)

    return wait
