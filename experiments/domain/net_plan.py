"""What a test declares before launch so that its gain can be followed from gross to net."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from experiments.domain.channel import Channel
from experiments.domain.checks import check_key, check_range, check_text, check_unique
from experiments.domain.errors import DomainError
from experiments.domain.holding import Relation
from experiments.domain.metric import MAX_WINDOW_DAYS

HORIZON_DAYS = 28
EARLY_DAYS = 7
RETURN_DAYS = 14
MAX_FAMILIES = 60
#: Minor units: costs of a second, a sale or an offer, and the cap of one unit.
MAX_COST = 10**9
CURRENCY_MAX = 8


@dataclass(frozen=True, slots=True)
class SaleSet:
    """Sales by family bought and by relation to the holdings frozen at first exposure.

    Args:
        families: keys; empty = any family.
        relations: empty = any relation, `unknown` included.
    """

    families: tuple[str, ...] = ()
    relations: tuple[Relation, ...] = ()

    def __post_init__(self) -> None:
        """Keys of families, each once."""
        for key in self.families:
            check_key(key, "net.families")
        check_unique(self.families, "net.families")
        check_unique(self.relations, "net.relations")
        check_range(len(self.families), "net.families", high=MAX_FAMILIES)

    @property
    def empty(self) -> bool:
        """Whether nothing is restricted, so that every sale is in it."""
        return not self.families and not self.relations


PROMOTED = SaleSet(relations=(Relation.CROSS,))
PROTECTED = SaleSet(relations=(Relation.UP,))


@dataclass(frozen=True, slots=True)
class CsatScale:
    """The scale answers are given on, and up to which answer somebody is dissatisfied."""

    low: float = 1.0
    high: float = 5.0
    dissatisfied: float = 2.0

    def __post_init__(self) -> None:
        """The three must ascend."""
        check_range(self.low, "net.csat.low", low=-100, high=100)
        check_range(self.high, "net.csat.high", low=self.low, high=1000, open_low=True)
        check_range(self.dissatisfied, "net.csat.dissatisfied", low=self.low, high=self.high, open_high=True)


@dataclass(frozen=True, slots=True)
class NetPlan:
    """One declaration from which every column of the waterfall, the matrices, the curve and the service costs follow.

    A sale is classed by the first that matches: the promoted set, the protected set, everything else.

    Args:
        promoted: what the offer is for.
        protected: what the offer could take away.
        channels: where this test shows the offer; every other channel is "other channels".
        expected_channels: other channels that must have delivered sales before the step "other channels" counts as
            measured; empty = at least one of them.
        horizon_days: days after first exposure whose orders count.
        early_days: days of the early window, below the horizon; the gross gain counts these only.
        return_days: days after an order in which a refund takes it back.
        second_cost: minor units per handled second, by channel; a channel left out costs nothing.
        sale_cost: minor units per order, by channel.
        offer_cost: minor units per logged exposure of a variant that is not the control.
        retention: minor units that a renewal (`same`) is worth where its product does not say so itself.
        cap: minor units; a unit whose order values sum to more in size is scaled down to it. None = no cap.
        covariate_days: days before exposure whose sales serve as the one covariate of all columns; 0 = none.
        csat: scale of the answers.
        currency: printed beside the money.
        assumed: names of the fields above that nobody stated and that were filled in at launch.
    """

    promoted: SaleSet = PROMOTED
    protected: SaleSet = PROTECTED
    channels: tuple[Channel, ...] = (Channel.WEB, Channel.APP)
    expected_channels: tuple[Channel, ...] = ()
    horizon_days: int = HORIZON_DAYS
    early_days: int = EARLY_DAYS
    return_days: int = RETURN_DAYS
    second_cost: Mapping[Channel, float] = field(default_factory=dict)
    sale_cost: Mapping[Channel, float] = field(default_factory=dict)
    offer_cost: float = 0.0
    retention: int = 0
    cap: float | None = None
    covariate_days: int = 0
    csat: CsatScale = CsatScale()
    currency: str = ""
    assumed: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Check every bound."""
        check_range(self.horizon_days, "net.horizon_days", low=2, high=MAX_WINDOW_DAYS)
        check_range(self.early_days, "net.early_days", low=1, high=self.horizon_days, open_high=True)
        check_range(self.return_days, "net.return_days", low=0, high=MAX_WINDOW_DAYS)
        check_range(self.covariate_days, "net.covariate_days", low=0, high=MAX_WINDOW_DAYS)
        for name in ("second_cost", "sale_cost"):
            for channel, cost in getattr(self, name).items():
                check_range(cost, f"net.{name}.{channel}", low=0, high=MAX_COST)
        check_range(self.offer_cost, "net.offer_cost", low=0, high=MAX_COST)
        check_range(self.retention, "net.retention", low=0, high=MAX_COST)
        if self.cap is not None:
            check_range(self.cap, "net.cap", low=0, open_low=True)
        check_text(self.currency, "net.currency", at_most=CURRENCY_MAX, required=False)
        self._check_sets()

    def _check_sets(self) -> None:
        for name in ("channels", "expected_channels"):
            check_unique(getattr(self, name), f"net.{name}")
        if not self.channels:
            raise DomainError("required", "net.channels is empty, must name where the offer is shown.", "net.channels")
        both = [channel.value for channel in self.expected_channels if channel in self.channels]
        if both:
            raise DomainError(
                "duplicate",
                f"net.expected_channels holds {both[0]!r}, must be other channels than net.channels.",
                "net.expected_channels",
            )
        if self.promoted.empty:
            raise DomainError(
                "required",
                "net.promoted is empty, must name families or relations: a set of all sales leaves nothing to lose.",
                "net.promoted",
            )

    @property
    def costs_stated(self) -> bool:
        """Whether any cost of service was stated; without one the step is not measured, which is not zero."""
        return bool(self.second_cost or self.sale_cost or self.offer_cost)


def usual_early(horizon_days: int) -> int:
    """Days of the early window where nobody states them: a week, or half of a shorter horizon."""
    return max(1, min(EARLY_DAYS, horizon_days // 2))
