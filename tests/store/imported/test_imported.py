"""Moments of imported units equal those of the rows themselves, on every database."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from sqlalchemy import Engine, column, func, select, table
from sqlalchemy.orm import Session

from experiments.domain.errors import ConflictError
from experiments.stats.moments import Moments, add_up
from experiments.store import imported
from experiments.store.engines import make_engine, reading, writing
from experiments.store.tables import ImportUnitRow, ImportValueRow

COLUMNS = ("orders", "late", "money", "clock")
SEGMENT = "segments.region"
N = 600
Rows = npt.NDArray[np.float64]


def begin(session: Session, segment: bool = True) -> int:
    columns = [imported.StoredColumn(place, key, "number") for place, key in enumerate(COLUMNS)]
    if segment:
        columns.append(imported.StoredColumn(len(COLUMNS), SEGMENT, "segment"))
    spec = {"experiment": {"key": "trial"}}
    return imported.begin_run(session, kind="units", file="f", digest="d", spec=spec, columns=columns, now=1)


def store(session: Session, run: int, rows: Rows, variants: list[int], regions: list[str]) -> None:
    """Write rows whose unit is their place, some of them below zero as hashes are."""
    codes = imported.segment_names(session, regions)
    units = [(place * 2**40 - 2**45, variant) for place, variant in enumerate(variants)]
    values = []
    for (unit, _), row, region in zip(units, rows, regions, strict=True):
        values += [(unit, place, float(value)) for place, value in enumerate((*row, codes[region]))]
    imported.write_units(session, run, units, values)


@pytest.fixture
def sample() -> tuple[Rows, list[int], list[str]]:
    rng = np.random.default_rng(11)
    orders = (rng.random(N) < 0.2).astype(float)
    late = orders * (rng.random(N) < 0.5)
    money = np.round(orders * rng.gamma(2, 30, N) - 3 * late, 2)
    # A mean of a hundred thousand standard deviations: sums of squares alone would keep no digit of the variance.
    clock = 1e9 + rng.normal(0, 1e4, N).round(3)
    rows = np.column_stack([orders, late, money, clock])
    return rows, rng.integers(0, 3, N).tolist(), [("north", "south", "Größe ☂")[i] for i in rng.integers(0, 3, N)]


def close(found: Moments, rows: Rows) -> None:
    expected = Moments.from_rows(rows, COLUMNS)
    assert found.n == expected.n
    assert found.columns == COLUMNS
    np.testing.assert_allclose(found.mean, expected.mean, rtol=1e-12)
    scale = np.sqrt(np.outer(np.diag(expected.cov), np.diag(expected.cov)))
    np.testing.assert_allclose(found.cov / scale, expected.cov / scale, atol=1e-9)


def test_moments_per_variant_are_those_of_the_rows(engine: Engine, sample: tuple[Rows, list[int], list[str]]) -> None:
    rows, variants, regions = sample
    with writing(engine) as session:
        run = begin(session)
        store(session, run, rows, variants, regions)
    with reading(engine) as session:
        found = imported.imported_moments(session, run, COLUMNS)
        counts = imported.imported_counts(session, run)
        swapped = imported.imported_moments(session, run, ("money", "orders"))
        with pytest.raises(KeyError):
            imported.imported_moments(session, run, ("absent",))
    arms = np.array(variants)
    for variant in range(3):
        close(found[variant], rows[arms == variant])
        assert counts[variant] == (arms == variant).sum()
        expected = found[variant].select(("money", "orders"))
        np.testing.assert_allclose(swapped[variant].mean, expected.mean, rtol=1e-12)
        np.testing.assert_allclose(swapped[variant].cov, expected.cov, rtol=1e-9)


def test_groups_of_a_segment_are_disjoint_and_add_up(engine: Engine, sample: tuple[Rows, list[int], list[str]]) -> None:
    rows, variants, regions = sample
    with writing(engine) as session:
        run = begin(session)
        store(session, run, rows, variants, regions)
    with reading(engine) as session:
        found = imported.segment_moments(session, run, COLUMNS, SEGMENT)
        counts = imported.segment_counts(session, run, SEGMENT)
    arms, places = np.array(variants), np.array(regions)
    for region in set(regions):
        for variant in range(3):
            here = (arms == variant) & (places == region)
            close(found[region, variant], rows[here])
            assert counts[region, variant] == here.sum()
    for variant in range(3):
        close(add_up([moments for (_, arm), moments in found.items() if arm == variant]), rows[arms == variant])


def test_other_runs_do_not_count(engine: Engine) -> None:
    with writing(engine) as session:
        first, second = begin(session), begin(session)
        store(session, first, np.ones((4, 4)), [0, 0, 1, 1], ["a"] * 4)
        store(session, second, np.full((2, 4), 5.0), [0, 1], ["a"] * 2)
    with reading(engine) as session:
        assert imported.imported_moments(session, first, ("orders",))[0].mean_of("orders") == 1
        assert imported.imported_counts(session, second) == {0: 1, 1: 1}


def test_names_of_groups_are_made_once_and_begin_above_zero(engine: Engine) -> None:
    with writing(engine) as session:
        first = imported.segment_names(session, ["north", "south"])
    with writing(engine) as session:
        again = imported.segment_names(session, ["south", "west"])
        assert imported.segment_names(session, []) == {}
    assert again["south"] == first["south"]
    assert len({*first.values(), *again.values()}) == 3
    assert min(*first.values(), *again.values()) > 0


def test_units_can_be_taken_out_again(engine: Engine) -> None:
    with writing(engine) as session:
        run = begin(session)
        imported.write_units(session, run, [(1, 0), (2, 0), (3, 1)], [(1, 0, 1.0), (2, 0, 1.0), (3, 0, 1.0)])
        imported.drop_units(session, run, [2, 3])
    with reading(engine) as session:
        assert list(session.scalars(select(ImportUnitRow.unit))) == [1]
        assert list(session.scalars(select(ImportValueRow.unit))) == [1]


def test_a_failed_run_is_removed_bit_by_bit_and_its_number_is_not_given_again(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("experiments.store.imported.runs.REMOVED_AT_ONCE", 3)
    with writing(engine) as session:
        run = begin(session)
        imported.write_units(session, run, [(i, 0) for i in range(-4, 4)], [(i, 0, 1.0) for i in range(-4, 4)])
    left = []
    for step in range(4):
        with writing(engine) as session:
            if step == 0:
                assert not imported.remove_some(session, run)  # a running run is left alone
                imported.fail_run(session, run)
                assert imported.leftover_runs(session, "units", "trial") == [run]
                assert imported.leftover_runs(session, "units", "another") == []
                continue
            more = imported.remove_some(session, run)
            units, values = (len(session.scalars(select(t.unit)).all()) for t in (ImportUnitRow, ImportValueRow))
            left.append((more, units, values))
    assert left == [(True, 5, 5), (True, 2, 2), (False, 0, 0)]
    with writing(engine) as session:
        assert imported.leftover_runs(session, "units", "trial") == []
        assert begin(session) != run


def test_postgresql_knows_how_many_rows_it_has(postgres_url: str) -> None:
    engine = make_engine(postgres_url)
    counts = select(func.sum(column("reltuples"))).select_from(table("pg_class"))
    counts = counts.where(column("relname").in_(["import_unit", "import_value"]))
    with writing(engine) as session:
        run = begin(session)
        imported.write_units(session, run, [(unit, 0) for unit in range(50)], [(unit, 0, 1.0) for unit in range(50)])
        imported.tell_planner(session)
    with reading(engine) as session:
        assert session.scalar(counts) == 100
    engine.dispose()


def test_the_writer_of_a_failed_run_is_refused(engine: Engine) -> None:
    with writing(engine) as session:
        run = begin(session)
        imported.claim(session, run, 1)
        imported.fail_run(session, run)
        with pytest.raises(ConflictError) as caught:
            imported.claim(session, run, 2)
    assert caught.value.code == "superseded"
