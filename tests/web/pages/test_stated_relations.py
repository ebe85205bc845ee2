"""Relations that senders state otherwise: under Reconciliation, in its files and API, and in the report of a test."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine
from werkzeug.test import TestResponse

from experiments.decision.report import Report
from experiments.domain.environment import Environment
from experiments.domain.source import Source, SourceKind
from experiments.domain.stated import UNREAD, StatedRelations
from experiments.services import catalogue
from experiments.services.actor import SYSTEM
from experiments.services.clock import DAY, now_us, to_iso
from experiments.services.ingest import Limits, SourceInfo, accept
from experiments.services.project import run_all
from experiments.services.reconciliation import count_all
from experiments.services.stored_reports import stored_reports
from experiments.store.catalogue import snapshots
from experiments.store.engines import reading, writing

Says = Callable[[TestResponse], str]
KEY = "between-looks"
ZONE = ZoneInfo("Europe/Amsterdam")
OTHERWISE = "In 2 of 3 sales the sender states another relation than what was held just before the order gives."


@pytest.fixture
def office(engine: Engine) -> None:
    """The office calls two of three sales otherwise than the holdings, one in words of its own, one of a stranger."""
    now = now_us()
    with writing(engine) as session:
        code = catalogue.save_source(session, SYSTEM, now, Source("office", "Office", SourceKind.SERVER))

    def order(number: int, product: str, relation: str, who: str = "held-one") -> dict[str, object]:
        lines = [{"product_id": product, "relation": relation}]
        told = {"type": "track", "event": "Order Completed", "messageId": f"s{number}", "userId": who}
        return {**told, "timestamp": to_iso(now), "properties": {"order_id": f"S{number}", "products": lines}}

    held = {"type": "identify", "messageId": "h", "userId": "held-one", "timestamp": to_iso(now - DAY),
            "traits": {"holdings": ["tv-large"]}}  # fmt: skip
    items = [held, order(1, "tv-large", "cross"), order(2, "tv-large", "cross"), order(3, "tv-large", "renewal"),
             order(4, "tv-large", "deal"), order(5, "tv-large", "up", "stranger")]  # fmt: skip
    source = SourceInfo(code, "office", SourceKind.SERVER, Environment.PRODUCTION)
    assert not accept(engine, source, items, id_key=b"id", now=now, limits=Limits()).rejected
    run_all(engine, now)
    count_all(engine, now, ZONE)


@pytest.mark.usefixtures("office")
def test_the_page_its_files_and_the_api_tell_the_same(as_role: Callable, says: Says) -> None:
    viewer = as_role("viewer")
    page = says(viewer.get("/data/reconciliation?source=office&days=7"))
    assert "Office states what kind of sale it is" in page
    assert OTHERWISE in page
    assert "Of 1 more the holdings at the order are not known" in page
    assert "1 states it in a word that is not read; send cross, up," in page
    assert "Office cross same 2 66.7%" in page
    days = viewer.get("/data/reconciliation.csv?source=office").text.splitlines()
    assert days[0].endswith("relations_stated,relations_conflicting")
    assert days[1].endswith(",5,2")
    sources = viewer.get("/data/reconciliation/sources.csv?source=office").text
    assert next(line for line in sources.splitlines() if line.startswith("office,")).endswith(",5,2,1,1")
    assert viewer.get("/data/reconciliation/relations.csv").text.splitlines() == [
        "source,stated,computed,sales",
        "office,cross,same,2",
    ]
    found = viewer.get("/api/v1/reconciliation?source=office").json
    assert found is not None
    assert (found["days"][0]["relations_stated"], found["days"][0]["relations_conflicting"]) == (5, 2)
    office = next(state for state in found["sources"] if state["source"] == "office")
    pairs = [{"stated": "cross", "computed": "same", "sales": 2}]
    assert office["stated_relations"] == {"sales": 5, "conflicting": 2, "unknown": 1, "unread": 1, "pairs": pairs}


def test_where_nothing_is_stated_nothing_is_said(as_role: Callable, says: Says) -> None:
    viewer = as_role("viewer")
    assert "states what kind of sale" not in says(viewer.get("/data/reconciliation?days=7"))
    assert "Stated relations" not in says(viewer.get(f"/experiments/{KEY}/quality"))


def test_the_data_quality_of_a_test_says_it(as_role: Callable, engine: Engine, says: Says) -> None:
    counts = [("cross", "same", 30), ("up", "cross", 10), ("up", "up", 960), ("up", "unknown", 4), (UNREAD, "up", 2)]
    with reading(engine) as session:
        live = stored_reports(session, KEY).live
    assert live is not None
    told = replace(live, quality=replace(live.quality, stated_relations=StatedRelations.of(counts)))
    _keep(engine, told)
    page = says(as_role("viewer").get(f"/experiments/{KEY}/quality"))
    assert "Stated relations In 40 of 1,000 sales the sender states another relation" in page
    assert "Most often cross for what is same (30)." in page
    assert "2 state it in a word that is not read" in page


def _keep(engine: Engine, report: Report) -> None:
    with writing(engine) as session:
        snapshots.save_live(session, KEY, report.phase, report.to_dict(), now_us())
