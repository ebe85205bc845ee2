"""Bringing a file: upload, mapping, check, import, errors, keeping the mapping, taking it back."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text
from werkzeug.test import TestResponse

from experiments.config import Settings
from experiments.services.clock import now_us
from experiments.services.import_desk.taking_turns import ImportTurns
from experiments.services.import_events.runs import Surroundings
from experiments.services.ingest import Limits
from experiments.services.project import run_all
from experiments.store.engines import reading
from tests.intake_world import EXAMPLES

Says = Callable[[TestResponse], str]
ORDERS = (
    "Order;Date;Customer number;Article;Monthly;Outlet\n"
    "A1;03-11-2026 09:15;100234;tv-large;17,50;Shop North\n"
    "A2;03-11-2026 10:15;100235;TV-OLD;17,50;Shop North\n"
    "A3;03-11-2026 11:15;100236;tv-large;much;Shop North\n"
)


@pytest.fixture
def turns(engine: Engine, settings: Settings) -> ImportTurns:
    """The worker's part, one turn at a time."""
    return ImportTurns(Surroundings(engine, b"id", Limits(currency="EUR"), now_us), settings.data_dir)


def upload(person: Any, content: bytes, name: str = "orders.csv", holds: str = "orders") -> TestResponse:
    data = {"csrf_token": person.token(), "holds": holds, "file": (io.BytesIO(content), name)}
    return person.client.post("/data/imports", data=data, content_type="multipart/form-data")


def chosen(page: str) -> dict[str, str]:
    """What the form of a page would send."""
    form = page[page.index('class="mapping"') :]
    values = {}
    for name, body in re.findall(r'<select[^>]* name="([^"]+)"[^>]*>(.*?)</select>', form, re.DOTALL):
        found = re.search(r'<option value="([^"]*)" selected', body)
        values[name] = found.group(1) if found else re.search(r'<option value="([^"]*)"', body).group(1)  # type: ignore[union-attr]
    for tag in re.findall(r"<input[^>]*>", form):
        name, value = (re.search(rf' {key}="([^"]*)"', tag) for key in ("name", "value"))
        if name and ('type="text"' in tag or 'type="date"' in tag or "checked" in tag):
            values[name.group(1)] = value.group(1) if value else ""
    return values


def count(engine: Engine, query: str) -> int:
    with reading(engine) as session:
        return int(session.execute(text(query)).scalar_one())


