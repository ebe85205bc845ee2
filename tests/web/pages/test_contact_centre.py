"""The page of contact-centre leads over HTTP: what it says without and with data, its files, its filter, the API."""

from __future__ import annotations

from collections.abc import Callable
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine

from experiments.services.clock import DAY, now_us
from experiments.services.contact_centre import count_periods
from experiments.services.project import run_all
from tests.shop_world import Shop, stamp


def told(event: str, number: int, at: int, **properties: object) -> dict[str, object]:
    return {"type": "track", "event": event, "messageId": f"{event}-{number}", "timestamp": stamp(at),
            "properties": {"channel": "chat", **properties}, "userId": f"c{number % 4}"}  # fmt: skip


@pytest.fixture
def busy(engine: Engine) -> None:
    """A desk with eight chats of four customers, one offer each, every second accepted."""
    now = now_us()
    shop = Shop(engine, unit="customer", start=now - 60 * DAY)
    items = [
        told("Contact Handled", i, now - 2 * DAY + i, handle_seconds=60 * (1 + i % 4), offer="tv", accepted=i % 2 == 0)
        for i in range(8)
    ]
    shop.send("shop", [*items, *(told("Survey Answered", i, now - DAY - DAY // 2 + i, csat=4) for i in range(4))], now)
    run_all(engine, now)
    count_periods(engine, now, ZoneInfo("UTC"))


def test_before_anything_is_counted_it_says_what_to_do(as_role: Callable, says: Callable) -> None:
    words = says(as_role("viewer").get("/contact-centre"))
    assert "Nothing is counted yet The worker counts contacts" in words
    assert "Put an idea in" in words


def test_without_contacts_it_says_what_to_send(engine: Engine, as_role: Callable, says: Callable) -> None:
    count_periods(engine, now_us(), ZoneInfo("UTC"))
    assert "No contacts, answers or offers in these weeks Let the desk send" in says(
        as_role("viewer").get("/contact-centre")
    )


@pytest.mark.usefixtures("busy")
def test_figures_offers_and_files(as_role: Callable, says: Callable) -> None:
    viewer = as_role("viewer")
    page = viewer.get("/contact-centre?days=7&channel=chat")
    words = says(page)
    assert "Key figures of this channel" in words
    assert "Offer acceptance 50.0%" in words  # 4 of 8
    assert "Leads per chat session 0.0%" in words
    assert 'aria-label="0 offers seen: 50.0% accepted; 1 offers seen: 50.0% accepted' in page.text
    head, *rows = viewer.get("/contact-centre.csv?days=7").text.splitlines()
    assert head.startswith("channel,figure,status,value,n,people,low,high")
    assert [row.split(",")[:6] for row in rows if row.startswith("chat,handle-time")] == [
        ["chat", "handle-time", "ok", "150.0", "8", "4"]  # 60 · (1 + 2 + 3 + 4) · 2 / 8
    ]
    seen = viewer.get("/contact-centre/offers-seen.csv?days=7").text.splitlines()
    assert [row.split(",")[4] for row in seen[1:]] == ["4", "4", "0", "0", "0"]
    for path in ("tests", "policy"):
        assert viewer.get(f"/contact-centre/{path}.csv").mimetype == "text/csv"
    found = viewer.get("/api/v1/contact-centre?days=7").json
    assert [line["channel"] for line in found["channels"]] == ["chat"]
    assert found["fatigue"][1]["csat"]["n"] == 0
    assert found["fatigue"][2]["csat"] == {"value": 4.0, "n": 4, "people": 4, "low": 4.0, "high": 4.0}


def test_a_bad_filter_is_refused_by_name(as_role: Callable, says: Callable) -> None:
    answer = as_role("viewer").get("/contact-centre?channel=pigeon")
    assert answer.status_code == 422
    assert "Channel is" in says(answer)


def test_what_tests_moved(visit: Callable, says: Callable) -> None:
    """Effects are those of the test's own report, to the digit."""
    reader = visit("viewer")
    report = reader.get("/api/v1/contact-centre").json["tests"]
    assert report
    shown, compared = says(reader.get("/contact-centre")), 0
    for test in report:
        assert test["name"] in shown
        assert {one["key"] for one in test["moved"]} == {"handle_seconds", "contacts", "csat", "hit_rate", "cross_sell"}
        full = reader.get(f"/api/v1/experiments/{test['experiment']}/report").json
        blocks = full["gross_to_net"]["variants"] if full["gross_to_net"] else ()
        corners = [corner for each in blocks if each["variant"] == test["variant"] for corner in each["kpi"]["totals"]]
        compared += len(corners)
        for corner in corners:
            mine = next(one for one in test["moved"] if one["key"] == corner["key"])
            if corner["effect"]["value"] is not None:
                assert (mine["effect"], mine["low"], mine["verdict"]) == (
                    corner["effect"]["value"], corner["effect"]["lo"], corner["verdict"],
                )  # fmt: skip
    assert compared
