"""Log lines: for people or for machines, with the id of the request, without ids of people and without addresses."""

from __future__ import annotations

import logging
import re
import secrets
import sys
import time
from typing import TYPE_CHECKING, Any

import structlog
from flask import g, request
from gunicorn import glogging

if TYPE_CHECKING:
    from collections.abc import MutableMapping

    from flask import Flask, Response

    from experiments.config import Settings

HEADER = "X-Request-ID"
#: What a proxy may give as id of a request; anything else gets one of ours.
_GIVEN = re.compile(r"[A-Za-z0-9_-]{8,64}")
_ADDRESS = re.compile(
    r"\b\d{1,3}(?:\.\d{1,3}){3}\b|\bip=\S+|(?<![\w:])[0-9a-fA-F]{0,4}(?::[0-9a-fA-F]{0,4}){3,7}(?![\w:])"
)
#: Called by every page of every shop: counted by the metrics, logged only where something is wrong.
BUSY = ("/v1/", "/ofrep/", "/healthz", "/readyz", "/metrics", "/static/", "/sdk/")
_MASKED = ("event", "exception", "stack")
#: gunicorn quotes what a stranger sent; the kind of fault is enough.
_QUOTED = re.compile(r"^(Invalid request from ip=\S+ [^:]*):.*", re.DOTALL)


def configure(settings: Settings) -> None:
    """Send every line of this process, also those of libraries, to standard error in the wanted form."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    last: Any = structlog.processors.JSONRenderer() if settings.log_format == "json" else _plain
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[*shared, structlog.stdlib.ExtraAdder()],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            mask_addresses,
            last,
        ],
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(settings.log_level.upper())
    for name in ("alembic", "sqlalchemy", "werkzeug"):
        logging.getLogger(name).setLevel(logging.WARNING)


def mask_addresses(_logger: Any, _method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Network addresses are personal data, and so may be what a broken request held; libraries write both down."""
    for name in _MASKED:
        if isinstance(line.get(name), str):
            line[name] = _ADDRESS.sub("(address)", _QUOTED.sub(r"\1", line[name]))
    return line


def register(app: Flask) -> None:
    """Give every request an id, and log what people and programs asked of the product; paths as patterns only."""
    log = logging.getLogger("web.request")
    trust = app.config.get("TRUST_REQUEST_ID", False)

    @app.before_request
    def begin() -> None:
        given = request.headers.get(HEADER, "") if trust else ""
        g.request_id = given if _GIVEN.fullmatch(given) else secrets.token_hex(8)
        g.request_began = time.perf_counter()
        structlog.contextvars.bind_contextvars(request_id=g.request_id)

    @app.after_request
    def end(response: Response) -> Response:
        response.headers[HEADER] = g.get("request_id", "")
        if request.path.startswith(BUSY) and response.status_code < 500:
            return response
        took = time.perf_counter() - g.get("request_began", time.perf_counter())
        # The pattern and not the path: a path can hold a key, and whatever a stranger types.
        route = request.url_rule.rule if request.url_rule else "(none)"
        told = {"method": request.method, "route": route, "status": response.status_code, "ms": round(took * 1000, 1)}
        log.info("request", extra=told)
        return response

    @app.teardown_request
    def forget(_error: BaseException | None) -> None:
        structlog.contextvars.clear_contextvars()


class GunicornLogger(glogging.Logger):  # type: ignore[misc]
    """gunicorn's own lines go the way of all others; it writes the peer's address into its warnings."""

    def setup(self, cfg: Any) -> None:
        """Send everything to the root logger, which masks addresses."""
        super().setup(cfg)
        from experiments.config import Settings

        configure(Settings())
        self.error_log.handlers = []
        self.error_log.propagate = True


def _plain(_logger: Any, _method: str, line: MutableMapping[str, Any]) -> str:
    clock, level, name, told = (line.pop(part, "") for part in ("timestamp", "level", "logger", "event"))
    trace = line.pop("exception", "")
    rest = " ".join(f"{key}={value}" for key, value in line.items())
    return "\n".join(part for part in (f"{clock[11:19]} {level:<7} {name}: {told} {rest}".rstrip(), trace) if part)
