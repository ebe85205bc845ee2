"""Steps recognise pages by pattern and moments by name."""

from __future__ import annotations

from experiments.domain.journey import Match, Step

PAGES = Step("tv", "TV pages", Match.PATH, "/tv/*")
ORDER = Step("order", "Order", Match.EVENT, "Order Completed")


def test_a_path_step_matches_pages_only() -> None:
    assert PAGES.matches(path="/tv/channels")
    assert not PAGES.matches(path="/TV/channels")
    assert not PAGES.matches(path="/mobile")
    assert not PAGES.matches(event="/tv/channels")


def test_an_event_step_matches_its_exact_name() -> None:
    assert ORDER.matches(event="Order Completed")
    assert not ORDER.matches(event="Order Completed Twice")
    assert not ORDER.matches(path="Order Completed")
