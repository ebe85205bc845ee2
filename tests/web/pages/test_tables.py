"""Lists that people take along as CSV, and what no spreadsheet may run."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

import pytest
from sqlalchemy import Engine

from experiments.domain.environment import Environment
from experiments.domain.key import KeyKind
from experiments.domain.spreadsheet import safe_cell, safe_row
from experiments.services import access, catalogue
from experiments.services.journeys import read_journey
from experiments.store.engines import writing
from tests.scenes import ADMIN, EDITOR, NOW

FORMULA = '=HYPERLINK("https://evil.example")'
#: Address, the page that links to it, and a column that a typed name gets into (None where nobody types one).
TABLES = (
    ("/keys.csv", "/keys", "label"),
    ("/opportunities/journeys.csv", "/opportunities/journeys", "name"),
    ("/data/reconciliation/sources.csv", "/data/reconciliation", "name"),
    ("/experiments?format=csv", "/experiments", "name"),
)


@pytest.fixture
def named(engine: Engine) -> None:
    """A key with its source, and a journey, whose names are formulas."""
    steps = [{"name": "Entry", "pattern": "/tv/*"}]
    with writing(engine) as session:
        access.create_key(session, ADMIN, NOW, KeyKind.SERVER, FORMULA, Environment.PRODUCTION)
        catalogue.save_journey(session, EDITOR, NOW, read_journey({"key": "odd", "name": FORMULA, "steps": steps}))


@pytest.mark.usefixtures("named")
@pytest.mark.parametrize(("address", "page", "column"), TABLES)
def test_a_list_can_be_taken_along(address: str, page: str, column: str, as_role: Callable) -> None:
    viewer = as_role("admin")
    shown = viewer.get(page).text
    assert f'href="{address.replace("&", "&amp;")}' in shown
    answer = viewer.get(address)
    assert (answer.status_code, answer.mimetype) == (200, "text/csv")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert rows
    assert all(not row[column].startswith(("=", "+", "-", "@")) for row in rows)
    if page != "/experiments":
        assert f"'{FORMULA}" in [row[column] for row in rows]


def test_imports_are_a_table_too(as_role: Callable) -> None:
    answer = as_role("viewer").get("/data/imports.csv")
    assert answer.mimetype == "text/csv"
    assert answer.text.startswith("id,file,holds,source")


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_a_text_is_made_no_formula_and_a_number_stays_one(text: str) -> None:
    assert safe_row({"a": text, "b": -0.5, "c": "plain", "d": None}) == {
        "a": f"'{text}",
        "b": -0.5,
        "c": "plain",
        "d": None,
    }
    assert safe_cell("plain") == "plain"
