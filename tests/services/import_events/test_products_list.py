"""Price lists: in, out as CSV, and in again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from sqlalchemy import Engine

from experiments.domain.product import Component, Product
from experiments.services import catalogue
from experiments.services.import_events.product_list import as_csv, own_spec
from experiments.services.import_events.take_in import Taken, look, take_in
from experiments.services.sessions import reading
from tests.intake_world import around, import_catalogue, quiet
from tests.scenes import ADMIN

DECEMBER = 1_796_083_200_000_000


def everything(engine: Engine) -> dict[str, tuple[tuple[int, Product], ...]]:
    with reading(engine) as session:
        return {one.key: catalogue.price_history(session, one.key) for one in catalogue.all_products(session)}


def load(engine: Engine, path: Path, text: str, *, dry: bool = False) -> Taken:
    path.write_text(text)
    return (look if dry else take_in)(around(engine), path, own_spec(path), ADMIN, progress=quiet)


def test_a_price_list_becomes_the_catalogue(engine: Engine) -> None:
    taken = import_catalogue(engine)
    assert (taken.report["new"], taken.report["refused"]) == (7, 0)
    found = everything(engine)
    now = Product(
        "mobile-m", "Mobile M", "mobile", 2, 1_750, 800, 24, multiple=True, one_off=-5_000, replaces=("mobile-s",)
    )
    assert found["mobile-m"] == ((0, now), (DECEMBER, replace(now, price=1_850, margin=875)))
    assert found["home-pack"][0][1].components == (Component("broadband-400"), Component("tv-plus"))
    assert found["tv-plus"][0][1].retention == 1_500


def test_what_comes_out_goes_in_again_and_changes_nothing(engine: Engine, tmp_path: Path) -> None:
    import_catalogue(engine)
    before = everything(engine)
    taken = load(engine, tmp_path / "again.csv", as_csv(before.values()))
    assert (taken.report["new"], taken.report["changed"], taken.report["duplicates"]) == (0, 0, 7)
    assert everything(engine) == before


def test_a_name_that_a_spreadsheet_would_run_goes_out_as_a_text_and_comes_back(engine: Engine, tmp_path: Path) -> None:
    load(engine, tmp_path / "list.csv", 'key,name,family,tier,price,margin,months\ntv-a,"=SUM(A1)",tv,1,10,4,24\n')
    before = everything(engine)
    text = as_csv(before.values())
    assert "'=SUM(A1)" in text
    assert load(engine, tmp_path / "again.csv", text).report["duplicates"] == 1
    assert everything(engine) == before


def test_a_look_changes_nothing_and_a_bad_row_holds_up_no_other(engine: Engine, tmp_path: Path) -> None:
    text = (
        "key,family,tier,price,margin,months\n"
        "tv-a,tv,1,10,4,24\n"
        "TV B,tv,2,10,4,24\n"
        "tv-c,tv,2,10,40,24\n"
        "tv-d,tv,2,ten,4,24\n"
        "tv-e,tv,3,30,12.345,24\n"
    )
    looked = load(engine, tmp_path / "list.csv", text, dry=True)
    assert everything(engine) == {}
    taken = load(engine, tmp_path / "list.csv", text)
    assert looked.report == taken.report
    assert [(one.row, one.field) for one in taken.problems] == [(3, "product.key"), (4, "product.margin"), (5, "price")]
    found = everything(engine)
    assert set(found) == {"tv-a", "tv-e"}
    assert found["tv-e"][0][1].margin == 1_235


def test_parts_of_a_bundle_may_stand_below_it_and_must_exist(engine: Engine, tmp_path: Path) -> None:
    head = "key,family,price,margin,months,components\n"
    taken = load(engine, tmp_path / "a.csv", head + "pack,tv,10,4,24,sim*2\nsim,mobile,5,2,24,\n")
    assert taken.problems == ()
    assert everything(engine)["pack"][0][1].components == (Component("sim", 2),)
    refused = load(engine, tmp_path / "b.csv", head + "other,tv,10,4,24,absent\n")
    assert [one.reason for one in refused.problems] == ["product == 'absent', does not exist."]
