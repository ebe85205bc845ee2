"""A second person in the browser and over the API: ask on the page of the test, agree on one's own list."""

from __future__ import annotations

import re
from collections.abc import Callable

from flask import Flask
from sqlalchemy import Engine
from werkzeug.test import TestResponse

from experiments.domain.token import Scope
from experiments.services import access
from experiments.services.actor import Actor
from experiments.services.clock import now_us
from experiments.store.engines import writing
from tests import stories
from tests.stories import PEOPLE

Says = Callable[[TestResponse], str]


def test_a_launch_is_asked_for_and_agreed(as_role: Callable, engine: Engine, says: Says) -> None:
    with writing(engine) as session:
        stories.ready(session)
    admin, approver, viewer = as_role("admin"), as_role("approver"), as_role("viewer")
    assert approver.post("/admin/settings", {"two": ["launch"]}).status_code == 403
    admin.post("/admin/settings", {"two": ["launch", "ship"], "reason": "Four eyes."})
    assert "Four eyes." in says(admin.get("/admin/settings"))
    approver.post("/experiments/ready/launch", {"reason": "Monday."})
    own = says(approver.get("/experiments/ready"))
    assert "it waits under Approvals" in own
    assert "You asked, so another approver must agree" in own
    assert "Approvals (1)" not in own
    page = admin.get("/approvals")
    assert "Approvals (1)" in says(page)
    number = re.search(r"/approvals/(\d+)/approve", page.text).group(1)  # type: ignore[union-attr]
    assert "An approver agrees or declines" in says(viewer.get("/experiments/ready"))
    assert viewer.post(f"/approvals/{number}/approve").status_code == 403
    assert approver.post(f"/approvals/{number}/approve").status_code == 403
    admin.post(f"/approvals/{number}/decline")
    assert "Reason is empty" in says(admin.get("/approvals"))
    assert admin.post(f"/approvals/{number}/approve").location == "/experiments/ready"
    assert "Running" in says(admin.get("/experiments/ready"))
    assert "ada@example.org" in admin.get("/approvals.csv").text
    assert "Nothing waits for you" in says(admin.get("/approvals"))


def test_who_agrees_reads_what_the_report_says_and_an_overrule_has_a_reason(
    as_role: Callable, engine: Engine, says: Says
) -> None:
    admin, approver = as_role("admin"), as_role("approver")
    admin.post("/admin/settings", {"two": ["ship"], "reason": "Four eyes."})
    approver.post("/experiments/cannibalising/stop")
    form = {"choice": "ship:entry", "holdback": "5", "share": "100"}
    refused = approver.post("/experiments/cannibalising/decide", form)
    assert "the report says “Do not ship: the gain is taken from up-sell orders” and the choice is ship" in says(
        refused
    )
    assert "/approvals/" not in admin.get("/approvals").text.replace("/approvals.csv", "")
    approver.post("/experiments/cannibalising/decide", {**form, "reason": "TV households matter more this year."})
    page = says(admin.get("/approvals"))
    assert "Ship “Personal entry”: a second person must agree" in page
    assert "The report says: Do not ship" in page
    assert "TV households matter more this year." in page


def test_the_same_over_the_api(app: Flask, engine: Engine) -> None:
    with writing(engine) as session:
        stories.ready(session)
        people = {
            role: access.create_token(session, Actor(*PEOPLE[role][::2]), now_us(), "CI", list(scopes)).token
            for role, scopes in (("approver", [Scope.DECIDE]), ("admin", [Scope.DECIDE, Scope.ADMIN]))
        }
    client = app.test_client()

    def call(role: str, method: str, path: str, body: object = None) -> TestResponse:
        headers = {"Authorization": f"Bearer {people[role]}"}
        return client.open(f"/api/v1{path}", method=method, headers=headers, json=body)

    assert call("approver", "PUT", "/settings/second-person", {"launch": True, "ship": False}).status_code == 403
    assert call("admin", "PUT", "/settings/second-person", {"launch": True}).status_code == 422, "half an answer"
    assert call("admin", "PUT", "/settings/second-person", {"launch": True, "ship": False}).json == {
        "launch": True,
        "ship": False,
    }
    refused = call("approver", "POST", "/experiments/ready/launch")
    assert (refused.status_code, refused.json["error"]) == (409, "needs_second_person")  # type: ignore[index]
    asked = call("approver", "POST", "/experiments/ready/approvals", {"deed": "launch", "reason": "Monday."})
    assert asked.status_code == 201
    number = asked.json["id"]  # type: ignore[index]
    assert call("approver", "POST", f"/approvals/{number}/approve").status_code == 403
    assert call("admin", "POST", f"/approvals/{number}/approve").json["state"] == "approved"  # type: ignore[index]
    assert call("admin", "GET", "/experiments/ready").json["status"] == "running"  # type: ignore[index]
    listed = call("admin", "GET", "/approvals?state=approved").json
    assert [each["id"] for each in listed["items"]] == [number]  # type: ignore[index]
