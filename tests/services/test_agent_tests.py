"""What a test that draws agents may ask, who may name an agent, and what is kept when one is forgotten."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, func, select

from experiments.domain.environment import Environment
from experiments.domain.errors import DomainError
from experiments.domain.ids import hash_id
from experiments.services import experiments, privacy
from experiments.services.clock import DAY
from experiments.services.definitions import read_definition
from experiments.services.project import rebuild, run_all
from experiments.services.publish import published_config
from experiments.services.ready_metrics import add_ready, missing_metrics
from experiments.store.engines import reading, writing
from experiments.store.tables import EventRow, ExposureRow, OutcomeRow, QuarantineRow, TallyRow
from tests.scenes import EDITOR, document, seed
from tests.shop_world import ADMIN, HOUR, ID_KEY, START, WEEK, Item, Shop, order, stamp, viewed

NOW = START + 3 * WEEK
METRICS = (
    {"metric": "sales-per-contact", "role": "goal", "effect": 0.2},
    {"metric": "handle-time-per-contact", "role": "guardrail", "margin": {"relative": 0.5}},
)
BO, CLEO = "agent-bo-0815", "agent-cleo-4711"


def contact(at: int, agent: Any, *, name: str = "agent_id", **ids: str) -> Item:
    """A call that somebody handled."""
    properties = {"channel": "phone", "handle_seconds": 300, name: agent}
    message = f"c-{at}-{agent}-{'-'.join(ids.values())}"
    return {
        "type": "track", "event": "Contact Handled", "messageId": message, "timestamp": stamp(at),
        "properties": properties, **ids,
    }  # fmt: skip


def exposed(variant: str, at: int, agent: str) -> Item:
    """An agent who works under a variant; the event names nobody else."""
    told = viewed(variant, at, message=f"e-{agent}-{at}")
    return {**told, "properties": {**told["properties"], "agent_id": agent}}


def sold(name: str, at: int, agent: str, **ids: str) -> Item:
    """A sale by phone."""
    told = order(name, "tv-1", at, channel="phone", **ids)
    return {**told, "properties": {**told["properties"], "agent_id": agent}}


@pytest.fixture
def shop(engine: Engine) -> Shop:
    with writing(engine) as session:
        seed(session)
        for metric in missing_metrics(session):
            add_ready(session, ADMIN, START, metric.key)
    made = Shop(engine, unit="agent", metrics=METRICS)
    made.send(
        "shop",
        [
            exposed("control", START + HOUR, BO),
            exposed("entry", START + HOUR, CLEO),
            contact(START + DAY, BO, userId="anna-123"),
            contact(START + DAY, CLEO, userId="anna-123"),
            sold("order-1", START + DAY, BO, userId="anna-123"),
        ],
        START + DAY + HOUR,
    )
    run_all(engine, NOW)
    return made


def handled(shop: Shop) -> dict[int | None, int]:
    with reading(shop.engine) as session:
        query = select(OutcomeRow.agent, func.count()).group_by(OutcomeRow.agent)
        return {agent: int(n) for agent, n in session.execute(query)}


def test_servers_name_agents_and_browsers_do_not(shop: Shop) -> None:
    assert handled(shop) == {hash_id("agent", BO, ID_KEY): 2, hash_id("agent", CLEO, ID_KEY): 1}
    shop.send("web", [contact(START + DAY, BO, anonymousId="browser-1")], START + DAY + HOUR)
    refused = shop.try_send("web", [exposed("control", START + DAY, BO)], START + DAY + HOUR)
    assert [item.reason for item in refused.rejected] == ["no_id"], "a browser's agent is nobody"
    run_all(shop.engine, NOW)
    assert handled(shop)[None] == 1
    with reading(shop.engine) as session:
        tally = dict(session.execute(select(TallyRow.reason, TallyRow.count)).all())
        bodies = " ".join(session.scalars(select(EventRow.body)))
    assert tally["untrusted_agent"] == 1
    assert BO not in bodies
    assert CLEO not in bodies


@pytest.mark.parametrize(
    ("name", "agent"), [("agentId", BO), ("employee_id", BO), ("agent_id", 815), ("agent_id", " ")]
)
def test_other_spellings_name_nobody_and_are_not_kept(shop: Shop, name: str, agent: Any) -> None:
    shop.send("shop", [contact(START + 2 * DAY, agent, name=name, userId="bert-123")], START + 3 * DAY)
    run_all(shop.engine, NOW)
    assert handled(shop)[None] == 1
    with reading(shop.engine) as session:
        body = session.scalars(select(EventRow.body).order_by(EventRow.seq.desc())).first()
    assert body is not None
    assert str(agent).strip() == "" or str(agent) not in body


def test_facts_are_the_same_after_a_rebuild(shop: Shop) -> None:
    before = handled(shop)
    rebuild(shop.engine, NOW)
    assert handled(shop) == before
    with reading(shop.engine) as session:
        assert set(session.scalars(select(ExposureRow.unit))) == {hash_id("agent", who, ID_KEY) for who in (BO, CLEO)}


def test_a_refused_item_keeps_its_agent_as_a_hash_for_the_replay(shop: Shop) -> None:
    broken = {**sold("", START + DAY, BO, userId="anna-123"), "messageId": "broken"}
    shop.try_send("shop", [broken], START + 2 * DAY)
    with reading(shop.engine) as session:
        agent, body = session.execute(select(QuarantineRow.agent, QuarantineRow.body)).one()
    assert agent == hash_id("agent", BO, ID_KEY)
    assert BO not in body


def test_an_agent_is_forgotten_and_what_customers_did_stays(shop: Shop, tmp_path: Path) -> None:
    told = privacy.export(shop.engine, ADMIN, NOW, "agent", BO, id_key=ID_KEY)
    assert {"event", "exposure", "outcome", "order_claim"} == set(told["tables"])
    assert all("customer" not in row for row in told["tables"]["outcome"]), "whom they served is not theirs to have"
    done = privacy.erase(shop.engine, ADMIN, NOW, "agent", BO, id_key=ID_KEY, folder=tmp_path)
    assert done.rows["exposure"] == 1
    assert done.unnamed >= 5
    assert handled(shop) == {hash_id("agent", CLEO, ID_KEY): 1, None: 2}
    assert privacy.export(shop.engine, ADMIN, NOW, "agent", BO, id_key=ID_KEY)["tables"] == {}
    late = [contact(START + 2 * DAY, BO, userId="anna-123"), exposed("control", START + 2 * DAY, BO)]
    shop.send("shop", late, NOW + HOUR)
    run_all(shop.engine, NOW + HOUR)
    rebuild(shop.engine, NOW + HOUR)
    assert handled(shop) == {hash_id("agent", CLEO, ID_KEY): 1, None: 3}, "what arrives late names nobody either"
    with reading(shop.engine) as session:
        assert list(session.scalars(select(ExposureRow.unit))) == [hash_id("agent", CLEO, ID_KEY)]
        assert hash_id("agent", BO, ID_KEY) not in set(session.scalars(select(EventRow.agent)))


def test_no_browser_reads_a_test_of_agents(shop: Shop) -> None:
    with reading(shop.engine) as session:
        found = {
            private: published_config(session, Environment.PRODUCTION, private=private) for private in (False, True)
        }
    seen = {private: [each["key"] for each in config.document["experiments"]] for private, config in found.items()}
    assert seen == {False: [], True: ["entry"]}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"metrics": [{"metric": "cross-sell", "role": "goal"}]}, "metrics.0.metric"),
        ({"audience": {"policy": {"not_with_open_issue": True}}}, "audience"),
        ({"plan": {"weeks": 4, "looks": 2, "units_per_variant": 30}}, "plan.looks"),
    ],
)
def test_what_cannot_be_had_of_agents_is_refused(sqlite_engine: Engine, change: dict[str, Any], field: str) -> None:
    fits = {"unit": "agent", "metrics": list(METRICS), "plan": {"weeks": 4, "looks": 1, "units_per_variant": 30}}
    with writing(sqlite_engine) as session:
        seed(session)
        for metric in missing_metrics(session):
            add_ready(session, ADMIN, START, metric.key)
        experiments.create(session, EDITOR, START, read_definition(document("fits", **fits)))
        with pytest.raises(DomainError) as caught:
            experiments.create(session, EDITOR, START, read_definition(document(**{**fits, **change})))
    assert (caught.value.code, caught.value.field) == ("not_of_agents", field)
