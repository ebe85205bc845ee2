"""Identity secrets on the page of keys: made, shown once, retired."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape

import pytest
from sqlalchemy import Engine
from werkzeug.test import TestResponse

from experiments.services.access import all_identity_secrets
from experiments.store.engines import reading
from experiments.store.tables import IdentitySecretRow

Says = Callable[[TestResponse], str]
MAKE = {"environment": "production"}


def made_secret(page: str) -> str:
    found = re.search(r'<code id="new-identity-secret">([^<]+)</code>', page)
    assert found is not None
    return unescape(found.group(1))


def test_a_secret_is_shown_this_one_time_and_stored_sealed(as_role: Callable, engine: Engine, says: Says) -> None:
    admin = as_role("admin")
    assert "No secret yet." in says(admin.get("/keys"))
    made = admin.post("/keys/identity", MAKE)
    assert (made.status_code, made.headers["Cache-Control"]) == (200, "no-store")
    secret = made_secret(made.text)
    assert secret.startswith("is_live_")
    assert secret not in admin.get("/keys").text
    assert f"{secret[:12]}…" in admin.get("/keys").text
    with reading(engine) as session:
        [row] = session.query(IdentitySecretRow).all()
        assert secret not in row.sealed
    assert secret not in admin.get("/api/v1/identity-secrets").text


def test_a_third_one_is_refused_until_one_is_retired(as_role: Callable, engine: Engine, says: Says) -> None:
    admin = as_role("admin")
    for _ in range(2):
        admin.post("/keys/identity", MAKE)
    assert admin.post("/keys/identity", MAKE).location == "/keys#identity"
    assert "2 identity secrets of production are in use, must be below 2" in says(admin.get("/keys"))
    made_secret(admin.post("/keys/identity", {"environment": "test"}).text)
    with reading(engine) as session:
        oldest = min(info.id for info in all_identity_secrets(session))
    assert admin.post(f"/keys/identity/{oldest}/retire").location == "/keys#identity"
    assert "is retired." in says(admin.get("/keys"))
    made_secret(admin.post("/keys/identity", MAKE).text)


@pytest.mark.parametrize("role", ["viewer", "editor", "approver"])
def test_only_administrators_make_and_retire(role: str, visit: Callable, says: Says) -> None:
    person = visit(role)
    assert "Make one for" not in says(person.get("/keys"))
    assert person.post("/keys/identity", MAKE).status_code == 403
    assert person.post("/keys/identity/1/retire").status_code in (403, 404)
    assert visit("admin").post("/keys/identity/99999/retire").status_code == 404
