"""The shop of `tests.web.test_evaluate` over HTTP, for SDKs that speak it."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, select
from werkzeug.serving import make_server

from experiments.services.sessions import reading
from experiments.store.tables.events import EventRow
from tests.web.test_evaluate import Shop


class Served(Shop):
    """A server with an address, and what it has stored."""

    address = ""

    def events(self, name: str) -> list[EventRow]:
        """The stored events of one name."""
        with reading(self.engine) as session:
            return list(session.scalars(select(EventRow).where(EventRow.name == name)))

    def exposures(self) -> list[dict[str, Any]]:
        """The properties of every stored exposure."""
        return [json.loads(row.body)["properties"] for row in self.events("Experiment Viewed")]


@contextmanager
def serving(engine: Engine, folder: Path) -> Iterator[Served]:
    """The server, on a free port and until the end of the block."""
    shop = Served(engine, folder)
    server = make_server("127.0.0.1", 0, shop.client.application, threaded=True)
    shop.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=lambda: server.serve_forever(0.02))
    thread.start()
    try:
        yield shop
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
