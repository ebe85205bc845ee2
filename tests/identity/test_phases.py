"""A new phase draws everybody anew and has its own report; what people saw before can carry over, and that is told."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import Engine

from experiments.services import launch
from experiments.services.clock import DAY
from experiments.services.experiments import by_key
from experiments.store.engines import reading, writing
from tests.identity.worlds import END, deliver, shop
from tests.shop_world import ADMIN, START, Item, order, viewed


def in_phase(number: int, variant: str, at: int, visitor: str) -> Item:
    item = viewed(variant, at, anonymousId=visitor)
    return {**item, "properties": {**item["properties"], "phase": number}}


def test_who_was_in_an_earlier_phase_is_told_and_not_pooled(engine: Engine) -> None:
    """Of forty visitors of the second phase ten were in the first, where everybody had bought."""
    made = shop(engine, ["all-sales"])
    first = [in_phase(1, "entry", START + DAY, f"v{n}") for n in range(10)]
    first += [order(f"o{n}", "tv-1", START + DAY, anonymousId=f"v{n}") for n in range(10)]
    deliver(made, "shop", first, START + 2 * DAY)
    assert "earlier phase" not in " ".join(made.report(START + 10 * DAY).quality.notes)
    with writing(engine) as session:
        variants = by_key(session, "entry").phase.variants
        shares = [replace(variant, weight=w) for variant, w in zip(variants, (0.6, 0.4), strict=True)]
        launch.new_phase(session, ADMIN, START + 11 * DAY, "entry", variants=tuple(shares))
    second = [in_phase(2, ("control", "entry")[n % 2], START + 12 * DAY, f"v{n}") for n in range(40)]
    deliver(made, "shop", second, START + 13 * DAY)
    report = made.report(END)
    assert sum(variant.exposed for variant in report.variants) == 40
    assert all(row.variant_value in (0, None) for row in report.rows("entry")), "what was bought before is not pooled"
    assert "Phase 2: 10 of 40 exposed units (25.0%) were in an earlier phase." in " ".join(report.quality.notes)
    with reading(engine) as session:
        assert by_key(session, "entry").phase.number == 2
