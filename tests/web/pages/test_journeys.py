"""Journeys in the browser: steps without scripts, the look at stored events, versions, funnels, putting away."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import Engine
from werkzeug.test import TestResponse

from experiments.services.clock import DAY, now_us
from experiments.services.insight.counting import count_all
from tests.insight_world import NOW, random_world

Says = Callable[[TestResponse], str]
NEW = "/opportunities/journeys/new"
FORM = {"name": "TV shop", "window_days": "14", "action": "save",
        "match-0": "path", "pattern-0": "/tv*", "name-0": "TV",
        "match-1": "event", "pattern-1": "Order Completed", "name-1": "Order"}  # fmt: skip


def test_steps_are_added_moved_and_removed_without_scripts(as_role: Callable, says: Says) -> None:
    editor = as_role("editor")
    page = editor.post(NEW, FORM | {"action": "add"}).text
    assert 'name="pattern-2"' in page
    moved = editor.post(NEW, FORM | {"action": "up-1"}).text
    assert moved.index("Order Completed") < moved.index('value="/tv*"')
    removed = editor.post(NEW, FORM | {"action": "remove-0"}).text
    assert 'name="pattern-1"' not in removed
    assert 'value="/tv*"' not in removed
    assert "TV shop" not in says(editor.get("/opportunities/journeys"))
    assert editor.post(NEW, FORM | {"action": "remove-9"}).status_code in (302, 422)


def test_a_journey_from_its_form_to_its_funnel(as_role: Callable, engine: Engine, says: Says) -> None:
    editor = as_role("editor")
    seen = editor.fragment(NEW, FORM).text
    assert "No page view was stored yet" in seen
    assert editor.post(NEW, FORM).headers["Location"] == "/opportunities/journeys/tv-shop"
    page = says(editor.get("/opportunities/journeys/tv-shop"))
    assert "Not counted yet" in page
    assert "The worker is about to count" in page
    count_all(engine, now_us())
    page = says(editor.get("/opportunities/journeys/tv-shop"))
    assert "Nobody of this choice began it" in page
    edit = "/opportunities/journeys/tv-shop/edit"
    assert 'value="/tv*"' in editor.get(edit).text
    editor.post(edit, FORM | {"name": "Television"})
    assert "Television" in says(editor.get("/opportunities/journeys"))
    assert "version 2" in says(editor.get("/opportunities/journeys/tv-shop"))
    editor.post("/opportunities/journeys/tv-shop/archive")
    assert "Put away" in says(editor.get("/opportunities/journeys"))
    editor.post("/opportunities/journeys/tv-shop/archive", {"archived": "0"})
    assert "version 4" in says(editor.get("/opportunities/journeys/tv-shop"))


@pytest.mark.parametrize(
    ("change", "field"),
    [({"name": ""}, "name"), ({"pattern-0": ""}, "pattern-0"), ({"pattern-0": "tv"}, "pattern-0"),
     ({"window_days": "99"}, "window_days"), ({"key": "No Key"}, "key"), ({"match-1": "smell"}, "match-1")],
)  # fmt: skip
def test_errors_stand_at_their_field(as_role: Callable, change: dict[str, str], field: str) -> None:
    answer = as_role("editor").post(NEW, FORM | change)
    assert answer.status_code == 422
    assert f'id="error-{field}"' in answer.text


def test_a_funnel_with_people_in_it(as_role: Callable, fresh: Engine, says: Says) -> None:
    viewer = as_role("viewer")
    page = says(viewer.get("/opportunities/journeys/tv"))
    assert "the largest loss" in page
    assert "Lines per order" in page
    assert "Count now" not in page
    part = says(viewer.get("/opportunities/journeys/tv?holds=unknown&channel=app"))
    assert part.count("people began") == 1
    rows = viewer.get("/opportunities/journeys/tv.csv").text.splitlines()
    assert rows[0] == "holds,channel,week_from,steps_reached,people"
    assert len(rows) > 20
    assert viewer.post("/opportunities/count").status_code == 403
    assert viewer.get("/opportunities/journeys/none").status_code == 404
    assert viewer.get("/opportunities/counting").status_code == 200


@pytest.fixture
def fresh(engine: Engine) -> Engine:
    from experiments.services import journeys
    from experiments.services.actor import SYSTEM
    from experiments.store.engines import writing
    from tests.services.test_journeys import JOURNEY

    random_world(engine)
    with writing(engine) as session:
        journeys.save(session, SYSTEM, NOW, JOURNEY)
    count_all(engine, NOW + DAY)
    return engine
