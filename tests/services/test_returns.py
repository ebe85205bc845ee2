"""Typed costs on both databases: kept, typed again, written down."""

from __future__ import annotations

from sqlalchemy import Engine

from experiments.domain.run_cost import RunCost
from experiments.services.returns import return_of_test, set_cost
from experiments.services.sessions import reading, writing
from experiments.store.catalogue import audit
from tests.shop_world import ADMIN, START, Shop


def test_a_cost_is_kept_and_typed_again(engine: Engine) -> None:
    Shop(engine)
    for hours in (8.0, 12.5):
        with writing(engine) as session:
            set_cost(session, ADMIN, START, "entry", RunCost(hours, 60, 99.5, "two designers"))
    with reading(engine) as session:
        found = return_of_test(session, "entry", START, "EUR")
        deeds = [one for one in audit.entries(session, key="entry") if one.action == "type cost"]
    assert (found.result.status, found.result.cost) == ("no_verdict", 849.5)
    assert found.cost == RunCost(12.5, 60, 99.5, "two designers")
    assert len(deeds) == 2
