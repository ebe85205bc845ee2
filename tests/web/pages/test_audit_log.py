"""The page of the audit log: filters in the address, pages, files; for approvers and administrators."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import Engine
from werkzeug.test import TestResponse

from experiments.domain.token import Scope
from experiments.services import access
from experiments.services.actor import Actor
from experiments.services.clock import now_us
from experiments.store.engines import writing
from tests.stories import PEOPLE

Says = Callable[[TestResponse], str]


def test_the_log_is_filtered_by_its_address(visit: Callable, says: Says) -> None:
    admin = visit("admin")
    page = says(admin.get("/admin/audit?action=stop&noun=experiment"))
    assert "Stop experiment ship" in page
    assert "Launch experiment" not in page
    assert "No deed fits" in says(admin.get("/admin/audit?who=nobody"))
    bad = admin.get("/admin/audit?since=yesterday")
    assert bad.status_code == 422
    assert "must be a day such as" in says(bad)
    assert "No deed fits" in says(admin.get("/admin/audit?until=2020-01-01"))


def test_older_deeds_are_a_page_further(visit: Callable, says: Says) -> None:
    admin = visit("admin")
    first = admin.get("/admin/audit")
    href = first.text.split('href="/admin/audit?older_than=')[1].split('"')[0]
    second = admin.get(f"/admin/audit?older_than={href}")
    assert second.status_code == 200
    assert says(second) != says(first)


def test_the_same_deeds_are_files(visit: Callable) -> None:
    approver = visit("approver")
    found = approver.get("/admin/audit.json?action=launch").json
    assert {each["action"] for each in found} == {"launch"}
    assert found[0]["before"]["status"] != found[0]["after"]["status"]
    table = approver.get("/admin/audit.csv?action=launch").text.splitlines()
    assert table[0] == "id,at,who,action,noun,key,before,after,reason"
    assert len(table) > len(found)  # cells may hold line breaks, never fewer lines


@pytest.mark.parametrize("role", ["viewer", "editor"])
def test_others_may_not_read_it(role: str, visit: Callable) -> None:
    for path in ("/admin/audit", "/admin/audit.csv", "/admin/audit.json"):
        assert visit(role).get(path).status_code == 403


def test_the_api_pages_through_it(app: Flask, engine: Engine) -> None:
    email, _, role = PEOPLE["approver"]
    with writing(engine) as session:
        token = access.create_token(session, Actor(email, role), now_us(), "CI", [Scope.DECIDE]).token
    client, headers = app.test_client(), {"Authorization": f"Bearer {token}"}
    first = client.get("/api/v1/audit?noun=experiment&limit=2", headers=headers).json
    second = client.get(first["next"], headers=headers).json  # type: ignore[index]
    ids = [each["id"] for each in (*first["items"], *second["items"])]  # type: ignore[index]
    assert ids == sorted(ids, reverse=True)
    assert len(set(ids)) == 4
    for bad in ("limit=0", "limit=x", "cursor=-1", "since=now", "page=2", "who=%00"):
        assert client.get(f"/api/v1/audit?{bad}", headers=headers).status_code == 422, bad
