"""The management API for imports, products, quarantine and reconciliation."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import Engine

from experiments.services.clock import now_us
from experiments.services.import_desk.taking_turns import ImportTurns
from experiments.services.import_events.parse import describe_spec, read_spec_file
from experiments.services.import_events.runs import Surroundings
from experiments.services.ingest import Limits
from experiments.services.project import run_all
from tests.apps import Caller, key_for, make_app
from tests.intake_world import EXAMPLES, import_catalogue


@pytest.fixture
def app(engine: Engine, tmp_path: Path) -> Flask:
    import_catalogue(engine)
    return make_app(engine, tmp_path)


@pytest.fixture
def call(app: Flask, engine: Engine) -> Caller:
    return Caller(app.test_client(), key_for(engine))


@pytest.fixture
def turns(engine: Engine, tmp_path: Path) -> ImportTurns:
    return ImportTurns(Surroundings(engine, b"k" * 32, Limits(currency="EUR"), now_us), tmp_path)


def test_a_file_comes_in_over_the_api_and_goes_out_again(
    app: Flask, call: Caller, engine: Engine, turns: ImportTurns
) -> None:
    content = (EXAMPLES / "stripe-charges-invented.csv").read_bytes()
    headers = {"Authorization": f"Bearer {key_for(engine)}"}
    made = app.test_client().post("/api/v1/imports?holds=orders&name=charges.csv", data=content, headers=headers)
    assert (made.status_code, made.json["state"], made.json["file"]) == (201, "uploaded", "charges.csv")
    address = f"/imports/{made.json['id']}"
    early = call.post(f"{address}/start")
    assert (early.status_code, early.json["field"]) == (409, "columns")
    document = describe_spec(read_spec_file(EXAMPLES / "stripe-charges.toml"))
    assert call.put(f"{address}/spec", document).json["source"] == "payments"
    assert call.put(f"{address}/spec", document | {"columns": {}}).status_code == 422
    call.post(f"{address}/check")
    assert call.post(f"{address}/start").status_code == 409
    turns.turn()
    checked = call.get(address).json
    assert (checked["state"], checked["report"]["new"], checked["report"]["refused"]) == ("checked", 3, 1)
    assert call.get(f"{address}/refused").json["items"][0]["reason"] == "another currency"
    call.post(f"{address}/start")
    turns.turn()
    run_all(engine, now_us())
    assert call.get(address).json["state"] == "done"
    assert call.get("/imports").json["items"][0]["id"] == made.json["id"]
    assert call.post(f"{address}/undo", {"reason": " "}).status_code == 422
    assert call.post(f"{address}/undo", {"reason": "wrong file"}).json["state"] == "undoing"
    turns.turn()
    assert call.get(address).json["state"] == "undone"
    for path in ("/imports/nothing", "/imports/999999"):
        assert call.get(path).status_code == 404


def test_mappings(call: Caller) -> None:
    document = describe_spec(read_spec_file(EXAMPLES / "call-centre.toml"))
    saved = call.put("/mappings/calls", {"spec": document, "picked_up": True})
    assert (saved.status_code, saved.json["picked_up"], saved.json["spec"]) == (200, True, document)
    assert [one["name"] for one in call.get("/mappings").json["items"]] == ["calls"]
    assert call.put("/mappings/Bad Name", {"spec": document}).status_code == 422
    assert call.delete("/mappings/calls").status_code == 200
    assert call.delete("/mappings/calls").status_code == 404


def test_products_families_and_names(call: Caller) -> None:
    assert call.put("/families/packs", {"name": "Packs"}).json == {"key": "packs", "name": "Packs"}
    assert "packs" in [one["key"] for one in call.get("/families").json["items"]]
    known = next(one for one in call.get("/products").json["items"] if one["key"] == "tv-plus")
    changed = call.put("/products/tv-plus", known | {"price": 2_500, "valid_from": "2030-01-01T00:00:00Z"})
    assert (changed.status_code, changed.json["price"]) == (200, 2_500)
    bundle = known | {"name": "All", "components": [{"product": "tv-start"}, {"product": "mobile-s", "quantity": 2}]}
    made = call.put(
        "/products/everything", {name: value for name, value in bundle.items() if name not in ("key", "replaces")}
    )
    assert made.json["components"][1] == {"product": "mobile-s", "quantity": 2}
    assert call.put("/products/tv-plus", known | {"margin": 10**9}).status_code == 422
    assert call.put("/product-aliases/TV GOLD", {"product": "tv-plus"}).status_code == 200
    assert call.get("/product-aliases").json["items"] == [{"alias": "TV GOLD", "product": "tv-plus"}]
    assert call.delete("/product-aliases/TV GOLD").json["product"] == "tv-plus"
    assert call.delete("/product-aliases/TV GOLD").status_code == 404


def test_quarantine_and_reconciliation(
    call: Caller, engine: Engine, tmp_path: Path, app: Flask, turns: ImportTurns
) -> None:
    content = b"order,at,who,sku\nA1,2026-11-20T10:00:00Z,c1,TV GOLD\n"
    headers = {"Authorization": f"Bearer {key_for(engine)}"}
    made = app.test_client().post("/api/v1/imports?holds=orders", data=content, headers=headers).json
    columns = {"order_id": "order", "timestamp": "at", "user_id": "who", "product": "sku"}
    spec = {"holds": "orders", "source": {"key": "phone"}, "columns": columns}
    call.put(f"/imports/{made['id']}/spec", spec)
    call.post(f"/imports/{made['id']}/start")
    turns.turn()
    run_all(engine, now_us())
    [group] = call.get("/quarantine?source=phone").json["items"]
    assert (group["reason"], group["items"], group["unknown"]) == (
        "unknown_product",
        1,
        [{"value": "TV GOLD", "items": 1}],
    )
    [item] = call.get("/quarantine/items?reason=unknown_product").json["items"]
    assert call.post("/quarantine/replay", {"ids": [item["id"]]}).json == {"tried": 1, "passed": 0}
    call.put("/product-aliases/TV GOLD", {"product": "tv-plus"})
    assert call.post("/quarantine/replay", {"reason": "unknown_product"}).json == {"tried": 1, "passed": 1}
    assert call.post("/quarantine/discard", {"reason": "unknown_product"}).status_code == 422
    assert call.post("/quarantine/discard", {"reason": "unknown_product", "why": "x"}).json == {"discarded": 0}
    assert call.get("/quarantine?state=lost").status_code == 422
    shown = call.get("/reconciliation?days=7").json
    assert "phone" in [source["source"] for source in shown["sources"]]
    assert call.get("/reconciliation?days=x").status_code == 422


@pytest.mark.parametrize("days", ["x", "0", "63", "\u00b2", "\u0661", "9" * 5_000])
def test_a_number_in_an_address_that_cannot_be_read_is_refused(call: Caller, days: str) -> None:
    answer = call.get(f"/reconciliation?days={days}")
    assert (answer.status_code, answer.json["error"], answer.json["field"]) == (422, "out_of_range", "days")


def test_an_import_of_a_number_that_is_none_is_not_found(call: Caller) -> None:
    assert call.get("/imports/\u00b2").status_code == 404
