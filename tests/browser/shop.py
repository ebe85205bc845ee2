"""A little shop, and a server that speaks what the SDK needs and fails as it is told; two real servers, two origins."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from netlift.compiling import compile_config

SCRIPT = Path(__file__).resolve().parents[2] / "web" / "static" / "vendor" / "netlift" / "netlift.js"
CORS = {"Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": "ETag, Retry-After"}


def experiment(key: str, shown: str = "entry", **changes: Any) -> dict[str, Any]:
    """An experiment in which everybody gets `shown`."""
    variants = [
        {"key": name, "weight": float(name == shown), "payload": {"shown": name}} for name in ("control", "entry")
    ]
    item = {"key": key, "phase": 1, "salt": f"salt-{key}", "unit": "visitor", "status": "running", "enrolment": 1.0}
    return {**item, "audience": [], "remote": False, "variants": variants, **changes}


def config(version: str, *experiments: dict[str, Any]) -> dict[str, Any]:
    """A published config, as pages get it."""
    about = {"v": 1, "version": version, "environment": "production", "generated": False, "layers": {}}
    return compile_config({**about, "experiments": list(experiments)})


class _Server:
    """A threading HTTP server on a free port."""

    def __init__(self, answer: Callable[[BaseHTTPRequestHandler, str, bytes], None]) -> None:
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                answer(self, "GET", b"")

            def do_POST(self) -> None:
                answer(self, "POST", self.rfile.read(int(self.headers.get("Content-Length") or 0)))

            def do_OPTIONS(self) -> None:
                answer(self, "OPTIONS", b"")

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.address = f"http://127.0.0.1:{self._server.server_port}"

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def _send(handler: BaseHTTPRequestHandler, status: int, body: bytes, kind: str, **headers: str) -> None:
    try:
        handler.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **headers}.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(body)
    except OSError:
        pass  # the page is gone


@dataclass
class Netlift:
    """What the SDK talks to; a fault is a status, `garbage`, `truncated` or `hang`."""

    document: dict[str, Any]
    config_fault: Any = None
    batch_fault: Any = None
    batches: list[tuple[float, dict[str, Any]]] = field(default_factory=list)
    looks: list[dict[str, str]] = field(default_factory=list)
    preflights: list[str] = field(default_factory=list)
    released: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self._server = _Server(self._answer)
        self.address = self._server.address

    def stop(self) -> None:
        """Let hanging answers go and end."""
        self.released.set()
        self._server.stop()

    def events(self) -> list[dict[str, Any]]:
        """Every event once, as the real server stores it: by messageId, the first time it came."""
        return list(
            {event["messageId"]: event for _, batch in reversed(self.batches) for event in batch["batch"]}.values()
        )

    def exposures(self) -> list[dict[str, Any]]:
        """The events that are exposures."""
        return [event for event in self.events() if event.get("event") == "Experiment Viewed"]

    def _answer(self, handler: BaseHTTPRequestHandler, method: str, body: bytes) -> None:
        path = handler.path
        if method == "OPTIONS":
            self.preflights.append(path)
            _send(handler, 204, b"", "text/plain", **CORS)
        elif path == "/sdk/netlift.js":
            _send(handler, 200, SCRIPT.read_bytes(), "text/javascript", **CORS)
        elif path.startswith("/v1/pages/"):
            self.looks.append({name.lower(): value for name, value in handler.headers.items()})
            self._config(handler)
        elif path == "/v1/batch" and self.batch_fault is None:
            self.batches.append((time.time(), json.loads(body)))
            _send(handler, 202, b'{"accepted":1,"duplicates":0,"rejected":[]}', "application/json", **CORS)
        else:
            _send(handler, self.batch_fault or 404, b"no", "text/plain", **CORS)

    def _config(self, handler: BaseHTTPRequestHandler) -> None:
        whole = json.dumps(self.document).encode()
        etag = f'"{self.document["version"]}"'
        if self.config_fault == "hang":
            self.released.wait(30)
        elif self.config_fault == "garbage":
            _send(handler, 200, b"<!doctype html>", "text/html", **CORS)
        elif self.config_fault == "truncated":
            _send(handler, 200, whole[:-30], "application/json", **CORS)
        elif self.config_fault is not None:
            _send(handler, self.config_fault, b"no", "text/plain", **CORS)
        else:
            headers = {**CORS, "ETag": etag, "Cache-Control": "public, max-age=0"}
            same = handler.headers.get("If-None-Match") == etag
            _send(handler, 304 if same else 200, b"" if same else whole, "application/json", **headers)


@dataclass
class Shop:
    """Pages by path."""

    pages: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._server = _Server(self._answer)
        self.address = self._server.address

    def stop(self) -> None:
        """End."""
        self._server.stop()

    def _answer(self, handler: BaseHTTPRequestHandler, method: str, body: bytes) -> None:
        page = self.pages.get(handler.path.partition("?")[0])
        kind = "text/javascript" if handler.path.endswith("js") else "text/html; charset=utf-8"
        _send(handler, 404 if page is None else 200, (page or "").encode(), kind, **self.headers)


SNIPPET = (
    "<script>window.netlift=window.netlift||function(){"
    "(netlift.q=netlift.q||[]).push([].slice.call(arguments))}</script>"
)


def page(netlift: str, options: dict[str, Any] | None = None, body: str = "") -> str:
    """A page with the script tag of the README; the client is made by `init` with the options.

    It is patient, since a busy machine may take longer than the 800 ms of a shop.
    """
    init = json.dumps({"key": "pk_test", "flushInterval": 20, "timeout": 20_000, **(options or {})})
    return (
        f'<!doctype html><title>Shop</title>{SNIPPET}<script>netlift("init", {init})</script>'
        f'<script async src="{netlift}/sdk/netlift.js"></script><h1>Shop</h1><div id="hero">Hero</div>{body}'
    )
