"""Keys: made, shown once, revoked."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape

import pytest
from sqlalchemy import Engine
from werkzeug.test import TestResponse

from experiments.services.access import all_keys, find_key
from experiments.store.engines import reading

Says = Callable[[TestResponse], str]
SERVER = {"label": "Call centre", "kind": "server", "environment": "production", "origins": ""}


def made_key(page: str) -> str:
    found = re.search(r'<code id="new-key">([^<]+)</code>', page)
    assert found is not None
    return unescape(found.group(1))


def test_a_server_key_is_shown_this_one_time(as_role: Callable, engine: Engine, says: Says) -> None:
    admin = as_role("admin")
    made = admin.post("/keys", SERVER)
    assert made.status_code == 200
    assert made.headers["Cache-Control"] == "no-store"
    assert "Copy this key now: it is shown this one time." in says(made)
    key = made_key(made.text)
    with reading(engine) as session:
        found = find_key(session, key)
    assert found is not None
    assert found.label == "Call centre"
    assert key not in admin.get("/keys").text
    assert f"{key[:12]}…" in admin.get("/keys").text


def test_a_client_key_keeps_its_origins(as_role: Callable, engine: Engine, says: Says) -> None:
    client = {
        "label": "App",
        "kind": "client",
        "environment": "test",
        "origins": "https://a.example  https://b.example",
    }
    made = as_role("admin").post("/keys", client)
    key = made_key(made.text)
    assert key.startswith("pk_test_")
    page = says(as_role("admin").get("/keys"))
    assert f"App {key} Client" in page
    assert "https://a.example, https://b.example" in page


@pytest.mark.parametrize(
    ("changes", "field", "message"),
    [
        ({"label": " "}, "label", "The label is empty"),
        ({"label": "x" * 201}, "label", "must have at most 200"),
        ({"kind": "master"}, "kind", "Kind is 'master', must be one of client, server"),
        ({"environment": "moon"}, "environment", "must be one of production, test"),
        ({"origins": "https://a.example"}, "origins", "a server key has none"),
        ({"kind": "client", "origins": "shop.example"}, "origins", "must look like https://shop.example"),
    ],
)
def test_a_bad_field_is_named_and_what_was_typed_stays(
    changes: dict[str, str], field: str, message: str, visit: Callable, says: Says
) -> None:
    refused = visit("admin").post("/keys", SERVER | changes)
    assert refused.status_code == 422
    assert message in says(refused)
    assert f'id="error-{field}"' in refused.text
    assert (SERVER | changes)["label"].strip() in refused.text
    assert "new-key" not in refused.text


def test_a_revoked_key_is_refused_from_then_on(as_role: Callable, engine: Engine, says: Says) -> None:
    admin = as_role("admin")
    key = made_key(admin.post("/keys", SERVER).text)
    with reading(engine) as session:
        number = next(item.id for item in all_keys(session) if item.label == "Call centre")
    assert "Revoke “Call centre”?" in says(admin.get("/keys"))
    assert admin.post(f"/keys/{number}/revoke").location == "/keys"
    page = says(admin.get("/keys"))
    assert "The key “Call centre” is revoked." in page
    assert "Revoke “Call centre”?" not in page
    with reading(engine) as session:
        assert find_key(session, key) is None


@pytest.mark.parametrize("role", ["viewer", "editor", "approver"])
def test_only_administrators_make_and_revoke(role: str, visit: Callable, says: Says) -> None:
    person = visit(role)
    page = says(person.get("/keys"))
    assert "An administrator makes and revokes keys." in page
    assert "Make a key" not in page
    assert person.post("/keys", SERVER).status_code == 403
    assert person.post("/keys/1/revoke").status_code == 403


@pytest.mark.parametrize("number", ["99999", "9" * 30, "x", "-1"])
def test_unknown_keys_are_not_found(number: str, visit: Callable) -> None:
    assert visit("admin").post(f"/keys/{number}/revoke").status_code == 404


def test_the_page_leads_to_code_with_a_key(visit: Callable) -> None:
    assert 'href="/setup"' in visit("viewer").get("/keys").text


def test_a_new_client_key_leads_to_its_code(as_role: Callable) -> None:
    made = as_role("admin").post("/keys", {**SERVER, "kind": "client", "environment": "test"}).text
    assert re.search(r'href="/setup\?key=pk_test_[\w-]+&amp;environment=test"', made)
