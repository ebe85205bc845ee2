"""Returns and cancellations from a file take a sale back at the same age in both arms, through to the moments."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine

from experiments.domain.environment import Environment
from experiments.domain.product import Family, Product
from experiments.domain.source import Source, SourceKind
from experiments.services import catalogue, experiments
from experiments.services.analyse_events import input_from_events
from experiments.services.import_events.parse import read_spec
from experiments.services.import_events.take_in import take_in
from experiments.services.ingest import Limits, SourceInfo, accept
from experiments.services.project import run_all
from experiments.services.sessions import reading, writing
from tests.intake_world import ID_KEY, around, quiet
from tests.scenes import ADMIN, EDITOR, NOW, running, seed

DAY = 86_400_000_000
#: All windows (28 days and 14 for returns) have closed.
END = NOW + 60 * DAY
METRICS = [
    {"metric": "all-sales", "role": "goal", "effect": 0.1},
    {"metric": "revenue", "role": "guardrail", "margin": {"relative": 0.5}},
]
ARMS = ("control", "personal-entry")
#: What becomes of the order of each customer: (kind, days after the order), None = nothing.
FATES = (None, ("refund", 13.9), ("refund", 14.1), ("cancellation", 1), ("one of two", 3))


def iso(instant: float) -> str:
    return datetime.fromtimestamp(instant / 1e6, UTC).isoformat()


def test_only_what_came_back_within_the_window_of_its_order_is_taken_off(engine: Engine, tmp_path: Path) -> None:
    with writing(engine) as session:
        seed(session)
        shop = catalogue.save_source(session, EDITOR, NOW, Source("shop", "Shop", SourceKind.SERVER))
        catalogue.save_family(session, EDITOR, NOW, Family("tv", "TV"))
        catalogue.save_product(session, EDITOR, NOW, Product("tv-1", "TV", "tv", 1, 1_000, 400, 12))
        running(session, unit="customer", metrics=METRICS)
    exposures, orders, refunds = [], [], []
    for arm, variant in enumerate(ARMS):
        for number, fate in enumerate(FATES):
            who, exposed = f"{variant}-{number}", NOW + (1 + arm) * DAY
            seen = {"experiment_id": "tv-entry", "variation_id": variant, "phase": 1, "reason": "SPLIT"}
            exposures.append({"type": "track", "event": "Experiment Viewed", "messageId": who, "userId": who,
                              "timestamp": iso(exposed), "properties": seen})  # fmt: skip
            # the second arm buys late in its window: what counts is the age of the return, not of the exposure
            at = exposed + (2 if arm == 0 else 27) * DAY
            orders.append(f"O{who},{iso(at)},{who},tv-1,2")
            if fate is not None:
                action, days = fate
                part = "tv-1,1" if action == "one of two" else ","
                kind = "refund" if action == "one of two" else action
                refunds.append(f"O{who},{iso(at + days * DAY)},{part},{kind}")
    source = SourceInfo(shop, "shop", SourceKind.SERVER, Environment.PRODUCTION)
    accept(engine, source, exposures, id_key=ID_KEY, now=END, limits=Limits())
    common = {"source": {"key": "office", "name": "Office", "watermark": "none"}}
    fields = {"order_id": "order", "timestamp": "at", "product": "sku", "quantity": "n"}
    _take(engine, tmp_path / "orders.csv", "order,at,who,sku,n", orders,
          {"holds": "orders", "columns": {**fields, "user_id": "who"}, **common})  # fmt: skip
    _take(engine, tmp_path / "refunds.csv", "order,at,sku,n,kind", refunds,
          {"holds": "refunds", "columns": {**fields, "action": "kind"}, **common})  # fmt: skip
    run_all(engine, END)
    with reading(engine) as session:
        found = input_from_events(session, experiments.by_key(session, "tv-entry"), END)
    for variant in ARMS:
        moments = found.moments[variant]
        means = dict(zip(moments.columns, moments.mean, strict=True))
        assert moments.n == 5
        # kept whole: nothing and a late return; half: one of two; none: a return in time and a cancellation
        assert means["all-sales"] == 3 / 5
        assert means["revenue"] == (2_000 + 2_000 + 1_000) / 5


def _take(engine: Engine, path: Path, head: str, rows: list[str], document: dict[str, object]) -> None:
    path.write_text("\n".join([head, *rows]) + "\n")
    taken = take_in(around(engine, END), path, read_spec(document), ADMIN, progress=quiet)
    assert (taken.report["new"], taken.report["refused"]) == (len(rows), 0)
