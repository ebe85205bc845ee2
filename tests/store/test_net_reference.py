"""The columns between gross and net against the slow reference, on random events, on both databases."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pandas as pd
import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from experiments.domain.channel import Channel
from experiments.domain.experiment import UnitKind
from experiments.domain.holding import RELATION_CODE, Relation
from experiments.services.net_names import BLOCKS, load_names
from experiments.stats.moments import add_up
from experiments.store.codes import CHANNEL_CODE
from experiments.store.engines import reading
from experiments.store.net import NetCells, NetRequest, compute_net
from experiments.store.net.request import SaleMasks
from experiments.store.tables import FamilyRow, NameRow, PhaseRow, SourceRow
from tests.reference.feed import feed, micros
from tests.reference.net_world import make_net_world
from tests.reference.slow_net import Declared, NetReference
from tests.reference.world import START

CUT = START + timedelta(days=25)
DAY = micros(START + timedelta(days=1)) - micros(START)
COSTS = {"second_cost": {"phone": 1.25, "chat": 0.5}, "sale_cost": {"phone": 900.0, "store": 1_500.0}}
DECLARED = [
    Declared(
        **COSTS,
        promoted_relations=("cross", "new", "unknown"),
        offer_cost=12.5,
        retention=300,
        before=6,
        early=7,
        day_ends=(1, 2, 4, 7, 9),
    ),
    Declared(
        **COSTS,
        promoted_relations=("cross", "new", "unknown"),
        promoted_families=("tv", "broadband"),
        protected_relations=("up", "down", "cross"),  # a cross-sale of a promoted family is promoted first
        early=6,
        day_ends=(1, 2, 3, 6, 9),
        cap=20_000.0,
    ),
]


@pytest.mark.parametrize(("seed", "unit", "declared"), [(11, "visitor", DECLARED[0]), (12, "customer", DECLARED[1])])
def test_every_column_of_every_group_is_that_of_the_reference(
    engine: Engine, unit: str, seed: int, declared: Declared
) -> None:
    world = make_net_world(seed, unit=unit)
    feed(engine, world, unit, CUT + timedelta(days=20))
    table = NetReference(world, unit, CUT, declared).table()
    with reading(engine) as session:
        cells = compute_net(session, _request(session, unit, declared))
        names = load_names(session, declared.day_ends)
    _check_groups(cells, table, names.set_keys(cells.sets), names.channels)
    wanted = {
        "PE",
        "PL" if unit == "visitor" else "PX",
        "U",
        "O",
        "S",
        "n:P",
        "n:U",
        "once:P",
        "buyer",
        "score:chat",
        "v:tv",
        "n:store",
    }
    assert wanted <= set(table.columns), f"{wanted - set(table.columns)}: the world must exercise every kind of column"
    assert cells.active == int((table.drop(columns=["variant", "held", "shown"]) != 0).any(axis=1).sum())
    assert len(cells.sets) == 6
    for block, groups in cells.blocks.items():
        for place, variant in enumerate(("control", "treatment")):
            whole = add_up([moments for (v, _, _), moments in groups.items() if v == place])
            rows = table[table["variant"] == variant]
            _check_moments(names.moments(block, whole), rows)
            for (v, held, shown), moments in groups.items():
                if v == place:
                    mine = rows[_in_group(table, rows, cells, names, held) & (rows["shown"] == names.channels[shown])]
                    _check_moments(names.moments(block, moments), mine)
    assert set(BLOCKS) == set(cells.blocks)


def test_a_shift_changes_no_number(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Columns with a large mean are summed around a constant; absent units are made up for exactly."""
    world = make_net_world(13, unit="customer")
    feed(engine, world, "customer", CUT)
    with reading(engine) as session:
        request = _request(session, "customer", DECLARED[0])
        plain = compute_net(session, request)
        monkeypatch.setattr(
            "experiments.store.net.run.needed_shifts", lambda groups: dict.fromkeys(next(iter(groups)).columns, 123.25)
        )
        shifted = compute_net(session, request)
    for block, groups in plain.blocks.items():
        for group, moments in groups.items():
            other = shifted.blocks[block][group]
            np.testing.assert_allclose(other.mean, moments.mean, rtol=1e-9, atol=1e-9)
            np.testing.assert_allclose(other.cov, moments.cov, rtol=1e-9, atol=1e-4)


