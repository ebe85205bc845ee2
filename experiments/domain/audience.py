"""Who may enter a test: facts known before the draw, and the policy that protects customers from offers."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from experiments.domain.checks import check_json, check_range, check_text
from experiments.domain.errors import DomainError

Scalar = str | int | float | bool
VALUES_MAX = 16_384

#: Facts that a browser must not hold; a rule on them is evaluated on the server only.
PRIVATE_ATTRIBUTES = frozenset({"holdings", "open_severity", "offers_refused", "offers_seen"})


class Operator(StrEnum):
    """How an attribute is compared; the SDKs know the same words."""

    IN = "in"
    NOT_IN = "not_in"
    ANY_OF = "any_of"
    NONE_OF = "none_of"
    GTE = "gte"
    LTE = "lte"
    EXISTS = "exists"
    MISSING = "missing"


_WITHOUT_VALUES = frozenset({Operator.EXISTS, Operator.MISSING})
_NUMERIC = frozenset({Operator.GTE, Operator.LTE})


@dataclass(frozen=True, slots=True)
class Rule:
    """One condition on one attribute; all rules of an audience must hold."""

    attribute: str
    op: Operator
    values: tuple[Scalar, ...] = ()

    def __post_init__(self) -> None:
        """Check that the values fit the operator."""
        object.__setattr__(self, "attribute", check_text(self.attribute, "audience.attribute"))
        if (self.op in _WITHOUT_VALUES) == bool(self.values):
            wanted = "none" if self.op in _WITHOUT_VALUES else "at least one"
            raise DomainError(
                "bad_rule",
                f"audience.values has {len(self.values)} entries, {self.op.value} needs {wanted}.",
                "audience.values",
            )
        check_json(list(self.values), "audience.values", at_most=VALUES_MAX)
        if self.op in _NUMERIC and (len(self.values) != 1 or not _is_number(self.values[0])):
            raise DomainError(
                "bad_rule",
                f"audience.values == {list(self.values)}, {self.op.value} needs one number.",
                "audience.values",
            )

    @property
    def private(self) -> bool:
        """Whether a browser must not hold the fact this rule needs."""
        return self.attribute in PRIVATE_ATTRIBUTES


@dataclass(frozen=True, slots=True)
class OfferPolicy:
    """When an offer must not be made, whatever the draw would say.

    Args:
        not_with_open_issue: never to a customer with a serious issue open.
        not_offered_within_days: not again within so many days of the same offer; None switches it off.
        not_refused_within_days: not within so many days after the same offer was refused; None switches it off.
        only_if_qualified: only what the customer qualifies for.
        most_offers_in_30_days: frequency cap over all tests; None switches it off.
    """

    not_with_open_issue: bool = False
    not_offered_within_days: int | None = None
    only_if_qualified: bool = False
    most_offers_in_30_days: int | None = None
    not_refused_within_days: int | None = None

    def __post_init__(self) -> None:
        """Check the bounds of days and cap."""
        if self.not_offered_within_days is not None:
            check_range(self.not_offered_within_days, "policy.not_offered_within_days", low=1, high=730)
        if self.not_refused_within_days is not None:
            check_range(self.not_refused_within_days, "policy.not_refused_within_days", low=1, high=730)
        if self.most_offers_in_30_days is not None:
            check_range(self.most_offers_in_30_days, "policy.most_offers_in_30_days", low=1, high=1000)

    @property
    def empty(self) -> bool:
        """Whether nothing is restricted."""
        return self == OfferPolicy()


@dataclass(frozen=True, slots=True)
class Audience:
    """Rules that must all hold, in words for people, and the offer policy."""

    description: str = "Everyone"
    rules: tuple[Rule, ...] = ()
    policy: OfferPolicy = OfferPolicy()

    def __post_init__(self) -> None:
        """Check the description."""
        object.__setattr__(self, "description", check_text(self.description, "audience.description"))

    @property
    def remote(self) -> bool:
        """Whether eligibility needs facts that only the server holds."""
        return not self.policy.empty or any(rule.private for rule in self.rules)


def _is_number(value: Scalar) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
