"""Orders that two sources tell differently are shown with both sides."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from experiments.domain.access import UserRole
from experiments.domain.product import Family, Product
from experiments.domain.source import Source, SourceKind
from experiments.services import catalogue, project
from experiments.services.actor import Actor
from experiments.services.clock import now_us, to_iso
from experiments.services.ingest import Limits, SourceInfo, accept
from experiments.store.engines import writing
from tests.apps import Caller, key_for, make_app

ADMIN = Actor("tests", UserRole.ADMIN)
WEB, OFFICE = "web", "office"


@pytest.fixture
def caller(engine: Engine, tmp_path: Path) -> Caller:
    return Caller(make_app(engine, tmp_path).test_client(), key_for(engine))


@pytest.fixture
def sources(engine: Engine) -> dict[str, SourceInfo]:
    now, made = now_us(), {}
    with writing(engine) as session:
        catalogue.save_family(session, ADMIN, now, Family("all", "All"))
        for key in ("tv", "sim", "net"):
            catalogue.save_product(session, ADMIN, now, Product(key, key, "all", 1, 1_000, 400, 12), valid_from=0)
        for key, kind in ((WEB, SourceKind.SERVER), (OFFICE, SourceKind.IMPORT)):
            source = Source(key, key, kind)
            made[key] = SourceInfo(catalogue.save_source(session, ADMIN, now, source), key, kind, source.environment)
    return made


def tell(engine: Engine, source: SourceInfo, order: str, *lines: tuple[str, int]) -> None:
    products = [{"product_id": product, "quantity": quantity} for product, quantity in lines]
    item: dict[str, Any] = {"type": "track", "event": "Order Completed", "userId": "customer-1"}
    item |= {"timestamp": to_iso(now_us()), "properties": {"order_id": order, "products": products}}
    answer = accept(engine, source, [item], id_key=b"k", now=now_us(), limits=Limits())
    assert answer.accepted == 1


def test_both_sides_of_a_conflict_are_shown(engine: Engine, caller: Caller, sources: dict[str, SourceInfo]) -> None:
    tell(engine, sources[WEB], "o-1", ("tv", 2), ("sim", 1))
    tell(engine, sources[OFFICE], "o-1", ("sim", 1), ("tv", 1))
    tell(engine, sources[WEB], "o-2", ("tv", 1))
    tell(engine, sources[OFFICE], "o-2", ("tv", 1))
    tell(engine, sources[WEB], "o-3", ("tv", 1), ("net", 1))
    tell(engine, sources[OFFICE], "o-3", ("tv", 1))
    assert caller.get("/conflicts").get_json() == {"items": [], "next": None}
    project.run_all(engine, now_us())
    found = caller.get("/conflicts").get_json()["items"]
    told = {
        tuple((side["source"], side["product"], side["quantity"], side["counts"]) for side in item["sides"]):
            item["not_told_by"]
        for item in found
    }  # fmt: skip
    assert told == {
        ((OFFICE, "tv", 1, True), (WEB, "tv", 2, False)): None,
        ((WEB, "net", 1, True),): OFFICE,
    }
    assert len(caller.get("/conflicts?limit=1").get_json()["items"]) == 1


@pytest.mark.parametrize("most", ["0", "501", "x", "-1", "1.5"])
def test_a_bad_length_is_named(sqlite_engine: Engine, tmp_path: Path, most: str) -> None:
    caller = Caller(make_app(sqlite_engine, tmp_path).test_client(), key_for(sqlite_engine))
    answer = caller.get(f"/conflicts?limit={most}")
    assert (answer.status_code, answer.get_json()["field"]) == (422, "limit")
