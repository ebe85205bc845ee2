"""Time the columns between gross and net, few against many: `python tests/benchmarks/effect_columns.py [--postgres]`.

Same data as `moments.py`: of the units of the analysed test more than eight in ten have an outcome in their window,
far more than real sales have. Few = the six columns of the waterfall. Many = all blocks. Report = six metrics by the
query of a report, which knows no values, groups or costs. Each run times all three, from the query to Moments, so that
the ratios are of equal conditions.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from dataclasses import replace

from sqlalchemy import Engine, insert

from experiments.domain.experiment import UnitKind
from experiments.domain.holding import Relation
from experiments.store import migrate
from experiments.store.codes import RELATION_CODE
from experiments.store.engines import is_sqlite, make_engine, reading, writing
from experiments.store.moments import compute_moments
from experiments.store.moments.run import POSTGRESQL_SETTINGS
from experiments.store.net import Block, NetCells, NetRequest, compute_net
from experiments.store.net.request import SaleMasks
from experiments.store.net.statement import net_statement
from experiments.store.net.units import Grouped
from experiments.store.tables import FamilyRow, ProductPriceRow, ProductRow
from tests.benchmarks.moments import DAY, NOW, fill, postgres
from tests.benchmarks.moments import request as six_metrics

SIX = frozenset({Block.MONEY})


def main() -> None:
    """Fill a database, run both several times, print seconds and the ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--postgres", action="store_true")
    parser.add_argument("--explain", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        engine = make_engine(postgres(folder) if options.postgres else f"sqlite:///{folder}/bench.db")
        migrate.upgrade(engine)
        _catalogue(engine)
        started = time.perf_counter()
        outcomes = fill(engine, options.events, holdings=True)
        print(f"filled {options.events:,} events ({outcomes:,} outcomes) in {time.perf_counter() - started:.1f} s")
        if options.explain:
            _explain(engine, _request())
        _time(engine, options.runs)
        engine.dispose()


def _catalogue(engine: Engine) -> None:
    families = range(1, 5)
    with writing(engine) as session:
        session.execute(insert(FamilyRow), [{"id": f, "key": f"f{f}", "name": f"F{f}"} for f in families])
        products = [(10 * f + tier, f, tier) for f in families for tier in (1, 2, 3)]
        session.execute(
            insert(ProductRow),
            [
                {"id": i, "key": f"p{i}", "name": f"P{i}", "family_id": f, "tier": t, "replaces": [], "components": []}
                for i, f, t in products
            ],
        )
        session.execute(
            insert(ProductPriceRow),
            [
                {"product_id": i, "valid_from": 0, "price": 900 * t, "margin": 300 * t, "months": 12 * t}
                for i, _, t in products
            ],
        )


def _request(blocks: frozenset[Block] = frozenset(Block)) -> NetRequest:
    """Two weeks after exposure, a covariate of two weeks before, costs of seconds and sales."""
    return NetRequest(
        phase_id=1, unit=UnitKind.CUSTOMER, cut=NOW, mature_before=NOW, last=14 * DAY, early=7 * DAY,
        day_ends=(1, 2, 3, 4, 5, 6, 7, 14), promoted=SaleMasks(relations=1 << RELATION_CODE[Relation.CROSS]),
        protected=SaleMasks(relations=1 << RELATION_CODE[Relation.UP]), channels=(1, 2), return_window=7 * DAY,
        second_cost={1: 1.0, 3: 1.0}, sale_cost={3: 900.0}, blocks=blocks, csat=0,
    )  # fmt: skip


def _time(engine: Engine, runs: int) -> None:
    few, many = _request(SIX), _request()
    seconds: dict[str, list[float]] = {"few": [], "many": [], "report": []}
    for _ in range(runs):
        for name in seconds:
            started = time.perf_counter()
            with reading(engine) as session:
                if name == "report":
                    compute_moments(session, six_metrics(relations=True))
                else:
                    result = compute_net(session, many if name == "many" else few)
            seconds[name].append(time.perf_counter() - started)
            if name == "many":
                units, columns = sum(result.units.values()), _columns(result)
                active = result.active / units
    print(f"{engine.dialect.name}: {units:,} units, {active:.0%} of them active, {columns} columns")
    for name in seconds:
        ratios = [many / each for each, many in zip(seconds[name], seconds["many"], strict=True)]
        print(
            f"{name}: median {statistics.median(seconds[name]):.2f} s ({runs} runs); all columns take "
            f"{statistics.median(ratios):.2f} times as long ({min(ratios):.2f} to {max(ratios):.2f})"
        )


def _columns(result: NetCells) -> int:
    return sum(len(next(iter(groups.values())).columns) for groups in result.blocks.values() if groups)


def _explain(engine: Engine, request: NetRequest) -> None:
    statement = net_statement(replace(request), Grouped(request), (), {})
    compiled = statement.compile(engine, compile_kwargs={"literal_binds": True})
    words = "explain query plan " if is_sqlite(engine) else "explain analyze "
    with engine.connect() as connection:
        for setting in POSTGRESQL_SETTINGS if not is_sqlite(engine) else ():
            connection.exec_driver_sql(f"SET LOCAL {setting}")
        for row in connection.exec_driver_sql(words + str(compiled).replace("%", "%%")):
            print(row[-1])


if __name__ == "__main__":
    main()
