"""Rows a second of `netlift import events` on SQLite and PostgreSQL.

    python -m tests.benchmarks.import_events [--rows 200000] [--postgres postgresql://…]

Orders, one row per line, eight columns, a fifth of the rows twice. Measured: converting alone, a dry run, the import
into an empty store, and the same file again (all duplicates). The target is a million rows a minute on SQLite, 16,667 a
second, for the import itself; the projection into facts runs in the worker and is not part of it.
"""

from __future__ import annotations

import argparse
import csv
import os
import random
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

from sqlalchemy import Engine, create_engine, text
from sqlalchemy.engine import make_url

from experiments.domain.access import UserRole
from experiments.services.actor import Actor
from experiments.services.clock import now_us
from experiments.services.import_events.convert import Converter
from experiments.services.import_events.going import ordered_columns
from experiments.services.import_events.parse import read_spec
from experiments.services.import_events.rows import open_rows
from experiments.services.import_events.runs import Surroundings
from experiments.services.import_events.spec import EventSpec
from experiments.services.import_events.take_in import look, take_in
from experiments.services.ingest import Limits
from experiments.store import migrate
from experiments.store.engines import make_engine

SPEC = read_spec(
    {
        "holds": "orders",
        "source": {"key": "back-office", "name": "Back office", "watermark": "newest"},
        "file": {"time_format": "%d-%m-%Y %H:%M:%S", "time_zone": "Europe/Amsterdam", "decimal": ","},
        "columns": {
            "order_id": "order",
            "line": "line",
            "timestamp": "moment",
            "user_id": "customer",
            "product": {"column": "sku", "values": {"A1": "tv-plus", "A2": "mobile-m", "A3": "broadband-100"}},
            "quantity": "pieces",
            "price": "monthly",
            "channel": {"column": "shop", "values": {"filiaal": "store", "telefoon": "phone"}},
        },
    }
)
ACTOR = Actor("benchmark", UserRole.ADMIN)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--postgres", default="", help="URL of a server on which a database may be made")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "orders.csv"
        _write(path, given.rows)
        megabytes, load = path.stat().st_size / 1e6, os.getloadavg()[0]
        print(f"{given.rows:,} rows, {megabytes:.1f} MB, {os.cpu_count()} cores, load {load:.1f}")
        _say("convert only", given.rows, lambda: _convert(path, SPEC))
        for name, engine in _engines(Path(folder), given.postgres):
            around = Surroundings(engine, b"k" * 32, Limits(late_days=3_650), now_us)
            _say(f"{name}: dry run", given.rows, lambda a=around: look(a, path, SPEC, ACTOR, progress=_quiet))
            _say(f"{name}: import", given.rows, lambda a=around: take_in(a, path, SPEC, ACTOR, progress=_quiet))
            _say(f"{name}: again", given.rows, lambda a=around: take_in(a, path, SPEC, ACTOR, progress=_quiet))
            engine.dispose()


def _say(what: str, rows: int, work: Callable[[], object]) -> None:
    wall, processor = time.perf_counter(), time.process_time()
    work()
    wall, processor = time.perf_counter() - wall, time.process_time() - processor
    share = f"{processor / rows * 1e6:.0f} µs of processor time each"
    print(f"{what:<22} {rows / wall:>9,.0f} rows/s  {share}, a million in {wall / rows * 1e6:.0f} s")


def _convert(path: Path, spec: EventSpec) -> int:
    columns = ordered_columns(spec)
    with open_rows(path, spec.file) as file:
        converter = Converter(spec, columns, id_key=b"k" * 32, products={"tv-plus", "mobile-m", "broadband-100"})
        return sum(1 for _ in converter.items(file.rows(columns)))


def _quiet(_done: int, _position: int, _size: int) -> None:
    """No bar."""


def _write(path: Path, rows: int) -> None:
    draw = random.Random(7)
    with path.open("w", newline="") as handle:
        writer = csv.writer(handle, delimiter=";")
        writer.writerow(("order", "line", "moment", "customer", "sku", "pieces", "monthly", "shop"))
        for number in range(rows):
            order = number - draw.randrange(1, 2_000) if number > 2_000 and draw.random() < 0.2 else number
            moment = (
                f"{1 + order % 28:02d}-{1 + order % 10:02d}-2026 {order % 24:02d}:{order % 60:02d}:{order * 7 % 60:02d}"
            )
            cells = (
                f"BO-{order}",
                order % 3,
                moment,
                f"C{order % 50_000:07d}",
                f"A{1 + order % 3}",
                1,
                "17,50",
                "filiaal",
            )
            writer.writerow(cells)


def _engines(folder: Path, postgres: str) -> Iterator[tuple[str, Engine]]:
    engine = make_engine(f"sqlite:///{folder / 'bench.db'}")
    migrate.upgrade(engine)
    yield "SQLite", engine
    if postgres:
        server, name = make_url(postgres).set(drivername="postgresql+psycopg"), f"bench_{uuid4().hex[:8]}"
        admin = create_engine(server, isolation_level="AUTOCOMMIT")
        with admin.connect() as connection:
            connection.execute(text(f"create database {name}"))
        engine = make_engine(server.set(database=name).render_as_string(hide_password=False))
        migrate.upgrade(engine)
        yield "PostgreSQL", engine
        with admin.connect() as connection:
            connection.execute(text(f"drop database {name} with (force)"))


if __name__ == "__main__":
    main()
