"""Effects by segment of an imported test on its own tab, and as a file."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine

from experiments.services.actor import SYSTEM
from experiments.services.import_units.parse import parse_spec
from experiments.services.import_units.write import import_units

SPEC = """
[experiment]
key = "brought"
name = "A test from elsewhere"
unit = "customer"
[unit]
row_number = true
[variant]
column = "arm"
control = "A"
weights = { A = 1, B = 1 }
[[metrics]]
key = "cross"
name = "Customers who ordered TV"
role = "goal"
kind = "rate"
column = "tv"
[[metrics]]
key = "up"
name = "Upgrades"
role = "guardrail"
kind = "mean"
column = "up"
margin = { absolute = 0.01 }
[[segments]]
key = "holding"
name = "Held before"
column = "held"
"""


@pytest.fixture
def brought(engine: Engine, tmp_path: Path) -> None:
    """1,000 customers per variant and holding: mobile customers order TV twice as often, others as before."""
    orders = {("A", "mobile"): 150, ("B", "mobile"): 300, ("A", "fixed line"): 150, ("B", "fixed line"): 152}
    rows = [
        f"{arm},{held},{int(place < tv)},{place % 2}" for (arm, held), tv in orders.items() for place in range(1_000)
    ]
    file = tmp_path / "brought.csv"
    file.write_text("\n".join(["arm,held,tv,up", *rows]))
    import_units(engine, file, parse_spec(SPEC), id_key=b"a key for tests", now=1_800_000_000_000_000, actor=SYSTEM)


def test_for_whom_it_works_stands_on_its_tab(brought: None, as_role: Callable, says: Callable) -> None:
    viewer = as_role("viewer")
    page = says(viewer.get("/experiments/brought/segments"))
    mobile = list(csv.DictReader(io.StringIO(viewer.get("/experiments/brought/segments.csv").text)))[1]
    effect, lo, hi, shrunk = (f"{100 * float(mobile[name]):+.1f}%" for name in ("effect", "lo", "hi", "shrunk"))
    assert "Customers who ordered TV, by: Held before relative change" in page
    assert effect == "+100.0%"
    assert f"mobile A 1,000, B 1,000 {effect} {lo} to {hi} {shrunk}" in page
    assert "Works for mobile, not shown for the rest (customers who ordered TV)." in page
    assert "Upgrades, by: Held before change per 1,000 customers of the segment" in page
    assert "No evidence that groups differ in upgrades." in page
    assert "Not told apart" in page
    assert "From gross to net: not declared" not in page


def test_the_file_holds_every_group(brought: None, as_role: Callable) -> None:
    answer = as_role("viewer").get("/experiments/brought/segments.csv")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [(row["metric"], row["group"], row["verdict"]) for row in rows] == [
        ("cross", "fixed line", "not_shown"),
        ("cross", "mobile", "works"),
        ("up", "fixed line", "not_shown"),
        ("up", "mobile", "not_shown"),
    ]
    assert as_role("viewer").get("/experiments/imported/segments.csv").status_code == 404