def test_the_whole_way_of_a_file(
    as_role: Callable, engine: Engine, turns: ImportTurns, says: Says, settings: Settings
) -> None:
    editor = as_role("editor")
    before = count(engine, "select count(*) from event")
    answer = upload(editor, ORDERS.encode("cp1252"))
    assert answer.status_code == 302, says(answer)
    address = answer.headers["Location"]
    page = editor.get(address)
    form = chosen(page.text)
    guesses = {name.removeprefix("col."): value for name, value in form.items() if name.startswith("col.") and value}
    assert guesses == {
        "order_id": "Order", "timestamp": "Date", "user_id": "Customer number", "product": "Article",
        "price": "Monthly", "channel": "Outlet",
    }  # fmt: skip
    assert (form["time_format"], form["numbers"], form["time_zone"]) == ("%d-%m-%Y %H:%M", ",|", "Europe/Amsterdam")
    form |= {"source_name": "Store sales", "source_key": "(new)", "action": "check"}
    assert editor.post(f"{address}/mapping", form).status_code == 302
    assert "You can leave this page" in says(editor.get(address))
    assert turns.turn() > 0
    checked = editor.get(address)
    assert "Shop North (2 rows)" in says(checked)
    assert "TV-OLD (1 rows)" not in says(checked)
    assert "must be a number such as 1234,50" in says(checked)
    words = {"from.channel.0": "Shop North", "to.channel.0": "store", "action": "check"}
    assert editor.post(f"{address}/start", words).status_code == 302
    turns.turn()
    checked = editor.get(address)
    assert "TV-OLD (1 rows)" in says(checked)
    assert "Would be new 2" in says(checked)
    assert count(engine, "select count(*) from event") == before
    editor.post(f"{address}/start", {"from.product.0": "TV-OLD", "to.product.0": "tv-small", "action": "check"})
    turns.turn()
    assert editor.post(f"{address}/start", {"action": "import"}).status_code == 302
    turns.turn()
    done = editor.get(address)
    assert "New 2" in says(done)
    assert count(engine, "select count(*) from event") == before + 2
    assert list((settings.data_dir / "uploads").iterdir()) == []
    errors = editor.get(f"{address}/errors.csv")
    assert errors.text.splitlines()[1].startswith("4,price,much,")
    assert "100236" not in errors.text
    waiting = editor.get("/data/quarantine")
    assert f'href="{address}"' in waiting.text, "what a file could not tell waits beside what was refused at the door"
    assert "price: must be a number such as 1234,50" in says(waiting)
    assert address not in editor.get("/data/quarantine?state=replayed").text
    kept = editor.post(f"{address}/keep", {"name": "Store sales"})
    assert "The mapping “store-sales” is saved." in says(editor.get(kept.headers["Location"]))
    second = upload(editor, ORDERS.replace("A1", "B1").encode()).headers["Location"]
    editor.post(f"{second}/use", {"mapping": "store-sales"})
    editor.post(f"{second}/mapping", chosen(editor.get(second).text) | {"action": "check"})
    turns.turn()
    assert "Would be new 1 Known already 1" in says(editor.get(second))
    third = upload(editor, ORDERS.replace("A1", "C1").encode()).headers["Location"]
    nobody = editor.post(f"{third}/mapping", chosen(editor.get(third).text) | {"action": "check"})
    assert nobody.status_code == 422, "no feed is taken for another unasked"
    assert 'id="error-source_key"' in nobody.text


def test_an_import_is_taken_back_with_everything_that_came_of_it(
    as_role: Callable, engine: Engine, turns: ImportTurns, says: Says
) -> None:
    approver = as_role("approver")
    tables = ("event", "event_key", "outcome", "order_claim", "holding", "quarantine")
    run_all(engine, now_us())
    before = {table: count(engine, f"select count(*) from {table}") for table in tables}
    address = upload(approver, ORDERS.encode()).headers["Location"]
    form = chosen(approver.get(address).text) | {"source_name": "Store", "action": "check", "fix.channel": "store"}
    approver.post(f"{address}/mapping", form | {"col.channel": ""})
    turns.turn()
    approver.post(f"{address}/start", {"action": "import"})
    turns.turn()
    run_all(engine, now_us())
    assert count(engine, "select count(*) from outcome") > before["outcome"]
    assert count(engine, "select count(*) from quarantine") == before["quarantine"] + 1
    refused = approver.post(f"{address}/undo", {"reason": ""})
    assert "Reason is empty" in says(approver.get(refused.headers["Location"]))
    approver.post(f"{address}/undo", {"reason": "the wrong month"})
    turns.turn()
    assert "This import was taken back." in says(approver.get(address))
    assert {table: count(engine, f"select count(*) from {table}") for table in tables} == before


def test_a_price_list_goes_the_same_way(as_role: Callable, engine: Engine, turns: ImportTurns, says: Says) -> None:
    editor = as_role("editor")
    content = (EXAMPLES / "price-list-invented.csv").read_bytes()
    address = upload(editor, content, "prices.csv", "products").headers["Location"]
    editor.post(f"{address}/mapping", chosen(editor.get(address).text) | {"action": "check"})
    turns.turn()
    assert "Would be new" in says(editor.get(address))
    assert "home-pack" not in editor.get("/data/products").text
    editor.post(f"{address}/start", {"action": "import"})
    turns.turn()
    assert "Bundle of 2" in says(editor.get("/data/products"))
    assert "A price list is not taken back" in says(as_role("approver").get(address))


