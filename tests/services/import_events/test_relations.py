"""A file that says what kind of sale each line is: its column is found, read, and compared with the holdings."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine

from experiments.domain.stated import StatedPair, StatedRelations
from experiments.services.clock import DAY
from experiments.services.import_desk.guess import guess
from experiments.services.import_desk.sniff import beginning_of
from experiments.services.import_events.holds import Holds
from experiments.services.import_events.parse import read_spec
from experiments.services.import_events.runs import Surroundings
from experiments.services.import_events.take_in import take_in
from experiments.services.project import run_all
from experiments.services.reconciliation import count_all, days_of, source_states
from experiments.services.sessions import reading
from tests.intake_world import quiet
from tests.shop_world import ADMIN, ID_KEY, LIMITS, START, Shop, identify, stamp

NOW = START + 5 * DAY
COLUMNS = {"order_id": "order", "timestamp": "at", "user_id": "who", "product": "sku", "relation": "kind"}
JSON_LINES = {"order_id": "order", "timestamp": "at", "user_id": "who", "product": "lines.sku"}
AROUND = partial(Surroundings, id_key=ID_KEY, limits=LIMITS, clock=lambda: NOW)
PHONE = {"key": "phone", "name": "Phone"}


def counted(engine: Engine) -> StatedRelations:
    run_all(engine, NOW)
    count_all(engine, NOW, ZoneInfo("UTC"))
    with reading(engine) as session:
        states = source_states(session, days_of(session, NOW, ZoneInfo("UTC")))
    return next(state.relations for state in states if state.source.key == "phone")


@pytest.fixture
def shop(engine: Engine) -> Shop:
    made = Shop(engine)
    made.send("shop", [identify(START - DAY, holdings=["mobile-1"], userId="c1")], NOW)
    return made


@pytest.mark.usefixtures("shop")
def test_a_column_of_a_file(engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    rows = [f"A1,{stamp(START)},c1,tv-1,Cross-sell", f"A2,{stamp(START)},c1,mobile-2,SAME",
            f"A3,{stamp(START)},c1,broadband-1,deal", f"A4,{stamp(START)},c1,broadband-2,"]  # fmt: skip
    path.write_text("\n".join(["order,at,who,sku,kind", *rows]))
    spec = read_spec({"holds": "orders", "source": PHONE, "columns": COLUMNS})
    assert not take_in(AROUND(engine), path, spec, ADMIN, progress=quiet).problems
    assert counted(engine) == StatedRelations(3, 1, 0, 1, (StatedPair("same", "up", 1),))


@pytest.mark.usefixtures("shop")
def test_lines_inside_a_row_and_words_that_the_mapping_translates(engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "orders.jsonl"
    lines = '[{"sku": "tv-1", "kind": "K"}, {"sku": "mobile-2", "kind": "K"}]'
    path.write_text(f'{{"order": "A1", "at": "{stamp(START)}", "who": "c1", "lines": {lines}}}\n')
    columns = {**JSON_LINES, "relation": {"column": "lines.kind", "values": {"K": "cross"}}}
    spec = read_spec({"holds": "orders", "source": PHONE, "file": {"lines": "lines"}, "columns": columns})
    take_in(AROUND(engine), path, spec, ADMIN, progress=quiet)
    assert counted(engine) == StatedRelations(2, 1, 0, 0, (StatedPair("cross", "up", 1),))


@pytest.mark.parametrize(
    ("head", "cells", "is_one"),
    [
        ("relation", ("cross", "up"), True),
        ("sales_type", ("Upsell", "renewal"), True),
        ("relation", ("4711", "4712"), False),
        ("relation", ("", ""), False),
    ],
)
def test_the_column_is_found_where_its_cells_are_words_for_it(
    tmp_path: Path, head: str, cells: tuple[str, str], is_one: bool
) -> None:
    """Elsewhere a relation is a customer: a column of that name with numbers is who bought."""
    path = tmp_path / "orders.csv"
    rows = [f"A{number},{stamp(START)},tv-1,{cell}" for number, cell in enumerate(cells)]
    path.write_text("\n".join([f"order,date,product,{head}", *rows]))
    rules, _ = guess(Holds.ORDERS, beginning_of(path), "UTC", {"tv-1"})
    assert ("relation" in rules, "user_id" in rules) == (is_one, not is_one)
