"""A viewer who posts by hand what only others have buttons for: refused, and the database is as it was."""

from __future__ import annotations

import re
from collections.abc import Callable

from flask import Flask
from sqlalchemy import Engine

from experiments.store.tables import Base
from tests.web.pages.test_frame import DOORS

#: What viewers may do: their own account, what they say, an idea; and what changes nothing.
OWN = ("/account", "/sign-out", "/planner", "/comments", "/backlog/suggest", "/tour")
PARTS = {"key": "draft", "change": "launch", "kind": "csv", "answer": "approve", "name": "nothing", "tab": "plan"}


def test_a_viewer_who_posts_by_hand_changes_nothing(app: Flask, engine: Engine, as_role: Callable) -> None:
    viewer = as_role("viewer")
    token = viewer.token()
    before = _everything(engine)
    answers = {path: viewer.client.post(path, data={"csrf_token": token}).status_code for path in sorted(_posts(app))}
    assert len(answers) > 40
    let_through = {path: status for path, status in answers.items() if status not in (403, 404)}
    assert let_through == {}
    assert _everything(engine) == before


def _posts(app: Flask) -> set[str]:
    doors = {door.split(" ")[1] for door in DOORS}
    rules = [rule.rule for rule in app.url_map.iter_rules() if "POST" in (rule.methods or ())]
    pages = [rule for rule in rules if not rule.startswith(("/api/", "/v1/", "/ofrep/")) and rule not in doors]
    return {_filled(rule) for rule in pages if not any(part in rule for part in OWN)}


def _filled(rule: str) -> str:
    chosen = re.sub(r"<any\(([\w-]+)[^>]*>", r"\1", rule)
    return re.sub(r"<(?:\w+(?:\([^)]*\))?:)?(\w+)>", lambda found: PARTS.get(found.group(1), "1"), chosen)


def _everything(engine: Engine) -> dict[str, list[str]]:
    with engine.connect() as connection:
        return {
            table.name: sorted(str(tuple(row)) for row in connection.execute(table.select()))
            for table in Base.metadata.sorted_tables
        }
