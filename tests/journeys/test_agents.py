"""A test that draws agents of a contact centre, from the SDK over HTTP to the interval, against a hand computation.

Half of the agents work with another talk guide. What is compared are agents, each with all of their contacts: contacts
of one agent are alike, and an analysis that takes them for independent finds effects that are not there.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from sqlalchemy import Engine

from experiments.decision.analyse import build_report
from experiments.decision.report import Report
from experiments.decision.words import Verdict
from experiments.domain.product import Family, Product
from experiments.domain.source import Source, SourceKind
from experiments.services import catalogue, experiments, frozen, launch, project
from experiments.services.analyse import report_for
from experiments.services.analyse_events import input_from_events
from experiments.services.clock import DAY, now_us
from experiments.services.definitions import read_definition
from experiments.services.ingest import Limits, SourceInfo, accept
from experiments.services.metrics import metric_by_key, save_metric
from experiments.services.moments_asked import request_from_events
from experiments.services.ready_metrics import add_ready, missing_metrics
from experiments.services.sessions import reading, writing
from netlift import Client
from tests.scenes import ADMIN
from tests.served import Served, serving
from tests.shop_world import stamp

PATIENCE = 20.0
AGENTS, WINDOW = 28, 7
METRICS = (
    {"metric": "cross-sell-per-contact", "role": "goal", "effect": 0.2},
    {"metric": "up-sell-per-contact", "role": "guardrail", "margin": {"relative": 0.5}},
    {"metric": "handle-time-per-contact", "role": "guardrail", "margin": {"relative": 0.2}},
)
DEFINITION: dict[str, Any] = {
    "key": "talk-guide", "name": "Talk guide", "hypothesis": "It says when to ask.", "unit": "agent",
    "variants": [{"key": "control", "weight": 0.5}, {"key": "guide", "weight": 0.5, "payload": {"guide": "v2"}}],
    "metrics": list(METRICS), "plan": {"weeks": 2, "looks": 1, "units_per_variant": 14, "maturation_days": WINDOW},
}  # fmt: skip


@dataclass
class Centre:
    """The contact centre's own system: it asks for variants and tells contacts and sales, at its own pace."""

    served: Served
    start: int
    shown: dict[str, str] = field(default_factory=dict)
    contacts: list[dict[str, Any]] = field(default_factory=list)
    sales: list[dict[str, Any]] = field(default_factory=list)
    at: int = 0

    def client(self, key: str) -> Client:
        def clock() -> datetime:
            return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=self.at)

        made = Client(key, self.served.address, timeout=10, flush_interval=0.05, clock=clock)
        assert made.wait_ready(PATIENCE)
        return made

    def work(self, desk: Client, random: np.random.Generator) -> None:
        """Agents sign in on the first days; then calls come in, mostly to the agents of one team, and some buy."""
        for number in range(AGENTS):
            self.at = self.start + (number % 3) * DAY + DAY // 3
            agent = f"agent-{number}"
            self.shown[agent] = desk.variant("talk-guide", agent_id=agent)
            self._shift(desk, agent, self.at, random)

    def _shift(self, desk: Client, agent: str, since: int, random: np.random.Generator) -> None:
        pace, skill = 550 + 120 * random.normal(), 0.25 * math.exp(0.4 * random.normal())
        for call in range(5 + int(random.poisson(18))):
            self.at = since + int(random.uniform(0.01, 9.5) * DAY)
            customer = f"customer-{random.integers(120)}"
            seconds = max(20, round(pace + 150 * random.normal()))
            told = {"channel": "phone", "handle_seconds": seconds, "agent_id": agent}
            desk.track("Contact Handled", user_id=customer, properties=told)
            late = self.at - since >= WINDOW * DAY
            self.contacts.append({"agent": agent, "customer": customer, "seconds": seconds, "late": late})
            if random.random() < skill:
                self._sell(desk, f"order-{agent}-{call}", agent, customer, random, late=late)

    def _sell(
        self, desk: Client, order: str, agent: str, customer: str, random: np.random.Generator, *, late: bool
    ) -> None:
        product = str(random.choice(["tv-1", "mobile-2", "mobile-1"]))
        lines = [{"product_id": product, "price": 10}]
        desk.order(order, lines, channel="phone", user_id=customer, properties={"agent_id": agent})
        known = int(customer.removeprefix("customer-")) < 60
        relation = {"tv-1": "cross", "mobile-2": "up"}.get(product, "same") if known else "unknown"
        self.sales.append({"agent": agent, "relation": relation, "late": late})

    def portfolio(self) -> None:
        """Half of the customers are known to hold a small mobile plan, from a file that covers everybody."""
        told = {"type": "identify", "timestamp": stamp(self.start - 2 * DAY), "traits": {"holdings": ["mobile-1"]}}
        rows = [{**told, "userId": f"customer-{number}"} for number in range(60)]
        with writing(self.served.engine) as session:
            source = Source("portfolio", "Portfolio", SourceKind.IMPORT, complete=True)
            code = catalogue.save_source(session, ADMIN, self.start, source)
        info = SourceInfo(code, source.key, source.kind, source.environment)
        accept(self.served.engine, info, rows, id_key=b"for tests", now=now_us(), limits=Limits())

    def lie(self, browser: Client) -> None:
        """What a public key says of agents counts for nobody."""
        self.at = self.start + 3 * DAY
        for number in range(40):
            told = {"channel": "phone", "handle_seconds": 5, "agent_id": "agent-1"}
            browser.track("Contact Handled", anonymous_id=f"visitor-{number}", properties=told)


