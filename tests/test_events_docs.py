"""docs/events.md tells every reason, every metric and the limits as they are."""

from __future__ import annotations

import re
from pathlib import Path

from experiments.services.ingest import Limits, pace
from experiments.services.ingest.grouping import MOST, MOST_ITEMS
from web.meters import counters

TEXT = (Path(__file__).resolve().parents[1] / "docs" / "events.md").read_text()
FLAT = re.sub(r"\s+", " ", TEXT)


def test_every_reason_stands_under_its_class() -> None:
    rows = re.findall(r"^\| (`.+?) \| (\w+) \|", TEXT, re.MULTILINE)
    told = {reason: class_ for reasons, class_ in rows for reason in re.findall(r"`(\w+)`", reasons)}
    assert {reason: told.get(reason) for reason in counters.REASON_CLASS} == counters.REASON_CLASS


def test_every_metric_is_described() -> None:
    for metric in (counters.REQUESTS, counters.EVENTS, counters.REJECTED, counters.UNAVAILABLE, counters.QUEUE):
        assert f"`{metric.describe()[0].name}" in TEXT


def test_limits_are_told_as_they_are() -> None:
    limits = Limits()
    size = f"over {limits.max_item_bytes:,} bytes as JSON; a text over {limits.max_text:,} characters"
    assert f"{size}, a name over {limits.max_name}; nested over {limits.max_depth} levels" in FLAT
    assert f"up to {MOST} requests or {MOST_ITEMS:,} items" in FLAT
    assert f"over {pace.MOST_SECONDS:g} seconds for its turn" in FLAT
    assert f"at most {pace.MOST_WAITING:,} items wait" in FLAT
