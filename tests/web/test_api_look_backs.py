"""Looks back over the API: asked for, measured by the worker, read as `netlift power --from-history --json` says it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from experiments.services import measuring
from experiments.services.clock import now_us
from experiments.services.history import Lookback, look_back
from experiments.services.sessions import reading
from tests.apps import Caller, key_for, make_app
from tests.history_world import UNTIL, micros, past_in

QUESTION: dict[str, Any] = {
    "metrics": ["cross-sell", "up-sell"], "page": "/tv/*", "holdings": ["mobile"], "holdings_not": ["tv"],
    "until": "2025-06-29",
}  # fmt: skip


@pytest.fixture(scope="module")
def past(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with past_in(tmp_path_factory.mktemp("look-backs"), sqlite_template) as engine:
        yield engine


@pytest.fixture(scope="module")
def caller(past: Engine, tmp_path_factory: pytest.TempPathFactory) -> Caller:
    return Caller(make_app(past, tmp_path_factory.mktemp("app")).test_client(), key_for(past))


def test_it_is_asked_for_and_then_read(caller: Caller, past: Engine) -> None:
    asked = caller.post("/look-backs", QUESTION)
    assert (asked.status_code, asked.json["state"], asked.json["history"]) == (202, "waiting", None)
    measuring.serve(past, now_us())
    found = caller.get(f"/look-backs/{asked.json['name']}")
    assert asked.headers["Location"].endswith(f"/look-backs/{asked.json['name']}")
    assert (found.status_code, found.json["state"], found.json["done"]) == (200, "done", 3)
    wanted = Lookback(page="/tv/*", holds=("mobile",), lacks=("tv",), until=micros(UNTIL))
    with reading(past) as session:
        at_once = look_back(session, ("cross-sell", "up-sell"), wanted, now_us())
    assert found.json["history"] == at_once.to_dict()
    again = caller.post("/look-backs", QUESTION)
    assert (again.json["name"], again.json["state"]) == (asked.json["name"], "done")
    anew = caller.post("/look-backs", QUESTION | {"anew": True})
    assert (anew.json["name"] != asked.json["name"], anew.json["state"]) == (True, "waiting")
    measuring.serve(past, now_us())


@pytest.mark.parametrize(
    ("changes", "status", "field"),
    [
        ({"metrics": []}, 422, "metrics"),
        ({"metrics": ["nothing"]}, 404, "metric"),
        ({"page": "/tvs"}, 422, "page"),
        ({"days": 3}, 422, "days"),
        ({"until": "tomorrow"}, 422, "until"),
        ({"until": "2999-01-01"}, 422, "until"),
        ({"holdings_any": ["radio"]}, 422, "holdings_any"),
        ({"day": 28}, 422, "day"),
    ],
)
def test_a_question_that_cannot_be_asked(caller: Caller, changes: dict[str, Any], status: int, field: str) -> None:
    refused = caller.post("/look-backs", QUESTION | changes)
    assert (refused.status_code, refused.json["field"]) == (status, field), refused.json


def test_a_history_that_is_too_short_is_told_with_its_field(caller: Caller, past: Engine) -> None:
    asked = caller.post("/look-backs", QUESTION | {"days": 60})
    measuring.serve(past, now_us())
    found = caller.get(f"/look-backs/{asked.json['name']}").json
    assert (found["state"], found["field"]) == ("failed", "days")
    shorter = caller.post("/look-backs", QUESTION | {"days": 60, "shorten": True})
    measuring.serve(past, now_us())
    assert caller.get(f"/look-backs/{shorter.json['name']}").json["history"]["days"] == 28
    assert caller.get("/look-backs/nothing").status_code == 404
