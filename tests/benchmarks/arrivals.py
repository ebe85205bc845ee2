"""Time the reads of the set-up page over many events: `python tests/benchmarks/arrivals.py [--events N] [--url URL]`.

Events, page views and exposures of the last hours are put into an empty database (SQLite in a temporary folder, or the
PostgreSQL database of `--url`, which must be empty); then every read of the page is timed, over all events and over the
first tenth of them. The reads are bounded, so the ratio of the two says whether they stay quick.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable

import msgspec
from sqlalchemy import Engine, insert, text

from experiments.services.arrivals import Asked, awaited, gather, hints_of, live
from experiments.services.clock import now_us
from experiments.store.engines import is_sqlite, make_engine, reading, writing
from experiments.store.migrate import upgrade
from experiments.store.tables import EventRow, ExposureRow, PageViewRow, QuarantineRow
from tests.shop_world import Shop

CHUNK = 20_000
RUNS = 9
BODY = msgspec.json.encode(
    {
        "properties": {"path": "/tv/large", "title": "Television for everybody", "experiment_id": "entry"},
        "context": {"library": {"name": "netlift-js", "version": "0.1.0"}, "page": {"path": "/tv/large"}},
    }
).decode()


def main() -> None:
    """Fill, measure, fill more, measure again."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--url", default="")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        engine = make_engine(options.url or f"sqlite:///{folder}/netlift.db")
        upgrade(engine)
        now = now_us()
        shop = Shop(engine, start=now - 10 * 86_400_000_000)
        fill(engine, shop, 0, options.events // 10, now - 100 * 60_000_000, now)
        few = measure(engine, now)
        later = now + 60 * 60_000_000
        fill(engine, shop, options.events // 10, options.events, now, later)
        many = measure(engine, later)
        print(
            f"{'milliseconds, median of ' + str(RUNS):<44}{options.events // 10:>12,}{options.events:>12,}{'ratio':>8}"
        )
        for what in few:
            print(f"{what:<44}{few[what]:>12.1f}{many[what]:>12.1f}{many[what] / few[what]:>8.1f}")
        engine.dispose()


def fill(engine: Engine, shop: Shop, first: int, last: int, begin: int, end: int) -> None:
    """Events evenly over a stretch of time; half of them page views, a tenth exposures, one in a thousand refused."""
    source = shop.sources["web"].id
    for start in range(first, last, CHUNK):
        numbers = range(start + 1, min(start + CHUNK, last) + 1)
        at = {number: begin + (end - begin) * (number - first) // (last - first) for number in numbers}
        rows = [_event(number, at[number], source, sqlite=is_sqlite(engine)) for number in numbers]
        with writing(engine) as session:
            session.execute(insert(EventRow), rows)
            session.execute(insert(PageViewRow), [_view(n, at[n], source) for n in numbers if n % 2])
            session.execute(insert(ExposureRow), [_exposure(n, at[n], source) for n in numbers if n % 10 == 0])
            session.execute(insert(QuarantineRow), [_refused(n, at[n], source) for n in numbers if n % 1000 == 0])
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("analyze"))


def _event(number: int, at: int, source: int, *, sqlite: bool) -> dict[str, object]:
    kind, name = (3, "") if number % 2 else (1, "Experiment Viewed" if number % 10 == 0 else "Offer Opened")
    row = {
        "received_at": at, "txn": 0, "id": number.to_bytes(16, "big"), "source_id": source, "type": kind, "name": name,
        "occurred_at": at, "sent_time": at, "visitor": number % 50_000, "customer": None, "body": BODY,
    }  # fmt: skip
    return {**row, "seq": number} if sqlite else row


def _view(number: int, at: int, source: int) -> dict[str, object]:
    return {"seq": number, "at": at, "received_at": at, "source_id": source, "visitor": number % 50_000,
            "customer": None, "path_id": number % 7 + 1}  # fmt: skip


def _exposure(number: int, at: int, source: int) -> dict[str, object]:
    return {"seq": number, "phase_id": 1, "unit": number % 50_000, "variant": number % 2, "at": at, "received_at": at,
            "source_id": source, "channel": 1}  # fmt: skip


def _refused(number: int, at: int, source: int) -> dict[str, object]:
    return {"id": number.to_bytes(16, "big"), "source_id": source, "reason": "no_id", "field": "anonymousId",
            "message": "anonymousId must be a filled string.", "first_seen": at, "last_seen": at, "count": 1,
            "visitor": None, "customer": None, "body": "{}", "replayed_at": None}  # fmt: skip


def measure(engine: Engine, now: int) -> dict[str, float]:
    """Milliseconds of every read."""
    return {
        "newest events, the last 15 minutes": timed(engine, lambda s: live(s, Asked(), now)),
        "newest events, the last hour": timed(engine, lambda s: live(s, Asked(minutes=60), now)),
        "newest events of a rare name": timed(engine, lambda s: live(s, Asked(name="Nothing"), now)),
        "tests that wait": timed(engine, lambda s: awaited(s, now)),
        "hints": timed(engine, lambda s: hints_of(gather(s, now))),
        "nothing arrived": timed(engine, lambda s: live(s, Asked(), now + 10**12)),
    }


def timed(engine: Engine, job: Callable[..., object]) -> float:
    """Median time of a job in a transaction of its own."""
    taken = []
    for _ in range(RUNS):
        with reading(engine) as session:
            started = time.perf_counter()
            job(session)
            taken.append(time.perf_counter() - started)
    return 1e3 * statistics.median(taken)


if __name__ == "__main__":
    main()