@pytest.fixture
def centre(engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Centre]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    start = now_us() - 25 * DAY
    with serving(engine, tmp_path) as served:
        with writing(engine) as session:
            for ready in missing_metrics(session):
                add_ready(session, ADMIN, start, ready.key)
            for used in METRICS:
                known = metric_by_key(session, str(used["metric"]))
                save_metric(session, ADMIN, start, replace(known, window_days=WINDOW, return_days=0))
            for key in ("mobile", "tv"):
                catalogue.save_family(session, ADMIN, start, Family(key, key))
                for tier in (1, 2):
                    product = Product(f"{key}-{tier}", key, key, tier, 1_000 * tier, 400 * tier, 12)
                    catalogue.save_product(session, ADMIN, start, product, valid_from=0)
            experiments.create(session, ADMIN, start, read_definition(DEFINITION), salt="guide-1")
            launch.launch(session, ADMIN, start, "talk-guide")
        yield Centre(served, start)


def test_agents_are_drawn_work_and_are_compared_as_agents(centre: Centre) -> None:
    desk, browser = centre.client(centre.served.server), centre.client(centre.served.page)
    try:
        centre.portfolio()
        centre.work(desk, np.random.default_rng(5))
        assert browser.variant("talk-guide", agent_id="agent-1", default="none") == "none", "no page knows the test"
        centre.lie(browser)
        assert desk.flush(PATIENCE)
        assert browser.flush(PATIENCE)
    finally:
        for client in (desk, browser):
            client.close(PATIENCE)
    report = analysed(centre)
    check_numbers(report, centre)
    check_quality(report, centre)
    check_frozen(report, centre)


def analysed(centre: Centre) -> Report:
    now = now_us()
    project.run_all(centre.served.engine, now)
    with reading(centre.served.engine) as session:
        report = report_for(session, "talk-guide", now=now)
    assert report.look.is_look
    return report


def check_numbers(report: Report, centre: Centre) -> None:
    """Every value and interval is that of the table of agents, and not that of the contacts."""
    table = table_of(centre)
    assert [v.exposed for v in report.variants] == [int((table.variant == v.key).sum()) for v in report.variants]
    for row in report.metrics:
        wanted = {"cross-sell-per-contact": "cross", "up-sell-per-contact": "up"}.get(row.metric, "seconds")
        control, variant, lo, hi = by_hand(table, wanted)
        assert row.control_value == pytest.approx(control, rel=1e-9)
        assert row.absolute.point == pytest.approx(variant - control, rel=1e-9)
        assert (row.absolute.lo, row.absolute.hi) == pytest.approx((lo, hi), rel=1e-9)
    seconds = next(row for row in report.metrics if row.metric == "handle-time-per-contact")
    naive = as_if_independent(centre)
    width = (seconds.absolute.hi or 0.0) - (seconds.absolute.lo or 0.0)
    assert width > 1.5 * 2 * naive, "the spread between agents is in the interval"


