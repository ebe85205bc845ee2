"""Opportunities over the API and on the command line."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import Engine

from experiments.services.actor import SYSTEM
from experiments.store.engines import writing
from tests import insight_stories, stories
from tests.apps import Caller, key_for, make_app
from web.cli import cli

WHERE = {"place": "tv-pages.entry", "holds": "mobile", "family": "tv"}
QUERY = "place=tv-pages.entry&holds=mobile&family=tv"


@pytest.fixture
def call(sqlite_engine: Engine, tmp_path: Path) -> Caller:
    with writing(sqlite_engine) as session:
        stories.add_catalogue(session)
        insight_stories.add_journey(session, stories.LAUNCHED)
        insight_stories.add_opportunities(session, stories.LAUNCHED)
    return Caller(make_app(sqlite_engine, tmp_path).test_client(), key_for(sqlite_engine))


def test_everything_a_page_can_do(call: Caller) -> None:
    found = call.get("/opportunities?kappa=0.2").json
    first = found["items"][0]
    assert {name: first[name] for name in WHERE} == WHERE
    assert (first["rank"], first["status"], found["kappa"]["value"]) == (1, "gap", 0.2)
    assert first["expected"] == pytest.approx(0.2 * first["ceiling"]["shrunk"])
    assert first["ceiling"]["bound"] <= first["ceiling"]["shrunk"]
    assert "Only a test tells." in first["sentence"]
    assert call.get("/opportunities?kappa=0.5").json["field"] == "kappa"
    assert call.get("/opportunities?kappa=much").status_code == 422
    note = call.post("/opportunity-notes", {**WHERE, "kind": "feedback", "text": "They ask.", "link": "http://x.org"})
    assert note.status_code == 201
    assert call.get(f"/opportunity-notes?{QUERY}").json["items"] == [note.json]
    assert (
        call.post("/opportunity-notes", {**WHERE, "kind": "note", "text": "x", "link": "data:x"}).json["field"]
        == "link"
    )
    assert call.delete(f"/opportunity-notes/{note.json['id']}").status_code == 200
    assert call.get(f"/opportunity-notes?{QUERY}").json["items"] == []
    made = call.post("/opportunity-drafts", {**WHERE, "name": "TV for mobile", "margin": 0.12})
    assert made.status_code == 201
    assert made.json["plan"]["units_per_variant"] > 0
    idea = call.post("/opportunity-ideas", WHERE)
    assert (idea.status_code, idea.json["title"]) == (201, "TV at TV pages")
    assert call.post("/opportunity-drafts", {**WHERE, "name": "TV"}).json["field"] == "margin"
    assert call.post("/opportunity-drafts", {**WHERE, "place": "x", "name": "TV"}).status_code == 404


def test_cells_come_in_pages_that_stay_put(call: Caller) -> None:
    whole = call.get("/opportunities?limit=500").json
    cells = [(one["place"], one["holds"], one["family"]) for one in whole["items"]]
    assert (whole["next"], len(set(cells))) == (None, len(cells))
    assert [one["rank"] for one in whole["items"] if one["rank"]] == list(range(1, 1 + sum(map(bool, ranks(whole)))))
    assert ranks(whole)[0] == 1, "ranked ones first"
    path, seen, pages = "/opportunities?limit=7&kappa=0.2", [], 0
    while path:
        page = call.get(path).json
        assert (page["kappa"]["value"], page["since"], page["words"]) == (0.2, whole["since"], whole["words"])
        seen += [(one["place"], one["holds"], one["family"]) for one in page["items"]]
        path, pages = (page["next"] or "").removeprefix("/api/v1"), pages + 1
    assert (seen, pages) == (cells, -(-len(cells) // 7))
    few = call.get("/opportunities?status=few&place=tv-pages.entry&family=tv&sort=-units").json["items"]
    assert {(one["status"], one["place"], one["family"]) for one in few} <= {("few", "tv-pages.entry", "tv")}
    sizes = [one["units"] for one in call.get("/opportunities?sort=-units&limit=500").json["items"]]
    assert sizes == sorted(sizes, reverse=True)
    expected = [one["expected"] for one in call.get("/opportunities?sort=-expected&limit=500").json["items"]]
    assert [value is None for value in expected] == sorted(value is None for value in expected)
    assert call.get("/opportunities?format=csv").text.splitlines()[0].startswith("place,holds,family,rank,status")
    assert call.get("/opportunities?status=odd").json["field"] == "status"
    assert call.get("/opportunities?cursor=abc").status_code == 404


def ranks(answer: dict[str, Any]) -> list[int | None]:
    return [one["rank"] for one in answer["items"]]


def test_the_assumption_of_what_tests_close(call: Caller) -> None:
    first = call.get("/opportunity-assumption").json
    assert first["assumed"] == {"value": 0.1, "low": 0.0, "high": 0.3}
    assert (first["used"]["source"], first["used"]["value"]) == ("assumption", 0.1)
    wanted = {"value": 0.2, "low": 0.05, "high": 0.3, "reason": "They closed more"}
    assert call.put("/opportunity-assumption", wanted).json["used"]["value"] == 0.2
    assert call.get("/opportunities").json["kappa"]["value"] == 0.2
    assert call.put("/opportunity-assumption", wanted | {"value": 0.4}).json["field"] == "kappa"
    assert call.put("/opportunity-assumption", wanted | {"low": 0.25}).json["field"] == "kappa.low"
    assert call.put("/opportunity-assumption", {"value": 0.2}).status_code == 422
    idea = call.post("/opportunity-ideas", WHERE).json["id"]
    ranked = next(one for one in call.get("/backlog").json["items"] if one["id"] == idea)
    assert ranked["effect_used"]["source"] == "gap"
    assert ranked["effect_used"]["mean"] == pytest.approx(0.2 * ranked["gap"])


def test_nothing_counted_yet(sqlite_engine: Engine, tmp_path: Path) -> None:
    empty = Caller(make_app(sqlite_engine, tmp_path).test_client(), key_for(sqlite_engine))
    assert empty.get("/opportunities").status_code == 404


def test_the_command_line(call: Caller, sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NETLIFT_DATABASE_URL", sqlite_url)
    monkeypatch.setenv("NETLIFT_DATA_DIR", str(tmp_path))
    run = CliRunner()
    text = run.invoke(cli, ["opportunities"], catch_exceptions=False).output
    assert "1. TV for Mobile only at TV pages (/tv*)" in text
    assert "A ceiling, not a forecast" in text
    told = json.loads(run.invoke(cli, ["opportunities", "--json"], catch_exceptions=False).output)
    assert told["items"][0]["rank"] == 1
    rows = list(csv.DictReader(run.invoke(cli, ["opportunities", "--csv", "--kappa", "5"]).output.splitlines()))
    assert (rows[0]["family"], rows[0]["kappa"]) == ("tv", "0.05")
    assert "too few" in run.invoke(cli, ["opportunities", "--all"]).output.lower()
    assert run.invoke(cli, ["opportunities", "--json", "--csv"]).exit_code == 2
    assert SYSTEM.name
