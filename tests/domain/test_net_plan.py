from __future__ import annotations

import pytest

from experiments.domain.channel import Channel
from experiments.domain.errors import DomainError
from experiments.domain.holding import Relation
from experiments.domain.net_plan import CsatScale, NetPlan, SaleSet
from experiments.domain.plain import from_plain, to_plain
from experiments.domain.plan import Plan


def test_the_usual_declaration_is_cross_against_up_over_four_weeks():
    usual = NetPlan()
    assert usual.promoted == SaleSet(relations=(Relation.CROSS,))
    assert usual.protected == SaleSet(relations=(Relation.UP,))
    assert (usual.horizon_days, usual.early_days, usual.return_days) == (28, 7, 14)
    assert not usual.costs_stated


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"early_days": 28}, "net.early_days"),
        ({"early_days": 0}, "net.early_days"),
        ({"horizon_days": 1}, "net.horizon_days"),
        ({"return_days": -1}, "net.return_days"),
        ({"channels": ()}, "net.channels"),
        ({"expected_channels": (Channel.WEB,)}, "net.expected_channels"),
        ({"promoted": SaleSet()}, "net.promoted"),
        ({"second_cost": {Channel.PHONE: -1.0}}, "net.second_cost.phone"),
        ({"sale_cost": {Channel.STORE: float("nan")}}, "net.sale_cost.store"),
        ({"offer_cost": -1}, "net.offer_cost"),
        ({"cap": 0}, "net.cap"),
        ({"currency": "x" * 9}, "net.currency"),
    ],
)
def test_bounds_name_their_field(values, field):
    with pytest.raises(DomainError) as refused:
        NetPlan(**values)
    assert refused.value.field == field


def test_a_scale_of_answers_ascends():
    with pytest.raises(DomainError, match=r"net\.csat\.dissatisfied == 5"):
        CsatScale(1, 5, 5)


def test_a_plan_keeps_its_declaration_and_reads_older_ones_without():
    plan = Plan(net=NetPlan(second_cost={Channel.PHONE: 1.5}, cap=5_000.0, assumed=("currency",)))
    assert from_plain(Plan, to_plain(plan)) == plan
    older = {name: value for name, value in to_plain(Plan()).items() if name != "net"}
    assert from_plain(Plan, older).net is None
