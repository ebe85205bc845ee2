"""The catalogue in the browser: added, changed from a day on, bundled, exported."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import Engine
from werkzeug.test import TestResponse

from experiments.services import catalogue
from experiments.services.clock import now_us
from experiments.services.sessions import reading

Says = Callable[[TestResponse], str]
NEW = {
    "name": "TV Max",
    "family": "tv",
    "tier": "3",
    "price": "30",
    "margin": "12.50",
    "months": "30",
    "one_off": "-40",
}


def test_a_product_is_added_and_changed_from_a_day_on(as_role: Callable, engine: Engine, says: Says) -> None:
    editor = as_role("editor")
    assert editor.post("/data/products/new", NEW | {"replaces": "tv-small"}).status_code == 302
    page = says(editor.get("/data/products"))
    assert "TV Max" in page
    for words in ("€30.00", "€12.50", "€335.00", "once −€40.00", "Replaces tv-small"):
        assert words in page, words
    changed = NEW | {"price": "35", "margin": "15", "valid_from": "2030-01-01"}
    assert editor.post("/data/products/tv-max", changed).status_code == 302
    assert "1 price change" in says(editor.get("/data/products"))
    with reading(engine) as session:
        assert catalogue.product_by_key(session, "tv-max", now_us()).price == 3_000
        assert catalogue.product_by_key(session, "tv-max").price == 3_500
        assert [since for since, _ in catalogue.price_history(session, "tv-max")] == [0, 1_893_452_400_000_000]
    assert "1 Jan 2030 €35.00 €15.00" in says(editor.get("/data/products/tv-max"))
    export = editor.get("/data/products.csv")
    assert [line.split(",")[4] for line in export.text.splitlines() if line.startswith("tv-max")] == ["30.00", "35.00"]


def test_a_bundle_and_a_new_family(as_role: Callable, engine: Engine, says: Says) -> None:
    editor = as_role("editor")
    bundle = NEW | {
        "name": "Home pack",
        "family": "(new)",
        "family_name": "Packs",
        "components": "tv-small mobile-large*2",
    }
    assert editor.post("/data/products/new", bundle).status_code == 302
    with reading(engine) as session:
        product = catalogue.product_by_key(session, "home-pack")
    assert product.family == "packs"
    assert [(part.product, part.quantity) for part in product.components] == [("tv-small", 1), ("mobile-large", 2)]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"name": ""}, "The name is empty"),
        ({"margin": "40"}, "Margin a month is 40,"),
        ({"price": "ten"}, "must be a number"),
        ({"months": "0"}, "Expected months is 0"),
        ({"components": "absent"}, "'absent', which does not exist"),
        ({"components": "tv-small*x"}, "must look like"),
        ({"valid_from": "soon"}, "must be a date"),
        ({"key": "tv-small"}, "exists already"),
        ({"family": "(new)", "family_name": ""}, "The name of the family is empty"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_saved(
    as_role: Callable, says: Says, engine: Engine, change: dict[str, str], words: str
) -> None:
    editor = as_role("editor")
    answer = editor.post("/data/products/new", NEW | change)
    assert answer.status_code == 422
    assert words in says(answer)
    with reading(engine) as session:
        assert len(catalogue.all_products(session)) == 6


def test_a_name_of_another_system(as_role: Callable, says: Says, engine: Engine) -> None:
    editor = as_role("editor")
    editor.post("/data/aliases", {"alias": "TVPLUS-2019", "product": "tv-large"})
    assert "TVPLUS-2019 tv-large" in says(editor.get("/data/products"))
    refused = editor.post("/data/aliases", {"alias": "tv-small", "product": "tv-large"})
    assert "is the key of a product" in says(editor.get(refused.headers["Location"]))
    editor.post("/data/aliases", {"alias": "TVPLUS-2019"})
    assert "TVPLUS-2019" not in says(editor.get("/data/products"))


def test_a_viewer_looks(as_role: Callable, says: Says) -> None:
    viewer = as_role("viewer")
    assert "New product" not in says(viewer.get("/data/products"))
    assert "Save the product" not in says(viewer.get("/data/products/tv-small"))
    assert viewer.post("/data/products/new", NEW).status_code == 403
    assert viewer.post("/data/aliases", {"alias": "x", "product": "tv-large"}).status_code == 403
