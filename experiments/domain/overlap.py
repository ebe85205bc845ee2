"""Whether one customer can be in two audiences, and the channels in which an audience meets its people."""

from __future__ import annotations

from collections.abc import Callable

from experiments.domain.audience import Audience, Operator, Rule
from experiments.domain.channel import Channel

CHANNEL = "channel"
#: Facts of the customer and not of the visit: only these can keep a customer out of one of two tests everywhere.
LASTING = frozenset({"holdings", "segment", "customer_type", "country", "region"})


def can_share_a_customer(one: Audience, other: Audience) -> bool:
    """False only where two rules on a lasting fact exclude each other; what is not known is taken for possible."""
    return not any(
        _exclude(mine, theirs)
        for mine in one.rules
        for theirs in other.rules
        if mine.attribute == theirs.attribute and mine.attribute in LASTING
    )


def channels_stated(audience: Audience) -> tuple[Channel, ...]:
    """The channels that rules of the audience leave; empty where no rule speaks of channels."""
    rules = [rule for rule in audience.rules if rule.attribute == CHANNEL and rule.op in (Operator.IN, Operator.NOT_IN)]
    if not rules:
        return ()
    return tuple(
        channel
        for channel in Channel
        if all((channel.value in rule.values) == (rule.op is Operator.IN) for rule in rules)
    )


def _exclude(one: Rule, other: Rule) -> bool:
    return _no_value_fits(one, other) or _no_value_fits(other, one)


def _no_value_fits(one: Rule, other: Rule) -> bool:
    check = _CHECKS.get((one.op, other.op))
    return check is not None and check(one, other)


def _apart(one: Rule, other: Rule) -> bool:
    return not set(one.values) & set(other.values)


def _within(one: Rule, other: Rule) -> bool:
    return set(one.values) <= set(other.values)


def _below(one: Rule, other: Rule) -> bool:
    least, most = one.values[0], other.values[0]
    return isinstance(least, int | float) and isinstance(most, int | float) and least > most


def _always(_one: Rule, _other: Rule) -> bool:
    return True


#: (operator here, operator there) → whether no value fits both; `any_of` is about sets, which may hold several.
_CHECKS: dict[tuple[Operator, Operator], Callable[[Rule, Rule], bool]] = {
    (Operator.IN, Operator.IN): _apart,
    (Operator.IN, Operator.NOT_IN): _within,
    (Operator.ANY_OF, Operator.NONE_OF): _within,
    (Operator.GTE, Operator.LTE): _below,
    (Operator.EXISTS, Operator.MISSING): _always,
    (Operator.IN, Operator.MISSING): _always,
    (Operator.ANY_OF, Operator.MISSING): _always,
}
