"""What history says of agents, against a hand computation over the same contacts."""

from __future__ import annotations

import json
from math import sqrt

import numpy as np
import pytest
from sqlalchemy import Engine

from experiments.decision.sizing import Sizing, size_test
from experiments.domain.errors import DomainError
from experiments.domain.experiment import UnitKind
from experiments.domain.metric import Direction
from experiments.services.clock import DAY
from experiments.services.history import Lookback, look_back
from experiments.services.measuring import Asked, read_history
from experiments.services.project import run_all
from experiments.services.ready_metrics import add_ready, missing_metrics
from experiments.store.engines import reading, writing
from tests.scenes import seed
from tests.shop_world import ADMIN, START, WEEK, Item, Shop, stamp

METRICS = (
    {"metric": "sales-per-contact", "role": "goal", "effect": 0.2},
    {"metric": "handle-time-per-contact", "role": "guardrail", "margin": {"relative": 0.1}},
)
NOW = START + 2 * WEEK
KEY = "handle-time-per-contact"
AGENTS = Lookback(unit=UnitKind.AGENT, days=7, until=NOW)


def contact(at: int, agent: int, seconds: int) -> Item:
    """A call of somebody unknown that an agent handled."""
    told = {"channel": "phone", "handle_seconds": seconds, "agent_id": f"agent-{agent}"}
    message = f"c-{agent}-{at}"
    return {
        "type": "track", "event": "Contact Handled", "messageId": message, "timestamp": stamp(at), "properties": told,
        "userId": f"customer-{at % 500}",
    }  # fmt: skip


def calls() -> list[tuple[int, int, int]]:
    """(instant, agent, seconds) over two weeks: a fifth of the variance of a contact lies between agents."""
    random, found = np.random.default_rng(4), []
    for agent in range(40):
        pace = 600 + 200 * sqrt(0.2) * random.normal()
        times = START + np.sort(random.integers(0, 2 * WEEK, 20 + 4 * (agent % 10)))
        found += [(int(at), agent, max(20, round(pace + 200 * sqrt(0.8) * random.normal()))) for at in times]
    return found


@pytest.fixture
def shop(engine: Engine) -> Shop:
    with writing(engine) as session:
        seed(session)
        for metric in missing_metrics(session):
            add_ready(session, ADMIN, START, metric.key)
    made = Shop(engine, unit="agent", metrics=METRICS)
    made.send("shop", [contact(*call) for call in calls()], NOW)
    run_all(engine, NOW)
    return made


def test_spread_contacts_and_correlation_of_agents_are_measured(shop: Shop) -> None:
    with reading(shop.engine) as session:
        found = look_back(session, [KEY], AGENTS, NOW)
    [metric] = found.metrics
    sums, counts = by_hand()
    ratio = sums.sum() / counts.sum()
    sd = ((sums - ratio * counts) / counts.mean()).std(ddof=1)
    assert found.units == len(counts)
    assert (metric.baseline, metric.sd) == pytest.approx((ratio, sd), rel=1e-9)
    told = metric.of_agents
    assert told is not None
    assert told.contacts == pytest.approx(counts.mean())
    assert told.cv == pytest.approx(counts.std(ddof=1) / counts.mean())
    assert told.sd == pytest.approx(np.std([seconds for _, _, seconds in calls()], ddof=1))
    assert told.icc == pytest.approx(0.2, abs=0.07)
    assert found.to_dict()["metrics"][0]["of_agents"]["icc"] == told.icc
    assert read_history(json.loads(json.dumps(found.to_dict())), Asked((KEY,), AGENTS)) == found


def by_hand() -> tuple[np.ndarray, np.ndarray]:
    """Seconds and contacts of each agent who was first seen in the first week, in the week behind that contact."""
    first: dict[int, int] = {}
    for at, agent, _ in sorted(calls()):
        first.setdefault(agent, at)
    early = {agent: at for agent, at in first.items() if at < START + 7 * DAY}
    inside = [(agent, s) for at, agent, s in calls() if agent in early and early[agent] < at < early[agent] + WEEK]
    agents = sorted(early)
    sums = np.array([sum(s for who, s in inside if who == agent) for agent in agents], dtype=float)
    return sums, np.array([sum(who == agent for who, _ in inside) for agent in agents], dtype=float)


def test_a_plan_from_history_is_one_of_few_units(shop: Shop) -> None:
    with reading(shop.engine) as session:
        known = look_back(session, [KEY], AGENTS, NOW).known(KEY)
    assert known.direction is Direction.LOWER
    goal = known.goal(-0.1)
    few, many = (size_test(Sizing((goal,), (), 1000, few=few)) for few in (True, False))
    assert few.line(KEY).n_control > many.line(KEY).n_control


@pytest.mark.parametrize("change", [{"page": "/tv/*"}, {"holds": ("tv",)}, {"lacks": ("tv",)}])
def test_pages_and_holdings_are_not_of_agents(shop: Shop, change: dict[str, object]) -> None:
    wanted = Lookback(unit=UnitKind.AGENT, days=7, until=NOW, **change)  # type: ignore[arg-type]
    with reading(shop.engine) as session, pytest.raises(DomainError, match="must be empty where agents"):
        look_back(session, [KEY], wanted, NOW)