def table_of(centre: Centre) -> pd.DataFrame:
    """One row per agent: variant, contacts, seconds, orders by relation, all inside the agent's own window."""
    table = pd.DataFrame({"variant": pd.Series(centre.shown)})
    contacts = pd.DataFrame([one for one in centre.contacts if not one["late"]]).groupby("agent")
    sales = pd.DataFrame([one for one in centre.sales if not one["late"]])
    table["contacts"] = contacts.size()
    table["seconds"] = contacts.seconds.sum()
    for relation in ("cross", "up"):
        table[relation] = sales[sales.relation == relation].groupby("agent").size()
    return table.fillna({"contacts": 0, "seconds": 0, "cross": 0, "up": 0})


def by_hand(table: pd.DataFrame, column: str) -> tuple[float, float, float, float]:
    """(control, variant, lower, upper): residuals of each agent around the ratio, then Welch's t between agents.

    Agents with many contacts pull the ratio towards themselves: their share h of the contacts says how much of the
    variance is left, with the cubes of lognormal sizes, and how many even agents say as much.
    """
    ratios, variances, freedom = [], [], []
    for variant in ("control", "guide"):
        rows = table[table.variant == variant]
        ratio = rows[column].sum() / rows.contacts.sum()
        residuals = (rows[column] - ratio * rows.contacts) / rows.contacts.mean()
        ratios.append(ratio)
        squares = ((rows.contacts / rows.contacts.sum()) ** 2).sum()
        cubes = squares**3 * len(rows)
        left = len(rows) / (len(rows) - 1) * (1 - 2 * cubes / squares + squares)
        variances.append((residuals**2).sum() / (len(rows) - 1) / len(rows) / left)
        freedom.append(1 / squares - 1)
    se = math.sqrt(sum(variances))
    df = se**4 / sum(variance**2 / degrees for variance, degrees in zip(variances, freedom, strict=True))
    half = stats.t.ppf(0.975, df) * se
    delta = ratios[1] - ratios[0]
    return ratios[0], ratios[1], delta - half, delta + half


def as_if_independent(centre: Centre) -> float:
    """Half the interval of handling time that a comparison of contacts would print."""
    rows = pd.DataFrame([one for one in centre.contacts if not one["late"]])
    arms = rows.seconds.groupby(rows.agent.map(centre.shown))
    return float(1.96 * math.sqrt((arms.var() / arms.size()).sum()))


def check_frozen(report: Report, centre: Centre) -> None:
    """The report can be had again from the rows of the agents alone."""
    now = now_us()
    with reading(centre.served.engine) as session:
        test = experiments.by_key(session, "talk-guide")
        table = frozen.take(session, request_from_events(session, test, now), input_from_events(session, test, now))
    again = build_report(frozen.input_of(table))
    assert (table.rows, again.quality.handled) == (AGENTS, report.quality.handled)
    for mine, theirs in zip(again.metrics, report.metrics, strict=True):
        assert mine.absolute.lo == pytest.approx(theirs.absolute.lo, rel=1e-9)
        assert mine.verdict is theirs.verdict


def check_quality(report: Report, centre: Centre) -> None:
    """Few agents are named as few, customers who met both guides are counted, and no browser moves a number."""
    rows = pd.DataFrame([one for one in centre.contacts if not one["late"]])
    met = rows.agent.map(centre.shown).groupby(rows.customer).nunique()
    told = report.quality.handled
    assert told is not None
    assert (told.customers, told.in_both) == (len(met), int((met > 1).sum()))
    assert (told.contacts, told.unnamed, told.inside) == (len(centre.contacts) + 40, 40, len(centre.contacts))
    notes = " ".join(report.quality.notes)
    assert "agents in the smallest variant, below 20" in notes
    assert "served by agents of several variants" in notes
    assert "name no agent" in notes
    assert report.gross_to_net is None
    assert Verdict.NOT_TESTABLE not in {row.verdict for row in report.metrics}
