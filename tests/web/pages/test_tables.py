"""Lists that people take along as CSV, and what no spreadsheet may run."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Engine

from experiments.domain.environment import Environment
from experiments.domain.key import KeyKind
from experiments.domain.spreadsheet import safe_cell, safe_row
from experiments.services import access, catalogue
from experiments.services.journeys import read_journey
from experiments.store.engines import writing
from experiments.store.intake import mappings
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


def test_names_mappings_and_closed_ideas_are_tables_too(as_role: Callable, engine: Engine) -> None:
    editor = as_role("editor")
    with writing(engine) as session:
        product = catalogue.all_products(session)[0].key
        catalogue.save_alias(session, EDITOR, NOW, FORMULA, product)
        spec = {"columns": {"key": "Order"}}
        mappings.save(session, mappings.Mapping("stores", "sales", spec, True, NOW, "ada"))
    editor.post("/backlog/suggest", {"title": "Put away"})
    editor.post("/backlog/1/archive")
    assert _rows(editor, "/data/aliases.csv", "/data/products") == [{"alias": f"'{FORMULA}", "product": product}]
    (mapping,) = _rows(editor, "/data/mappings.csv", "/data/imports")
    assert (mapping["name"], mapping["holds"], json.loads(mapping["spec"])) == ("stores", "sales", spec)
    (idea,) = _rows(editor, "/backlog/closed.csv", "/backlog")
    assert (idea["title"], idea["status"]) == ("Put away", "archived")


def _rows(visitor: Any, address: str, page: str) -> list[dict[str, str]]:
    assert f'href="{address}"' in visitor.get(page).text
    return list(csv.DictReader(io.StringIO(visitor.get(address).text)))


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_a_text_is_made_no_formula_and_a_number_stays_one(text: str) -> None:
    assert safe_row({"a": text, "b": -0.5, "c": "plain", "d": None}) == {
        "a": f"'{text}",
        "b": -0.5,
        "c": "plain",
        "d": None,
    }
    assert safe_cell("plain") == "plain"
