"""What a test declares for gross to net: stated, filled in at launch, frozen, and read back."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine

from experiments.domain.channel import Channel
from experiments.domain.errors import DomainError
from experiments.domain.holding import Relation
from experiments.domain.net_plan import NetPlan, SaleSet
from experiments.services import describe, experiments
from experiments.services.definitions import read_definition
from experiments.services.net_definition import ASSUMABLE
from experiments.services.sessions import reading, writing
from tests.scenes import EDITOR, NOW, document, draft, running, seed, stopped

PLAN = {"weeks": 4, "units_per_variant": 20_000, "looks": 2}


def test_launch_fills_in_what_nobody_stated_and_says_so(engine: Engine) -> None:
    with writing(engine) as session:
        seed(session)
        launched = running(session)
    net = launched.plan.net
    assert net is not None
    assert (net.promoted, net.protected) == (SaleSet((), (Relation.CROSS,)), SaleSet((), (Relation.UP,)))
    assert (net.horizon_days, net.early_days, net.return_days) == (28, 7, 14)
    assert net.assumed == ASSUMABLE
    assert not net.costs_stated
    with reading(engine) as session:
        assert experiments.by_key(session, launched.key).plan.net == net


def test_what_was_stated_stays_and_the_rest_follows(engine: Engine) -> None:
    stated = {"channels": ["app"], "horizon_days": 10, "second_cost": {"phone": 1.5}, "currency": "EUR"}
    with writing(engine) as session:
        seed(session)
        net = running(session, plan={**PLAN, "net": stated}).plan.net
    assert net is not None
    assert (net.channels, net.horizon_days, net.early_days, net.currency) == ((Channel.APP,), 10, 5, "EUR")
    assert net.second_cost == {Channel.PHONE: 1.5}
    assert net.assumed == ("promoted", "protected", "early_days", "return_days")


def test_the_last_units_are_waited_for(engine: Engine) -> None:
    with writing(engine) as session:
        seed(session)
        launched = running(session, plan={**PLAN, "net": {"horizon_days": 60, "return_days": 20}})
    assert launched.plan.maturation_days == 80


def test_a_launched_test_shows_a_document_that_reads_back(engine: Engine) -> None:
    with writing(engine) as session:
        seed(session)
        plan = {**PLAN, "net": {"cap": 50_000, "csat": {"low": 0, "high": 10, "dissatisfied": 6}}}
        found = stopped(session, plan=plan)
        shown = describe.experiment(found)
        assert shown["plan"]["net"]["assumed"] == list(ASSUMABLE)
        again = read_definition({name: shown[name] for name in document() if name in shown})
    assert again.plan.net == found.plan.net


def test_a_new_calculation_keeps_the_declaration(engine: Engine) -> None:
    with writing(engine) as session:
        seed(session)
        before = draft(session, plan={**PLAN, "net": {"currency": "EUR"}})
        bare = read_definition(document(plan={**PLAN, "weeks": 6})).plan
        after = experiments.set_plan(session, EDITOR, NOW, before.key, bare)
    assert after.plan.weeks == 6
    assert after.plan.net == before.plan.net


@pytest.mark.parametrize(
    ("net", "field"),
    [
        ({"promoted": {"families": ["no-such"]}}, "plan.net.promoted.families"),
        ({"horizon": 28}, "plan.net.horizon"),
        ({"channels": ["fax"]}, "plan.net.channels.0"),
        ({"second_cost": {"fax": 1}}, "plan.net.second_cost.fax"),
        ({"second_cost": {"phone": -1}}, "plan.net.second_cost.phone"),
        ({"early_days": 40}, "plan.net.early_days"),
        ({"expected_channels": ["web"]}, "plan.net.expected_channels"),
        ({"csat": {"dissatisfied": 9}}, "plan.net.csat.dissatisfied"),
        ({"promoted": {"relations": []}}, "plan.net.promoted"),
    ],
)
def test_what_cannot_be_is_refused_by_its_place(engine: Engine, net: dict[str, object], field: str) -> None:
    with writing(engine) as session:
        seed(session)
        with pytest.raises(DomainError) as refused:
            draft(session, plan={**PLAN, "net": net})
    assert refused.value.field == field


def test_the_usual_declaration_is_what_an_empty_table_says() -> None:
    read = read_definition(document(plan={**PLAN, "net": {}})).plan.net
    assert read == NetPlan(assumed=ASSUMABLE)