def test_what_is_refused_at_the_door(as_role: Callable, says: Says, settings: Settings) -> None:
    editor = as_role("editor")
    for content, name, words in (
        (b"", "a.csv", "is empty"),
        (b"PAR1 but no more", "a.parquet", "is no Parquet file"),
        (b"a,a,b\n1,2,3\n", "a.csv", "holds 'a' twice"),
    ):
        answer = upload(editor, content, name)
        assert answer.status_code == 422
        assert words in says(answer)
    assert upload(editor, b"a,b\n1,2\n", holds="socks").status_code == 422
    assert list((settings.data_dir / "uploads").iterdir()) == []
    assert upload(as_role("viewer"), b"a,b\n1,2\n").status_code == 403


def test_a_file_may_be_larger_than_other_requests_and_has_a_bound_of_its_own(
    as_role: Callable, says: Says, app: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    editor = as_role("editor")
    app.config["MAX_CONTENT_LENGTH"] = 50_000
    big = ORDERS.encode() + b"A9;03-11-2026 09:15;1;tv-large;17,50;x\n" * 8_000
    assert upload(editor, big).status_code == 302
    assert editor.post("/data/aliases", {"alias": "x" * 60_000}).status_code == 413
    known = app.extensions["netlift"]
    settings = known.settings.model_copy(update={"max_upload_bytes": 100_000})
    monkeypatch.setitem(app.extensions, "netlift", type(known)(settings, known.engine))
    assert upload(editor, b"a,b\n" + b"1,2\n" * 30_000).status_code == 422
    assert upload(editor, big).status_code == 413


class Unread:
    """A body that nobody may read: whoever is refused must not fill the disk first."""

    def read(self, _size: int = -1) -> bytes:
        pytest.fail("the body was read")


def test_nothing_is_read_of_who_may_not_upload(as_role: Callable, app: Any) -> None:
    headers = {"Content-Type": "multipart/form-data; boundary=B"}
    unread = {"wsgi.input": Unread(), "CONTENT_LENGTH": "400000000"}
    sent = {"path": "/data/imports", "method": "POST", "headers": headers, "environ_overrides": unread}
    assert app.test_client().open(**sent).status_code == 401
    assert as_role("viewer").client.open(**sent).status_code == 403


def test_a_mapping_with_a_fault_says_where(as_role: Callable, says: Says) -> None:
    editor = as_role("editor")
    address = upload(editor, ORDERS.encode()).headers["Location"]
    form = chosen(editor.get(address).text) | {"action": "check"}
    answer = editor.post(f"{address}/mapping", form | {"col.order_id": "", "source_name": "Store"})
    assert answer.status_code == 422
    assert "columns.order_id (Order number) is not mapped" in says(answer)
    answer = editor.post(f"{address}/mapping", form | {"time_zone": "Mars", "source_name": "Store"})
    assert "must be a zone such as Europe/Amsterdam" in says(answer)
    assert editor.post(f"{address}/mapping", form | {"source_name": ""}).status_code == 422


def test_giving_up_deletes_the_file(as_role: Callable, says: Says, settings: Settings) -> None:
    editor = as_role("editor")
    address = upload(editor, ORDERS.encode()).headers["Location"]
    assert len(list((settings.data_dir / "uploads").iterdir())) == 1
    editor.post(f"{address}/cancel")
    assert list((settings.data_dir / "uploads").iterdir()) == []
    assert "Cancelled" in says(editor.get("/data/imports"))


def test_what_nobody_needs_is_tidied_away(
    as_role: Callable, turns: ImportTurns, settings: Settings, engine: Engine
) -> None:
    import os

    editor = as_role("editor")
    upload(editor, ORDERS.encode())
    folder = settings.data_dir / "uploads"
    [needed] = list(folder.iterdir())
    stray = Path(folder / "stray")
    stray.write_text("x")
    for path in (needed, stray):
        os.utime(path, (1_000_000_000, 1_000_000_000))
    turns.tidy()
    assert list(folder.iterdir()) == [needed]
    with engine.begin() as connection:
        connection.execute(text("update file_import set created_at = 1"))
    turns.tidy()
    assert list(folder.iterdir()) == []
