"""How many exposed visitors had an id that their browser had just made, by browser and variant."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine

from experiments.decision.quality import NewIds
from experiments.decision.report import Report
from experiments.services.project import rebuild
from tests.shop_world import HOUR, START, WEEK, Item, Shop, viewed

NOW = START + 5 * WEEK
CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0 Safari/537.36"


@pytest.fixture
def shop(engine: Engine) -> Shop:
    return Shop(engine)


def seen(who: str, variant: str, at: int, **told: object) -> Item:
    item = viewed(variant, at, anonymousId=who)
    return {**item, "properties": {**item["properties"], **told}}


def test_they_are_counted_at_the_first_exposure_by_browser_and_variant(shop: Shop) -> None:
    sent = [seen(f"mac-{n}", "control", START + HOUR, browser="Safari", new_id=n < 3) for n in range(4)]
    sent += [seen(f"pad-{n}", "entry", START + HOUR, browser="Safari", new_id=n < 1) for n in range(5)]
    sent += [seen("pc", "entry", START + HOUR, browser="Chrome")]
    # Later exposures say nothing more: only the first one counts, whatever comes after it.
    sent += [seen("pc", "entry", START + 2 * HOUR, browser="Chrome", new_id=True)]
    sent += [seen("mac-0", "control", START + 2 * HOUR, browser="Safari")]
    # A server knows of no browser, and what is no family of ours is none.
    sent += [seen("served", "entry", START + HOUR), seen("odd", "entry", START + HOUR, browser=["Safari"], new_id=True)]
    # One id in two variants is a fault, and left out here as everywhere.
    sent += [seen("both", v, START + HOUR + at, browser="Chrome") for at, v in enumerate(("control", "entry"))]
    shop.send("web", sent, START + 3 * HOUR)
    expected = {
        "Chrome": {"control": NewIds(0, 0), "entry": NewIds(1, 0)},
        "Safari": {"control": NewIds(4, 3), "entry": NewIds(5, 1)},
    }
    report = shop.report(NOW)
    assert report.quality.new_ids == expected
    assert Report.from_dict(report.to_dict()).quality.new_ids == expected
    rebuild(shop.engine, NOW)
    assert shop.report(NOW + HOUR).quality.new_ids == expected


def test_bots_make_a_new_id_with_every_page_and_are_not_among_them(shop: Shop) -> None:
    sent = [seen(f"crawler-{n}", "control", START + HOUR, browser="Chrome", new_id=True) for n in range(5)]
    shop.send("web", sent, START + 3 * HOUR, user_agent="Mozilla/5.0 (compatible; Googlebot/2.1)")
    shop.send("web", [seen("person", "control", START + HOUR, browser="Chrome")], START + 3 * HOUR)
    assert shop.report(NOW).quality.new_ids == {"Chrome": {"control": NewIds(1, 0), "entry": NewIds(0, 0)}}


@pytest.mark.parametrize(
    ("agent", "family"),
    [
        (CHROME, "Chrome"),
        (f"{CHROME} Edg/131.0", "Edg"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0", "Firefox"),
        ("Mozilla/5.0 (iPhone) AppleWebKit/605.1 (KHTML, like Gecko) Version/18.1 Mobile Safari/604.1", "Safari"),
        ("Lynx/2.9", "other"),
    ],
)
def test_the_request_names_the_browser_where_the_page_does_not(shop: Shop, agent: str, family: str) -> None:
    shop.send("web", [seen("person", "entry", START + HOUR, new_id=True)], START + 3 * HOUR, user_agent=agent)
    shop.send("web", [seen("told", "entry", START + HOUR, browser="Safari")], START + 3 * HOUR, user_agent=agent)
    counted = shop.report(NOW).quality.new_ids
    assert counted[family]["entry"].new == 1
    assert counted["Safari"]["entry"].units == (2 if family == "Safari" else 1)


def test_nothing_is_shown_where_no_exposure_names_its_browser(shop: Shop) -> None:
    shop.send("web", [seen("person", "control", START + HOUR)], START + 3 * HOUR)
    assert shop.report(NOW).quality.new_ids == {}


def test_the_split_is_checked_on_each_platform(shop: Shop) -> None:
    """As many in each variant, but Safari sees only the control and Chrome only the entry."""
    sent = [seen(f"mac-{n}", "control", START + HOUR, browser="Safari") for n in range(120)]
    sent += [seen(f"pc-{n}", "entry", START + HOUR, browser="Chrome") for n in range(120)]
    sent += [seen("few", "entry", START + HOUR, browser="Firefox")]
    shop.send("web", sent, START + 3 * HOUR)
    split = shop.report(NOW).split
    assert {each.segment: each.seen for each in split.segments if each.segment.startswith("browser")} == {
        "browser Chrome": (0, 120),
        "browser Safari": (120, 0),
    }
    assert split.status == "broken"
    assert "browser Safari" in split.causes[0]


def test_exposures_that_come_a_day_late_are_counted(shop: Shop) -> None:
    shop.send("web", [seen("prompt", "control", START + HOUR)], START + 3 * HOUR)
    shop.send("web", [seen("offline", "entry", START + HOUR)], START + 26 * HOUR)
    assert shop.report(NOW).quality.late == 1
    assert shop.report(START + 4 * HOUR).quality.late == 0


def test_variants_that_make_ids_unlike_are_named_in_the_report_and_kept_with_it(shop: Shop) -> None:
    sent = [seen(f"a{n}", "control", START + HOUR, browser="Safari", new_id=n < 10) for n in range(60)]
    sent += [seen(f"b{n}", "entry", START + HOUR, browser="Safari", new_id=n < 40) for n in range(60)]
    shop.send("web", sent, START + 3 * HOUR)
    report = shop.report(NOW)
    assert report.quality.new_ids_p["Safari"] == pytest.approx(2.777e-8, rel=0.001)  # chi-square 30.857 on 1 df
    assert any("New ids in Safari: 16.7% in" in note for note in report.quality.notes)
    assert Report.from_dict(report.to_dict()).quality.new_ids_p == report.quality.new_ids_p
