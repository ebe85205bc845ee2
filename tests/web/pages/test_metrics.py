"""The metric catalogue in the browser: listed, added ready, defined, previewed, changed into a next version."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import Engine
from werkzeug.test import TestResponse

from experiments.domain.metric import Value
from experiments.services import experiments
from experiments.services import metrics as service
from experiments.services.ready_metrics import ready_metrics
from experiments.services.sessions import reading
from web.pages.metric_fields import PLACES

Says = Callable[[TestResponse], str]
NEW = {
    "name": "TV orders by phone", "kind": "mean", "direction": "higher", "event": "sale", "of_value": "margin",
    "families": ["tv"], "channels": ["phone"], "window_days": "28", "return_days": "14", "covariate_days": "0",
    "cap": "90000",
}  # fmt: skip


def test_the_list_says_what_each_counts_and_who_uses_it(visit: Callable, says: Says) -> None:
    page = says(visit("viewer").get("/data/metrics"))
    assert "Cross-sell orders cross-sell" in page
    assert "Share of units with sales (relation cross), within 28 days after first exposure" in page
    assert "tests" in page
    assert "New metric" not in page
    rows = visit("viewer").get("/data/metrics.csv").text.splitlines()
    assert rows[0] == "key,name,kind,counts,window_days,direction,protected,version,tests"
    line = next(row for row in rows if row.startswith("up-sell,"))
    assert ",28,higher,1,1," in line
    assert "ship" in line.rsplit(",", 1)[1].split()


def test_a_metric_is_defined_and_its_change_is_a_new_version(as_role: Callable, engine: Engine, says: Says) -> None:
    editor = as_role("editor")
    assert editor.post("/data/metrics/new", NEW).status_code == 302
    with reading(engine) as session:
        made = service.metric_by_key(session, "tv-orders-by-phone")
    assert (made.version, made.column.value, made.column.cap) == (1, Value.MARGIN, 90_000)
    assert made.column.event.families == ("tv",)
    shown = editor.get("/data/metrics/tv-orders-by-phone").text
    assert 'name="families" value="tv" checked' in shown
    assert (
        editor.post("/data/metrics/tv-orders-by-phone", NEW | {"window_days": "14", "reason": "Shorter"}).status_code
        == 302
    )
    with reading(engine) as session:
        assert [one.window_days for one in service.metric_versions(session, "tv-orders-by-phone")] == [14, 28]
    assert "No test uses it yet" in says(editor.get("/data/metrics/tv-orders-by-phone"))


def test_running_tests_keep_their_version(as_role: Callable, engine: Engine, says: Says) -> None:
    editor = as_role("editor")
    with reading(engine) as session:
        before = {use.metric: use.version for use in experiments.by_key(session, "between-looks").metrics}
    changed = {"name": "Cross-sell orders", "kind": "rate", "event": "sale", "relations": ["cross"], "window_days": "7"}
    assert editor.post("/data/metrics/cross-sell", changed).status_code == 302
    with reading(engine) as session:
        assert service.metric_by_key(session, "cross-sell").version == 2
        assert {use.metric: use.version for use in experiments.by_key(session, "between-looks").metrics} == before
    assert before["cross-sell"] == 1
    assert "Goal 1" in says(editor.get("/data/metrics/cross-sell"))


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "name"),
        ({"window_days": "0"}, "window_days"),
        ({"window_days": "1.5"}, "window_days"),
        ({"cap": "-3"}, "cap"),
        ({"event": "custom", "of_name": ""}, "of_name"),
        ({"kind": "ratio", "per_event": "custom"}, "per_of_name"),
        ({"of_value": "weight"}, "of_value"),
        ({"key": "up-sell"}, "key"),
        ({"return_days": "-1"}, "return_days"),
        ({"direction": "sideways"}, "direction"),
    ],
)
def test_errors_stand_at_the_field_that_caused_them(
    as_role: Callable, engine: Engine, change: dict[str, str], field: str
) -> None:
    editor = as_role("editor")
    answer = editor.post("/data/metrics/new", NEW | change)
    assert answer.status_code == 422
    assert f'id="error-{field}"' in answer.text
    with reading(engine) as session:
        assert not service.metric_versions(session, "tv-orders-by-phone")


def test_every_place_of_an_error_is_a_field_of_the_page(visit: Callable) -> None:
    html = visit("editor").get("/data/metrics/new").text
    for field in set(PLACES.values()) - {"sources"}:
        assert f'name="{field}"' in html, field


def test_the_preview_works_with_and_without_scripts_and_saves_nothing(
    as_role: Callable, engine: Engine, says: Says
) -> None:
    editor = as_role("editor")
    words = "Expected margin of sales (family tv, channel phone) (at most 90000 per unit) per unit"
    part = editor.fragment("/data/metrics/new", NEW)
    assert part.status_code == 200
    assert words in says(part)
    assert "<html" not in part.text
    whole = editor.post("/data/metrics/new", NEW | {"action": "preview"})
    assert words in says(whole)
    assert 'value="TV orders by phone"' in whole.text
    assert "Window days is 0" in says(editor.fragment("/data/metrics/new", NEW | {"window_days": "0"}))
    with reading(engine) as session:
        assert not service.metric_versions(session, "tv-orders-by-phone")


def test_ready_metrics_are_added_with_one_click(as_role: Callable, engine: Engine, says: Says) -> None:
    editor = as_role("editor")
    assert "Share of units with two orders or more" in says(editor.get("/data/metrics"))
    assert editor.post("/data/metrics/ready", {"key": "repeat-purchase"}).status_code == 302
    with reading(engine) as session:
        assert service.metric_by_key(session, "repeat-purchase") in ready_metrics()
    assert "Add Repeat purchase" not in says(editor.get("/data/metrics"))
    assert editor.post("/data/metrics/ready", {"key": "repeat-purchase"}).status_code == 409
    assert editor.post("/data/metrics/ready", {"key": "absent"}).status_code == 404


def test_a_viewer_looks(as_role: Callable, says: Says) -> None:
    viewer = as_role("viewer")
    page = says(viewer.get("/data/metrics/cross-sell"))
    assert "Used by" in page
    assert "Save as version" not in page
    assert viewer.post("/data/metrics/new", NEW).status_code == 403
    assert viewer.post("/data/metrics/ready", {"key": "referral"}).status_code == 403
