"""The first page: where people land, what it says with and without data, its filters and files."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import date
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine

from experiments.services.clock import now_us
from experiments.services.overview import count_days
from tests.html_tree import tree


@pytest.fixture
def counted(engine: Engine) -> None:
    count_days(engine, now_us(), ZoneInfo("UTC"), 2)


def test_a_stranger_signs_in_and_lands_here(stranger) -> None:
    assert stranger.get("/").headers["Location"].startswith("/sign-in")


def test_before_anything_is_counted_it_says_what_to_do(visit: Callable, says: Callable) -> None:
    page = visit("viewer").get("/")
    assert "Nothing is counted yet The worker counts sales, contacts and journeys" in says(page)
    here = tree(page.text).find(lambda node: node.attributes.get("aria-current") == "page")
    assert [node.text for node in here] == ["Overview", "Overview"]  # side bar and menu


@pytest.mark.usefixtures("counted")
def test_without_sales_it_says_what_to_send(as_role: Callable, says: Callable) -> None:
    assert "No sales, contacts or visits in these weeks Send “Order Completed”" in says(as_role("viewer").get("/"))


def test_what_waits_runs_and_was_learned(visit: Callable, says: Callable) -> None:
    words = says(visit("viewer").get("/"))
    assert "Personal entry on TV pages Stopped and read out: Ship it" in words
    assert "Bundle offer in the TV shop Now" in words  # it does harm while it runs
    assert "Offer after support calls Running, day 7" in words
    assert "Entry for broadband customers No guardrail protects the sales this offer could take away." in words
    assert "Entry in the order confirmation ship" in words
    assert "Entry for mobile customers Ready from" in words


def test_the_calendar_is_a_table_too(visit: Callable) -> None:
    page = tree(visit("viewer").get("/").text)
    bars = page.find(lambda node: "lane-bar" in node.classes)
    (table,) = page.find(lambda node: node.tag == "table" and "Ends" in node.text)
    rows = table.find(lambda node: node.tag == "tr")[1:]
    assert sorted(bar.attributes["href"] for bar in bars) == sorted(row.links()[0] for row in rows)
    assert "/experiments/paused" in page.links()


@pytest.mark.usefixtures("counted")
@pytest.mark.parametrize(
    ("path", "head"),
    [
        ("/overview.csv?days=7", "figure,value,n,low,high,before"),
        ("/overview/days.csv?channel=phone", "figure,day,value,day_before"),
        ("/overview/calendar.csv", "layer,test,status,starts,recruits_until,ends"),
    ],
)
def test_files(path: str, head: str, as_role: Callable) -> None:
    answer = as_role("viewer").get(path)
    assert answer.mimetype == "text/csv"
    assert answer.text.startswith(head)
    assert len(answer.text.splitlines()) > 5


@pytest.mark.usefixtures("counted")
def test_days_of_files_are_those_of_the_calendar(as_role: Callable) -> None:
    first, *_ = csv.DictReader(io.StringIO(as_role("viewer").get("/overview/days.csv?days=7").text))
    then, earlier = (date.fromisoformat(first[name]) for name in ("day", "day_before"))
    assert (then - earlier).days % 7 == 0


@pytest.mark.usefixtures("counted")
def test_it_asks_again_for_what_was_asked(as_role: Callable) -> None:
    part = as_role("viewer").fragment("/?days=7&channel=phone")
    assert 'hx-get="/?days=7&amp;channel=phone"' in part.text
    assert "<html" not in part.text


@pytest.mark.parametrize("query", ["days=9", "days=x", "channel=pigeon", "journey=none", "segment=hats"])
def test_a_bad_filter_is_refused_by_name(query: str, visit: Callable, says: Callable) -> None:
    answer = visit("viewer").get(f"/?{query}")
    assert answer.status_code == 422
    assert query.split("=")[0].capitalize() + " is" in says(answer)


@pytest.mark.usefixtures("counted")
def test_programs_read_the_same(as_role: Callable) -> None:
    found = as_role("viewer").get("/api/v1/overview?days=7").json
    assert [figure["key"] for figure in found["figures"]["figures"]][:2] == ["cross-sell", "up-sell"]
    assert len(found["figures"]["days"]) == 7
    assert {item["title"] for item in found["wheel"]["to_decide"]} >= {"Personal entry on TV pages"}
    assert {span["key"] for span in found["calendar"]} >= {"paused", "between-looks"}
