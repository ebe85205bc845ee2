"""Time the question behind opportunities: `python -m tests.benchmarks.opportunities [--views N] [--postgres]`.

Data: 20 page views a person over 90 days on 400 paths, of which six places take about a third; of 60 % of the
people the holdings are told; an order line per 25 views. Facts are written straight into the tables.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from sqlalchemy import Engine, insert, text

from experiments.domain.journey import Match, Step
from experiments.store import migrate
from experiments.store.engines import is_sqlite, make_engine, reading
from experiments.store.insight.traffic import TrafficRequest, traffic
from experiments.store.moments.run import prepare
from experiments.store.tables import HoldingRow, LinkRow, NameRow, OutcomeRow, PageViewRow
from tests.benchmarks.moments import _copy, postgres

DAY = 86_400_000_000
NOW = 1_790_000_000_000_000
PATTERNS = ("/tv*", "/shop/tv*", "/shop/mobile*", "/broadband*", "/checkout*", "/help*")
PATHS = 400


def main() -> None:
    """Fill a database, ask several times, print the seconds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--views", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--postgres", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        engine = make_engine(postgres(folder) if options.postgres else f"sqlite:///{folder}/bench.db")
        migrate.upgrade(engine)
        started = time.perf_counter()
        fill(engine, options.views)
        size = Path(folder, "bench.db").stat().st_size / 1e6 if not options.postgres else 0
        print(f"filled {options.views:,} views in {time.perf_counter() - started:.1f} s ({size:,.0f} MB)", flush=True)
        seconds = [ask(engine) for _ in range(options.runs)]
        print(f"median {statistics.median(seconds):.2f} s of {[round(each, 2) for each in seconds]}")
        engine.dispose()


def ask(engine: Engine) -> float:
    """Seconds of one question: 28 days of first sights, 28 days of sales behind them, 14 for returns."""
    places = tuple(Step("place", pattern, Match.PATH, pattern) for pattern in PATTERNS)
    until = NOW - 42 * DAY
    request = TrafficRequest(places, until - 28 * DAY, until, 28 * DAY, 30 * DAY, 14 * DAY, 2)
    started = time.perf_counter()
    with reading(engine) as session:
        prepare(session)
        rows = traffic(session, request)
    assert rows
    return time.perf_counter() - started


def fill(engine: Engine, views: int) -> None:
    """Names, views, sales, holdings and links."""
    random = np.random.default_rng(7)
    people = random.integers(-(2**62), 2**62, views // 20)
    paths = [f"{PATTERNS[n % 6][:-1]}/{n}" if n % 3 == 0 else f"/other/{n}" for n in range(PATHS)]
    with engine.begin() as connection:
        connection.execute(insert(NameRow), [{"id": n + 1, "space": "path", "text": p} for n, p in enumerate(paths)])
    _copy(engine, PageViewRow, _views(random, people, views))
    _copy(engine, OutcomeRow, _sales(random, people, views // 25))
    _copy(engine, HoldingRow, _holdings(random, people))
    _copy(engine, LinkRow, _links(people))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("analyze" if is_sqlite(engine) else "vacuum analyze"))


def _views(random: np.random.Generator, people: np.ndarray, views: int) -> Iterator[dict[str, object]]:
    for start in range(0, views, 500_000):
        count = min(500_000, views - start)
        who = random.integers(0, people.size, count)
        at = np.sort(NOW - random.integers(0, 90 * DAY, count))
        path, channel = random.integers(1, PATHS + 1, count), random.integers(1, 3, count)
        rows = zip(who.tolist(), at.tolist(), path.tolist(), channel.tolist(), strict=True)
        for index, (person, moment, path_id, code) in enumerate(rows, start=start + 1):
            visitor = int(people[person])
            customer = visitor ^ 1 if person % 5 < 2 else None
            yield {"seq": index, "at": moment, "received_at": moment, "source_id": 1, "visitor": visitor,
                   "customer": customer, "path_id": path_id, "channel": code}  # fmt: skip


def _sales(random: np.random.Generator, people: np.ndarray, count: int) -> Iterator[dict[str, object]]:
    who = random.integers(0, people.size, count).tolist()
    at = (NOW - random.integers(0, 90 * DAY, count)).tolist()
    family = random.integers(1, 5, count).tolist()
    for index, (person, moment, code) in enumerate(zip(who, at, family, strict=True), start=1):
        yield {
            "id": index, "order_key": index, "line": 0, "kind": 1, "name_id": 0, "at": moment, "received_at": moment,
            "source_id": 1, "rank": 2, "seq": index, "visitor": None, "customer": int(people[person]) ^ 1, "channel": 1,
            "product_id": code * 10 + 1, "family_id": code, "tier": 1 + index % 3, "multiple": False, "quantity": 1,
            "revenue": 1_000, "margin": 12_000, "seconds": 0, "number": 0.0, "conflicts": 0,
        }  # fmt: skip


def _holdings(random: np.random.Generator, people: np.ndarray) -> Iterator[dict[str, object]]:
    at = NOW - 200 * DAY
    for person, visitor in enumerate(people.tolist()):
        if person % 5 >= 3:
            continue
        base = {"customer": visitor ^ 1, "as_of": at, "received_at": at, "source_id": 1, "complete": True,
                "independent": False}  # fmt: skip
        yield {**base, "product_id": 0, "family_id": 0, "tier": 0}
        for family in range(1, 5):
            if random.random() < 0.4:
                yield {**base, "product_id": family * 10 + 1, "family_id": family, "tier": 1}


def _links(people: np.ndarray) -> Iterator[dict[str, object]]:
    at = NOW - 200 * DAY
    for person, visitor in enumerate(people.tolist()):
        if person % 5 == 2:
            yield {"visitor": visitor, "customer": visitor ^ 1, "at": at, "received_at": at, "verified": True}


if __name__ == "__main__":
    main()
