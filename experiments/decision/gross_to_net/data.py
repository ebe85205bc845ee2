"""What the blocks are computed from: moments of disjoint groups of units, and the declaration. No row of data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from experiments.decision.gross_to_net.block import Declared
from experiments.decision.gross_to_net.figures import Cohort
from experiments.decision.gross_to_net.waterfall import StepKey
from experiments.stats.moments import Moments, add_up

MONEY, FAMILY, CHANNEL, CURVE, SERVICE, PRODUCT = "money", "family", "channel", "curve", "service", "product"
#: (key, title): a mapping would lose its order on the way through a file.
Titled = tuple[str, str]
ALWAYS: Mapping[str, tuple[str, ...]] = {
    MONEY: ("PE", "PX", "PL", "U", "O", "S", "n:P", "n:U", "once:P", "once:U"),
    SERVICE: ("buyer", "responded"),
}
#: Minor units per unit → major units per 1,000 units.
MONEY_SCALE = 10.0
COUNT_SCALE = 1000.0
#: Column of the covariate, in every block.
BEFORE = "before"


@dataclass(frozen=True)
class Product:
    """A sold product as the catalogue has it at the cut; money in minor units."""

    key: str
    title: str
    months: int
    margin: int
    one_off: int


@dataclass(frozen=True)
class BlockMoments:
    """Moments in plain numbers, so that a stored table gives the same report again; columns of zeros are left out.

    Attributes:
        cov: lower triangle, row by row.
    """

    n: int
    columns: tuple[str, ...]
    mean: tuple[float, ...]
    cov: tuple[float, ...]

    @classmethod
    def of(cls, moments: Moments) -> BlockMoments:
        """The columns in which anything happened."""
        used = [i for i, mean in enumerate(moments.mean) if mean != 0 or moments.cov[i, i] != 0]
        cov = moments.cov[np.ix_(used, used)]
        lower = cov[np.tril_indices(len(used))]
        columns = tuple(moments.columns[i] for i in used)
        return cls(moments.n, columns, tuple(moments.mean[used].tolist()), tuple(lower.tolist()))

    def moments(self, columns: Sequence[str]) -> Moments:
        """Moments with the named columns, zero where nothing happened."""
        places = [list(columns).index(column) for column in self.columns]
        lower = np.zeros((len(places), len(places)))
        lower[np.tril_indices(len(places))] = self.cov
        mean, cov = np.zeros(len(columns)), np.zeros((len(columns), len(columns)))
        mean[places] = self.mean
        cov[np.ix_(places, places)] = lower + np.tril(lower, -1).T
        return Moments(self.n, tuple(columns), mean, cov)


@dataclass(frozen=True)
class NetGroup:
    """Units of one variant that held the same families and were first exposed in the same channel."""

    variant: str
    held: str
    shown: str
    blocks: Mapping[str, BlockMoments]


@dataclass(frozen=True)
class NetData:
    """One cohort, divided into disjoint groups by what was known at exposure.

    Attributes:
        groups: disjoint groups of units. Columns: PE PX PL U O S n:P n:U once:P once:U in money; v:KEY n:KEY in family
            and channel; d:DAY in curve; contacts:CH seconds:CH buyer buyer:CH responded answers:CH score:CH
            dissatisfied:CH in service; q:PRODUCT:P|U|O in product; the covariate `before` in all but the last.
        missing: steps that were not measured, with the reason.
        sets, families, channels: (key, title) in the order of display.
        digital: keys of the digital channels.
        company_share: digital share of all sales of the company since the test began, matched to a unit or not.
        day_ends: last days of the columns of the curve.
        csat_low, csat_high: scale of the answers.
        reason: why nothing can be read, where nothing can.
        withheld: True between looks, when nothing was computed.
    """

    declared: Declared
    unit: str
    cohort: Cohort | None = None
    groups: tuple[NetGroup, ...] = ()
    missing: Mapping[StepKey, str] = field(default_factory=dict)
    sets: tuple[Titled, ...] = ()
    families: tuple[Titled, ...] = ()
    channels: tuple[Titled, ...] = ()
    digital: tuple[str, ...] = ()
    day_ends: tuple[int, ...] = ()
    products: tuple[Product, ...] = ()
    csat_low: float = 1.0
    csat_high: float = 5.0
    final: bool = False
    reason: str | None = None
    withheld: bool = False
    company_share: float | None = None

    def columns(self, block: str) -> tuple[str, ...]:
        """Columns of a block in which anything happened, and those that are always asked for."""
        seen = (column for group in self.groups for column in group.blocks[block].columns)
        return tuple(sorted({*seen, *ALWAYS.get(block, ())}))


@dataclass(frozen=True)
class Arms:
    """The control and one variant, and how their intervals are made."""

    data: NetData
    control: str
    variant: str

    def pair(self, block: str) -> tuple[Moments, Moments]:
        """Moments of all units of the two."""
        return self._sum(self.control, block, None, None), self._sum(self.variant, block, None, None)

    def in_set(self, block: str, key: str) -> tuple[Moments, Moments]:
        """Moments of the units that held a set of families."""
        return self._sum(self.control, block, key, None), self._sum(self.variant, block, key, None)

    def shown_in(self, block: str, key: str) -> tuple[Moments, Moments]:
        """Moments of the units first exposed in a channel."""
        return self._sum(self.control, block, None, key), self._sum(self.variant, block, None, key)

    def shown_channels(self) -> tuple[str, ...]:
        """Channels of first exposure, in the order of display."""
        seen = {group.shown for group in self._mine()}
        return tuple(key for key, _ in self.data.channels if key in seen)

    def held_sets(self) -> tuple[str, ...]:
        """Holding sets with any unit, in the order of display."""
        seen = {group.held for group in self._mine()}
        return tuple(key for key, _ in self.data.sets if key in seen)

    def _mine(self) -> list[NetGroup]:
        return [group for group in self.data.groups if group.variant in (self.control, self.variant)]

    def _sum(self, variant: str, block: str, held: str | None, shown: str | None) -> Moments:
        columns = self.data.columns(block)
        parts = [
            group.blocks[block].moments(columns)
            for group in self.data.groups
            if group.variant == variant and held in (None, group.held) and shown in (None, group.shown)
        ]
        nobody = Moments(0, columns, np.zeros(len(columns)), np.zeros((len(columns), len(columns))))
        return add_up(parts) if parts else nobody


def summed(moments: Moments, wanted: Mapping[str, Iterable[str]], keep: Sequence[str] = ()) -> Moments:
    """Moments of sums of columns; a column that never occurred is zero for every unit.

    Args:
        wanted: new name → columns to add up.
        keep: columns kept as they are, zero where they never occurred.
    """
    known = set(moments.columns)
    weights = {name: dict.fromkeys((c for c in columns if c in known), 1.0) for name, columns in wanted.items()}
    weights |= {name: {name: 1.0} if name in known else {} for name in keep}
    return moments.combine(weights)
