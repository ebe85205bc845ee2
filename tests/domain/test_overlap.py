"""Whether one customer can be in two audiences: only rules on lasting facts keep somebody out of one of them."""

from __future__ import annotations

import pytest

from experiments.domain.audience import Audience, Operator, Rule
from experiments.domain.overlap import can_share_a_customer

TV, MOBILE = Rule("holdings", Operator.ANY_OF, ("tv",)), Rule("holdings", Operator.ANY_OF, ("tv", "mobile"))


def segment(op: Operator, *values: str | float) -> Rule:
    return Rule("segment", op, values)


@pytest.mark.parametrize(
    ("one", "other", "shared"),
    [
        (TV, Rule("holdings", Operator.NONE_OF, ("tv",)), False),
        (TV, Rule("holdings", Operator.NONE_OF, ("tv", "mobile")), False),
        (MOBILE, Rule("holdings", Operator.NONE_OF, ("tv",)), True),
        (TV, Rule("holdings", Operator.MISSING), False),
        (TV, MOBILE, True),
        (segment(Operator.IN, "a"), segment(Operator.IN, "b"), False),
        (segment(Operator.IN, "a", "b"), segment(Operator.IN, "b"), True),
        (segment(Operator.IN, "a"), segment(Operator.NOT_IN, "a"), False),
        (segment(Operator.IN, "a", "b"), segment(Operator.NOT_IN, "a"), True),
        (segment(Operator.GTE, 6), segment(Operator.LTE, 5), False),
        (segment(Operator.GTE, 5), segment(Operator.LTE, 5), True),
        # Who comes by web today may call tomorrow.
        (Rule("channel", Operator.IN, ("web",)), Rule("channel", Operator.IN, ("phone",)), True),
        (segment(Operator.IN, "a"), Rule("region", Operator.IN, ("b",)), True),
    ],
)
def test_who_can_be_in_both(one: Rule, other: Rule, shared: bool) -> None:
    assert can_share_a_customer(Audience(rules=(one,)), Audience(rules=(other,))) is shared
    assert can_share_a_customer(Audience(rules=(other,)), Audience(rules=(one,))) is shared
