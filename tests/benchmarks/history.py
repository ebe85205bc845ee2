"""Time what measuring values of today costs: `python -m tests.benchmarks.history [--events N] [--postgres]`.

Data: that of `opportunities`, an order line per 25 page views, 20 page views a person over 90 days. What is timed is
the worker's own turn, with its steps and result written: cross- and up-sell of the customers seen on /tv* who hold one
family and lack another, then all sales of all visitors anywhere, which reads every event; 28 days of new people, 42
behind them.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time

from sqlalchemy import Engine, insert, text

from experiments.domain.access import UserRole
from experiments.domain.experiment import UnitKind
from experiments.services import measuring
from experiments.services.actor import Actor
from experiments.services.history import Lookback
from experiments.services.measuring import Asked
from experiments.services.metrics import ensure_default_metrics
from experiments.store import migrate
from experiments.store.engines import is_sqlite, make_engine, reading, writing
from experiments.store.tables import FamilyRow
from tests.benchmarks.moments import postgres
from tests.benchmarks.opportunities import NOW, fill

AUDIENCES = {
    "some customers of a place": Lookback(page="/tv*", holds=("mobile",), lacks=("tv",)),
    "all visitors anywhere": Lookback(unit=UnitKind.VISITOR),
}
EDITOR = Actor("bench", UserRole.EDITOR)


def main() -> None:
    """Fill a database, have the worker measure several times, print the seconds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--postgres", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        engine = make_engine(postgres(folder) if options.postgres else f"sqlite:///{folder}/bench.db")
        migrate.upgrade(engine)
        started = time.perf_counter()
        _fill(engine, options.events)
        print(f"filled {options.events:,} events in {time.perf_counter() - started:.1f} s", flush=True)
        for words, back in AUDIENCES.items():
            seconds = [_measure(engine, back, run) for run in range(options.runs)]
            told = [round(each, 2) for each in seconds]
            print(f"{engine.dialect.name}, {words}: median {statistics.median(seconds):.2f} s of {told}", flush=True)
        engine.dispose()


def _fill(engine: Engine, events: int) -> None:
    fill(engine, events * 25 // 26)
    with writing(engine) as session:
        ensure_default_metrics(session, NOW)
        names = ("mobile", "broadband", "tv", "streaming")
        session.execute(insert(FamilyRow), [{"id": n, "key": k, "name": k} for n, k in enumerate(names, start=1)])
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("analyze" if is_sqlite(engine) else "vacuum analyze"))


def _measure(engine: Engine, back: Lookback, run: int) -> float:
    """Seconds of one turn of the worker."""
    asked = Asked(("all-sales", "up-sell") if back.unit is UnitKind.VISITOR else ("cross-sell", "up-sell"), back)
    with writing(engine) as session:
        name = measuring.ask(session, EDITOR, NOW + run, asked, anew=True).name
    started = time.perf_counter()
    assert measuring.serve(engine, NOW + run)
    took = time.perf_counter() - started
    with reading(engine) as session:
        found = measuring.by_name(session, name)
    assert found.history is not None, found.reason
    print(f"  {took:.2f} s, {found.history.units:,} units", flush=True)
    return took


if __name__ == "__main__":
    main()
