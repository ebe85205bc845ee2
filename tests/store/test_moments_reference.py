"""The aggregate query against the slow reference, on random events, on both databases."""

from __future__ import annotations

import random
import shutil
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import Engine, select

from experiments.domain.channel import Channel
from experiments.domain.experiment import UnitKind
from experiments.domain.holding import Relation
from experiments.domain.metric import EventKind, Value
from experiments.store.codes import CHANNEL_CODE
from experiments.store.engines import make_engine, reading
from experiments.store.moments import ColumnRequest, MomentsRequest, MomentsResult, compute_moments
from experiments.store.moments.quality import identity_facts
from experiments.store.tables import FamilyRow, PhaseRow, SourceRow
from tests.reference.feed import feed, micros
from tests.reference.slow import Answer, Reference, Wanted, once
from tests.reference.world import START, World, make_world, on_edges

CUT = START + timedelta(days=23)
WINDOW, RETURNS = 9, 5
COLUMNS = [
    Wanted("cross", "sale", "count", 0, WINDOW, binary=True, relations=("cross",)),
    Wanted("up", "sale", "count", 0, WINDOW, binary=True, relations=("up",)),
    Wanted("other", "sale", "count", 0, WINDOW, relations=("down", "same", "add", "new")),
    Wanted("unknown", "sale", "count", 0, WINDOW, relations=("unknown",)),
    Wanted("sales", "sale", "count", 0, WINDOW),
    Wanted("phone_revenue", "sale", "revenue", 0, WINDOW, channels=("phone", "store")),
    Wanted("tv_margin", "sale", "margin", 0, 4, families=("tv",)),
    Wanted("capped", "sale", "revenue", 0, WINDOW, cap=5_000.0),
    Wanted("quantity", "sale", "quantity", 0, WINDOW),
    Wanted("orders", "sale", "orders", 0, WINDOW),
    Wanted("tv_orders", "sale", "orders", 0, WINDOW, families=("tv",)),
    Wanted("again", "sale", "orders", 0, WINDOW, binary=True, at_least=2),
    Wanted("seconds", "contact", "seconds", 0, WINDOW),
    Wanted("before", "sale", "revenue", -6, 0),
    Wanted("called", "contact", "count", -6, 0),
]


@pytest.mark.parametrize(("seed", "unit"), [(1, "visitor"), (2, "customer"), (8, "agent")])
def test_equal_to_the_reference(engine: Engine, unit: str, seed: int) -> None:
    world = make_world(seed, unit=unit)
    feed(engine, world, unit, CUT + timedelta(days=20))
    expected = Reference(world, unit, CUT).answer(COLUMNS, WINDOW, RETURNS)
    result = _compute(engine, unit, RETURNS)
    _check_counts(result, expected)
    _check_moments(result, expected)
    assert all(expected.table[column.key].sum() > 0 for column in COLUMNS), "the world must exercise every column"


@pytest.mark.parametrize(("seed", "unit"), [(21, "visitor"), (22, "customer")])
def test_equal_to_the_reference_on_the_edges_of_windows(engine: Engine, unit: str, seed: int) -> None:
    world = on_edges(make_world(seed, unit=unit))
    feed(engine, world, unit, CUT + timedelta(days=20))
    expected = Reference(world, unit, CUT).answer(COLUMNS, WINDOW, RETURNS)
    result = _compute(engine, unit, RETURNS)
    _check_counts(result, expected)
    _check_moments(result, expected)


@pytest.mark.parametrize("seed", [11, 12])
def test_a_stream_that_is_doubled_shuffled_and_late_gives_the_same_moments(
    sqlite_engine: Engine, sqlite_template: Path, tmp_path: Path, seed: int
) -> None:
    """Late are exposures, contacts and what browsers tell: when holdings were heard of has a meaning of its own.

    So has when a fact of before the exposure was heard of; contacts of before are therefore not compared.
    """
    clean, end = make_world(seed), CUT + timedelta(days=20)
    rng = random.Random(seed)
    stream = []
    for message in once(clean.messages):  # its second copies came later, and come after all others now
        if message.body.get("event") in ("Experiment Viewed", "Contact Handled") or message.source == "browser":
            message = replace(message, received=message.received + timedelta(days=rng.choice([0, 0, 1, 15])))
        stream.append(message)
    rng.shuffle(stream)
    again = [replace(m, received=m.received + timedelta(days=rng.uniform(0, 9))) for m in stream if rng.random() < 0.4]
    rng.shuffle(again)
    feed(sqlite_engine, clean, "visitor", end)
    shutil.copy(sqlite_template, tmp_path / "messy.db")
    messy = make_engine(f"sqlite:///{tmp_path / 'messy.db'}")
    feed(messy, World(clean.items, [*stream, *again]), "visitor", end)
    expected, found = (_compute(engine, "visitor", RETURNS) for engine in (sqlite_engine, messy))
    assert found.counts == expected.counts
    keys = [column.key for column in COLUMNS if column.key != "called"]
    for variant, whole in expected.moments.items():
        moments, other = whole.select(keys), found.moments[variant].select(keys)
        assert moments.n == other.n
        np.testing.assert_array_equal(other.mean, moments.mean)
        np.testing.assert_allclose(other.cov, moments.cov, rtol=1e-12, atol=1e-12)
    messy.dispose()


