"""Named, versioned definitions of what is measured, and the part each plays in a decision."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum, StrEnum

from experiments.domain.channel import Channel
from experiments.domain.checks import check_key, check_range, check_text
from experiments.domain.errors import DomainError
from experiments.domain.holding import Relation

MAX_WINDOW_DAYS = 730
MOST_AT_LEAST = 1_000


class Role(StrEnum):
    """What a metric is for in one experiment."""

    GOAL = "goal"
    GUARDRAIL = "guardrail"
    SECONDARY = "secondary"
    EXPLORATORY = "exploratory"


class Direction(IntEnum):
    """Whether more is better."""

    HIGHER = 1
    LOWER = -1


class MetricKind(StrEnum):
    """rate: share of units with at least one event; mean: a number per unit; ratio: one sum over another."""

    RATE = "rate"
    MEAN = "mean"
    RATIO = "ratio"


class EventKind(StrEnum):
    """Families of facts a metric can count; `sale` lines carry product, relation and channel."""

    SALE = "sale"
    CONTACT = "contact"
    SURVEY = "survey"
    CUSTOM = "custom"
    PAGE = "page"


class Value(StrEnum):
    """Which number of an event is summed per unit.

    orders: distinct orders, however many lines each has. net_score: of an answer from 0 to 10, 1 for a promoter (9 and
    10), -1 for a detractor (0 to 6), 0 between; over the answers it is the Net Promoter Score as a share.
    """

    COUNT = "count"
    QUANTITY = "quantity"
    REVENUE = "revenue"
    MARGIN = "margin"
    SECONDS = "seconds"
    NUMBER = "number"
    ORDERS = "orders"
    NET_SCORE = "net_score"


#: Values that are money, in minor units.
MONEY = frozenset({Value.REVENUE, Value.MARGIN})


#: Values that only one kind of event has.
_EVENT_OF = {Value.ORDERS: EventKind.SALE, Value.NET_SCORE: EventKind.SURVEY}


@dataclass(frozen=True, slots=True)
class EventFilter:
    """Which events count. Empty tuples mean: any.

    Args:
        kind: sales, contacts, surveys, custom events or page views.
        name: name of a custom event, or a path pattern with `*` for pages; None = any.
        relations, families, products, channels: for sales and contacts.
    """

    kind: EventKind
    name: str | None = None
    relations: tuple[Relation, ...] = ()
    families: tuple[str, ...] = ()
    products: tuple[str, ...] = ()
    channels: tuple[Channel, ...] = ()

    def __post_init__(self) -> None:
        """A custom event needs its name; product facts belong to sales."""
        if self.kind is EventKind.CUSTOM and not self.name:
            raise DomainError(
                "required", "metric.event.name is empty, a custom event needs its name.", "metric.event.name"
            )
        if self.kind is not EventKind.SALE and (self.relations or self.families or self.products):
            raise DomainError(
                "bad_filter",
                f"metric.event.kind == {self.kind.value!r}, relations, families and products need 'sale'.",
                "metric.event.kind",
            )


@dataclass(frozen=True, slots=True)
class Column:
    """One number per unit: a filter, what to sum, and a cap on a unit's total fixed before unblinding.

    Args:
        at_least: of a rate, the total from which a unit counts; 1 = any event at all.
    """

    event: EventFilter
    value: Value = Value.COUNT
    cap: float | None = None
    at_least: int = 1

    def __post_init__(self) -> None:
        """Check the cap, the least total, and that the value is one of the event."""
        if self.cap is not None:
            check_range(self.cap, "metric.cap", low=0, open_low=True)
        check_range(self.at_least, "metric.at_least", low=1, high=MOST_AT_LEAST)
        needed = _EVENT_OF.get(self.value)
        if needed is not None and self.event.kind is not needed:
            told = f"metric.value == {self.value.value!r}, must be of the event {needed.value}."
            raise DomainError("bad_filter", told, "metric.value")


@dataclass(frozen=True, slots=True)
class Metric:
    """A definition of which events, which number per unit, which window, which direction.

    Args:
        version: 1, 2, …; a changed definition is a new version and never the old one edited.
        window_days: days after first exposure that count.
        denominator: second column of a ratio metric.
        covariate_days: days before exposure whose same column serves as covariate; 0 = none.
        sources: keys of sources it accepts; empty = any trusted one, and browsers only while nothing better exists.
        return_days: days after an order in which a refund or a cancellation takes the sale back; 0 = never.
    """

    key: str
    name: str
    kind: MetricKind
    column: Column
    version: int = 1
    window_days: int = 28
    direction: Direction = Direction.HIGHER
    denominator: Column | None = None
    covariate_days: int = 0
    protected: bool = False
    description: str = ""
    sources: tuple[str, ...] = field(default=())
    return_days: int = 0

    def __post_init__(self) -> None:
        """Check every bound."""
        check_key(self.key, "metric.key")
        object.__setattr__(self, "name", check_text(self.name, "metric.name"))
        check_range(self.version, "metric.version", low=1)
        check_range(self.window_days, "metric.window_days", low=1, high=MAX_WINDOW_DAYS)
        check_range(self.covariate_days, "metric.covariate_days", low=0, high=MAX_WINDOW_DAYS)
        check_range(self.return_days, "metric.return_days", low=0, high=MAX_WINDOW_DAYS)
        if (self.kind is MetricKind.RATIO) != (self.denominator is not None):
            raise DomainError(
                "bad_metric",
                f"metric.kind == {self.kind.value!r}, a ratio and only a ratio has a denominator.",
                "metric.denominator",
            )
        if self.column.at_least > 1 and self.kind is not MetricKind.RATE:
            told = f"metric.at_least == {self.column.at_least}, must be 1 of anything but a rate."
            raise DomainError("bad_metric", told, "metric.at_least")

    def measured_in(self, currency: str) -> str | None:
        """What a value is: the currency for money, which facts hold in minor units, "s" for seconds, else None.

        Per unit of the test, or per what a ratio divides by; money per money is a plain number.
        """
        of = dict.fromkeys(MONEY, currency or None) | {Value.SECONDS: "s"}
        below = self.denominator.value if self.denominator else None
        return None if self.kind is MetricKind.RATE or below in of else of.get(self.column.value)

    @property
    def per_contact(self) -> bool:
        """True of a mean over contacts: who makes contact, and in which channel, is itself an effect of the offer.

        Such a mean compares different people and describes only; verdicts use totals per unit. Where agents are drawn,
        contacts reach both variants alike, and it may decide.
        """
        return self.denominator is not None and self.denominator.event.kind is EventKind.CONTACT


class Scale(StrEnum):
    """How a margin or an effect is written down."""

    RELATIVE = "relative"
    ABSOLUTE = "absolute"


@dataclass(frozen=True, slots=True)
class Margin:
    """The loss a guardrail accepts: a share of the control (relative) or a difference per unit (absolute)."""

    scale: Scale
    value: float

    def __post_init__(self) -> None:
        """A margin is above 0; a relative one is below 1."""
        high = 1.0 if self.scale is Scale.RELATIVE else float("inf")
        check_range(self.value, "margin.value", low=0, high=high, open_low=True, open_high=True)


@dataclass(frozen=True, slots=True)
class MetricUse:
    """A metric in one experiment, with its role and, for a guardrail, the agreed margin.

    Args:
        effect: smallest relative change of a goal worth finding; the plan is sized for it.
        measurable: False where this audience cannot make the sale, so that it never "holds".
        version: version of the definition, pinned at launch; None = the newest one.
    """

    metric: str
    role: Role
    margin: Margin | None = None
    effect: float | None = None
    measurable: bool = True
    version: int | None = None

    def __post_init__(self) -> None:
        """A guardrail needs a margin, and nobody else has one."""
        check_key(self.metric, "metrics.metric")
        if (self.role is Role.GUARDRAIL) != (self.margin is not None):
            wanted = "needs a margin; there is no default" if self.role is Role.GUARDRAIL else "has no margin"
            raise DomainError(
                "bad_margin",
                f"metrics.{self.metric}.role == {self.role.value!r}, {wanted}.",
                f"metrics.{self.metric}.margin",
            )
        if self.effect is not None:
            check_range(self.effect, f"metrics.{self.metric}.effect", low=0, open_low=True)
        if self.version is not None:
            check_range(self.version, f"metrics.{self.metric}.version", low=1)