def _check_groups(cells: NetCells, table: pd.DataFrame, sets: dict[int, str], channels: dict[int, str]) -> None:
    largest = {key for place, key in sets.items() if place < 6}
    place_of = {key: place for place, key in sets.items()}
    expected: dict[tuple[int, int, int], int] = {}
    codes = {key: code for code, key in channels.items()}
    for row in table.itertuples():
        key = row.held if row.held in {*largest, "none", "unknown"} else "other"
        group = (("control", "treatment").index(row.variant), place_of[key], codes[row.shown])
        expected[group] = expected.get(group, 0) + 1
    assert dict(cells.units) == expected
    counts = table[~table["held"].isin(["none", "unknown"])]["held"].value_counts()
    assert min(counts[key] for key in largest) >= max([0, *(n for key, n in counts.items() if key not in largest)])


def _in_group(table: pd.DataFrame, rows: pd.DataFrame, cells: NetCells, names: object, held: int) -> pd.Series:
    keys = names.set_keys(cells.sets)
    if keys[held] != "other":
        return rows["held"] == keys[held]
    return ~rows["held"].isin(list(keys.values()))


def _check_moments(moments: object, rows: pd.DataFrame) -> None:
    assert moments.n == len(rows)
    if not len(rows):
        return
    wide = rows.reindex(columns=list(moments.columns), fill_value=0.0).astype(float)
    np.testing.assert_allclose(moments.mean, wide.mean().to_numpy(), rtol=1e-9, atol=1e-9)
    if len(rows) > 1:
        cov = wide.cov().to_numpy()
        scale = np.sqrt(np.outer(np.diag(cov), np.diag(cov)))
        assert (np.abs(moments.cov - cov) <= 1e-9 * scale + 1e-9).all()


def _request(session: Session, unit: str, declared: Declared) -> NetRequest:
    families = dict(session.execute(select(FamilyRow.key, FamilyRow.id)).all())
    csat = session.scalar(select(NameRow.id).where(NameRow.space == "survey", NameRow.text == "csat"))
    return NetRequest(
        phase_id=session.scalars(select(PhaseRow.id)).one(),
        unit=UnitKind(unit),
        cut=micros(CUT),
        mature_before=micros(CUT) - (declared.horizon + declared.returns) * DAY + 1,
        last=declared.horizon * DAY,
        early=declared.early * DAY,
        day_ends=declared.day_ends,
        promoted=_masks(declared.promoted_relations, [families[key] for key in declared.promoted_families]),
        protected=_masks(declared.protected_relations, []),
        channels=tuple(_code(key) for key in declared.channels),
        return_window=declared.returns * DAY,
        second_cost={_code(key): cost for key, cost in declared.second_cost.items()},
        sale_cost={_code(key): cost for key, cost in declared.sale_cost.items()},
        offer_cost=declared.offer_cost,
        retention=declared.retention,
        cap=declared.cap,
        replaces=load_names(session, ()).replaces,
        before=declared.before * DAY,
        complete_sources=tuple(session.scalars(select(SourceRow.id).where(SourceRow.complete))),
        least_rank=2,
        csat=csat,
        dissatisfied=declared.dissatisfied,
    )


def _masks(relations: tuple[str, ...], families: list[int]) -> SaleMasks:
    bits = sum(1 << RELATION_CODE[Relation(relation)] for relation in relations)
    return SaleMasks(sum(1 << code for code in families) or -1, bits)


def _code(channel: str) -> int:
    return CHANNEL_CODE[Channel(channel)]
