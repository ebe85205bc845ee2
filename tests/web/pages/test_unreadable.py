"""One test whose stored values are damaged takes no page down, and every page that leaves it out says so."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, text
from werkzeug.test import TestResponse

from experiments.domain.errors import UnreadableError
from experiments.domain.experiment import Status
from experiments.services.experiments import all_experiments, unreadable
from experiments.store.catalogue import experiments as experiment_store
from experiments.store.engines import reading, writing
from tests.scenes import DAMAGED_PLAN, damage

Says = Callable[[TestResponse], str]
LISTS = ("/", "/experiments", "/backlog", "/backlog/calendar", "/contact-centre", "/data/reconciliation")
#: What of a test may be damaged: (table, column, value).
PLAN = DAMAGED_PLAN
METRICS = ("experiment", "metrics", '[{"role": "hero"}]')
STATUS = ("phase", "audience", '{"rules": 7}')
ROLLOUT = ("experiment", "rollout", '{"share": "all"}')


def failing(app: Flask, person: Any) -> list[str]:
    """Addresses without a further word that end in an error; `/readyz` says that no worker runs."""
    plain = (rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ()) and not rule.arguments)
    failed = []
    for rule in plain:
        answer = person.get(rule.rule)
        answer.close()
        if answer.status_code >= 500 and rule.rule != "/readyz":
            failed.append(rule.rule)
    return failed


@pytest.fixture(autouse=True)
def as_served(app: Flask) -> None:
    """What fails becomes an answer and no error of the test."""
    app.testing = False
    app.config["PROPAGATE_EXCEPTIONS"] = False


@pytest.mark.parametrize("what", [PLAN, METRICS, STATUS], ids=["plan", "metrics", "audience"])
def test_pages_that_list_tests_say_it_and_show_the_others(
    as_role: Callable, engine: Engine, says: Says, what: tuple[str, str, str]
) -> None:
    damage(engine, "between-looks", what)
    viewer = as_role("viewer")
    for path in LISTS:
        answer = viewer.get(path)
        assert answer.status_code == 200, path
        assert "“Offer after support calls” cannot be read" in says(answer), path
    page = says(viewer.get("/experiments"))
    assert "cannibalising" in page
    assert "between-looks" in page
    rows = viewer.get("/experiments?format=csv").text.splitlines()
    assert [row for row in rows if row.startswith("between-looks,")] == [
        "between-looks,Offer after support calls,unreadable" + "," * 11
    ]
    assert "unreadable" not in viewer.get("/experiments?format=csv&status=running").text


def test_an_ended_test_is_left_out_of_what_past_tests_tell(as_role: Callable, engine: Engine, says: Says) -> None:
    viewer = as_role("viewer")
    before = says(viewer.get("/learnings"))
    assert "cannot be read" not in before
    for key in ("ship", "decided"):
        damage(engine, key, ROLLOUT if key == "decided" else PLAN)
    assert says(viewer.get("/learnings")).count("cannot be read") == 2
    assert viewer.get("/learnings/effects").status_code == 200


def test_search_finds_it_and_its_own_page_says_why(as_role: Callable, engine: Engine, says: Says) -> None:
    damage(engine, "between-looks", PLAN)
    viewer = as_role("viewer")
    found = says(viewer.get("/search?q=support calls"))
    assert "Cannot be read · between-looks" in found
    assert "Running · after-a-look" in says(viewer.get("/search?q=after-a-look"))
    for path in ("/experiments/between-looks", "/experiments/between-looks/plan"):
        answer = viewer.get(path)
        assert answer.status_code == 409
        assert "What is stored of the test 'Offer after support calls' cannot be read (TypeError)" in says(answer)
    told = viewer.get("/api/v1/experiments/between-looks")
    assert (told.status_code, told.json["error"]) == (409, "unreadable")


def test_no_other_address_fails_for_it(as_role: Callable, app: Flask, engine: Engine) -> None:
    """Every page, file and list of the API that needs no further word in its address."""
    for key in ("between-looks", "decided", "draft"):
        damage(engine, key, PLAN)
    admin: Any = as_role("admin")
    assert failing(app, admin) == []


@pytest.mark.parametrize("key", ["between-looks", "ship", "decided"])
def test_a_damaged_report_takes_no_list_down_either(
    as_role: Callable, app: Flask, engine: Engine, says: Says, key: str
) -> None:
    with writing(engine) as session:
        of_it = "experiment_id = (select id from experiment where key = :key)"
        session.execute(text(f"update snapshot set report = '{{\"nothing\": 1}}' where {of_it}"), {"key": key})
    admin: Any = as_role("admin")
    assert failing(app, admin) == []
    page = says(admin.get("/experiments"))
    assert page.count("cannot be read") == 1
    assert "after-a-look" in page
    if key == "between-looks":
        assert "cannot be read" in says(admin.get("/"))
    else:
        assert "cannot be read" in says(admin.get("/learnings"))
    assert admin.get(f"/experiments/{key}").status_code == 409


def test_what_must_know_every_test_refuses(engine: Engine) -> None:
    damage(engine, "between-looks", PLAN)
    with reading(engine) as session:
        running = {each.key for each in all_experiments(session, (Status.RUNNING,))}
        assert [each.key for each in unreadable(session)] == ["between-looks"]
        with pytest.raises(UnreadableError, match="Offer after support calls"):
            experiment_store.all_experiments(session, (Status.RUNNING,))
        assert experiment_store.all_experiments(session, (Status.DECIDED,))
    assert "cannibalising" in running
    assert "between-looks" not in running