def test_without_returns(engine: Engine) -> None:
    world = make_world(3)
    feed(engine, world, "visitor", CUT)
    _check_moments(_compute(engine, "visitor", None), Reference(world, "visitor", CUT).answer(COLUMNS, WINDOW, None))


def test_only_exposures_between_launch_and_stop_count(engine: Engine) -> None:
    world = make_world(6)
    feed(engine, world, "visitor", CUT)
    since, until = START + timedelta(days=2), START + timedelta(days=9)
    expected = Reference(world, "visitor", CUT, since, until).answer(COLUMNS, WINDOW, None)
    with reading(engine) as session:
        wanted = replace(_request(session, "visitor", None), since=micros(since), until=micros(until))
        result = compute_moments(session, wanted)
    assert sum(result.counts.exposed.values()) == sum(expected.exposed.values())
    _check_moments(result, expected)


def test_contaminated_customers_are_kept_and_counted(engine: Engine) -> None:
    world = make_world(4, unit="visitor")
    feed(engine, world, "visitor", CUT)
    expected = Reference(world, "visitor", CUT).answer(COLUMNS, WINDOW, None)
    with reading(engine) as session:
        facts = identity_facts(session, _request(session, "visitor", None))
    assert facts is not None
    assert expected.contaminated > 0
    assert facts.contaminated == expected.contaminated


def test_a_shift_changes_no_number(engine: Engine) -> None:
    """Large means are summed around a constant; absent units are made up for exactly."""
    world = make_world(5)
    feed(engine, world, "visitor", CUT)
    with reading(engine) as session:
        plain = _request(session, "visitor", None)
        shifted = plain.with_shifts({"phone_revenue": 1_234.5, "seconds": -77.0, "before": 1e4})
        expected, found = compute_moments(session, plain), compute_moments(session, shifted)
    for position, moments in expected.moments.items():
        np.testing.assert_allclose(found.moments[position].mean, moments.mean, rtol=1e-12)
        np.testing.assert_allclose(found.moments[position].cov, moments.cov, rtol=1e-10, atol=1e-10)


def _compute(engine: Engine, unit: str, returns: int | None) -> MomentsResult:
    with reading(engine) as session:
        return compute_moments(session, _request(session, unit, returns))


def _request(session: object, unit: str, returns: int | None) -> MomentsRequest:
    families = dict(session.execute(select(FamilyRow.key, FamilyRow.id)).all())
    phase = session.scalars(select(PhaseRow.id)).one()
    day = micros(START + timedelta(days=1)) - micros(START)
    ripe = micros(CUT) - (WINDOW + (returns or 0)) * day + 1
    columns = tuple(_column(wanted, families, day) for wanted in COLUMNS)
    window = None if returns is None else returns * day
    complete = tuple(session.scalars(select(SourceRow.id).where(SourceRow.complete)))
    return MomentsRequest(phase, UnitKind(unit), micros(CUT), ripe, columns, window, complete_sources=complete)


def _column(wanted: Wanted, families: dict[str, int], day: int) -> ColumnRequest:
    return ColumnRequest(
        key=wanted.key,
        kind=EventKind(wanted.kind),
        value=Value(wanted.value),
        start=wanted.first_day * day,
        end=wanted.last_day * day,
        binary=wanted.binary,
        cap=wanted.cap,
        relations=tuple(Relation(relation) for relation in wanted.relations),
        families=tuple(families[family] for family in wanted.families),
        channels=tuple(CHANNEL_CODE[Channel(channel)] for channel in wanted.channels),
        least_rank=2 if wanted.kind == "sale" else 0,
        at_least=wanted.at_least,
    )


def _check_counts(result: MomentsResult, expected: Answer) -> None:
    assert result.counts.in_two_variants == expected.in_two_variants
    assert expected.in_two_variants > 0, "the world must hold units in two variants"
    exposed = {("control", "treatment")[v]: n for v, n in result.counts.exposed.items()}
    assert exposed == expected.exposed
    assert sum(expected.exposed.values()) > len(expected.table), "the world must hold immature units"


def _check_moments(result: MomentsResult, expected: Answer) -> None:
    keys = [column.key for column in COLUMNS]
    for position, variant in enumerate(("control", "treatment")):
        rows = expected.table[expected.table["variant"] == variant][keys].astype(float)
        moments = result.moments[position]
        assert moments.n == len(rows)
        np.testing.assert_allclose(moments.mean, rows.mean().to_numpy(), rtol=1e-12, atol=0)
        cov = rows.cov().to_numpy()
        np.testing.assert_allclose(np.diag(moments.cov), np.diag(cov), rtol=1e-12, atol=0)
        scale = np.sqrt(np.outer(np.diag(cov), np.diag(cov)))
        assert (np.abs(moments.cov - cov) <= 1e-12 * scale).all()
