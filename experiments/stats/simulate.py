"""Journeys of single units with a known truth: what an offer brings, and what it takes from elsewhere.

The columns are those of the money block of the report from gross to net, and of its curve by day. Sales come as Poisson
streams whose rates all grow with one propensity per unit, so that columns of one unit go together and most units buy
nothing. What an offer takes is taken from the streams themselves: a sale that moves to another channel or to an
earlier day disappears where it was, so the truth of every step is known exactly.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from experiments.stats.moments import Moments, Vector

#: Columns of money per unit, of orders, and the covariate; what is earned once is 0 here.
MONEY_COLUMNS = ("PE", "PX", "PL", "U", "O", "S", "n:P", "n:U", "once:P", "once:U", "before")
#: Last days of the columns of the curve; the third ends the early window.
DAY_ENDS = (1, 3, 7, 14, 28)
EARLY_BLOCKS = 3
CURVE_COLUMNS = (*(f"d:{day}" for day in DAY_ENDS), "before")
#: Values of single sales are gamma distributed with this shape.
_VALUE_SHAPE = 4.0


@dataclass(frozen=True)
class Journeys:
    """How units buy without the offer, and what the offer truly does.

    Args:
        early: promoted sales per unit in the offer's channels within the early window, without the offer.
        elsewhere: the same in all other channels.
        later: promoted sales per unit after the early window, in any channel.
        protected, other: sales per unit of the protected kind and of all other kinds.
        contacts: contacts per unit.
        value, protected_value, other_value: mean value of a sale, minor units of money.
        contact_cost: cost of a contact, minor units of money.
        propensity: shape of the gamma distributed propensity with mean 1; small = units differ much.
        gained: extra promoted sales per unit, early and in the offer's channels.
        taken: protected sales lost per extra promoted one.
        moved: share of the sales elsewhere that moves to the offer's channels.
        pulled: share of the later sales that is made early, in the offer's channels.
        extra_contacts: additional contacts per unit.

    Raises:
        ValueError: where a rate is negative, a share is not within 0 and 1, or more is taken than there is.
    """

    early: float = 0.05
    elsewhere: float = 0.03
    later: float = 0.06
    protected: float = 0.08
    other: float = 0.04
    contacts: float = 0.20
    value: float = 24_000.0
    protected_value: float = 18_000.0
    other_value: float = 10_000.0
    contact_cost: float = 600.0
    propensity: float = 2.0
    gained: float = 0.0
    taken: float = 0.0
    moved: float = 0.0
    pulled: float = 0.0
    extra_contacts: float = 0.0

    def __post_init__(self) -> None:
        """Check the bounds."""
        for name in self.__dataclass_fields__:
            value = getattr(self, name)
            if name not in ("taken", "extra_contacts") and value < 0:
                raise ValueError(f"{name} == {value}, must be >= 0.")
        for name in ("moved", "pulled"):
            if getattr(self, name) > 1:
                raise ValueError(f"{name} == {getattr(self, name)}, must be <= 1.")
        if self.propensity == 0:
            raise ValueError("propensity == 0, must be > 0.")
        for name, left in (("taken", self.protected - self.lost), ("extra_contacts", self.contacts_with_offer)):
            if left < 0:
                raise ValueError(f"{name} == {getattr(self, name)}, must leave a rate of at least 0, leaves {left:g}.")

    @property
    def lost(self) -> float:
        """Protected sales lost per unit."""
        return self.taken * self.gained

    @property
    def contacts_with_offer(self) -> float:
        """Contacts per unit that has the offer."""
        return self.contacts + self.extra_contacts

    def truth(self) -> dict[str, float]:
        """True effect on each step per unit, minor units of money; the steps add up to `net`."""
        moved, pulled = self.value * self.moved * self.elsewhere, self.value * self.pulled * self.later
        steps = {
            "gross": self.value * self.gained + moved + pulled,
            "up_sell": -self.protected_value * self.lost,
            "other_families": 0.0,
            "channel": -moved,
            "pull_forward": -pulled,
            "service": -self.contact_cost * self.extra_contacts,
        }
        return {**steps, "net": sum(steps.values())}


@dataclass(frozen=True)
class Units:
    """One arm, a row per unit.

    Attributes:
        money: shape (n, 11), see `MONEY_COLUMNS`.
        curve: shape (n, 6), promoted value by day block, see `CURVE_COLUMNS`.
    """

    money: npt.NDArray[np.float64]
    curve: npt.NDArray[np.float64]

    def moments(self) -> tuple[Moments, Moments]:
        """Moments of the two blocks."""
        return Moments.from_rows(self.money, MONEY_COLUMNS), Moments.from_rows(self.curve, CURVE_COLUMNS)


def units(random: np.random.Generator, n: int, journeys: Journeys, *, offer: bool) -> Units:
    """Simulate n units, with the offer or without it."""
    j = journeys
    unit = random.gamma(j.propensity, 1 / j.propensity, n)
    moved, pulled = (j.moved, j.pulled) if offer else (0.0, 0.0)
    extra = (j.gained + moved * j.elsewhere + pulled * j.later) if offer else 0.0
    here, n_here = _stream(random, unit, j.early + extra, j.value, EARLY_BLOCKS)
    elsewhere, n_elsewhere = _stream(random, unit, j.elsewhere * (1 - moved), j.value, EARLY_BLOCKS)
    later, n_later = _stream(random, unit, j.later * (1 - pulled), j.value, len(DAY_ENDS) - EARLY_BLOCKS)
    protected, n_protected = _stream(random, unit, j.protected - (j.lost if offer else 0.0), j.protected_value)
    other, _ = _stream(random, unit, j.other, j.other_value)
    contacts = random.poisson(unit * (j.contacts_with_offer if offer else j.contacts))
    before, _ = _stream(random, unit, j.early + j.elsewhere + j.later + j.protected, j.value)
    columns: Mapping[str, Vector] = {
        "PE": here.sum(axis=1),
        "PX": elsewhere.sum(axis=1),
        "PL": later.sum(axis=1),
        "U": protected[:, 0],
        "O": other[:, 0],
        "S": (j.contact_cost * contacts).astype(np.float64),
        "n:P": n_here + n_elsewhere + n_later,
        "n:U": n_protected,
        "before": before[:, 0],
    }
    nothing = np.zeros(n)
    money = np.column_stack([columns.get(name, nothing) for name in MONEY_COLUMNS])
    return Units(money, np.column_stack([here + elsewhere, later, before[:, 0]]))


def _stream(
    random: np.random.Generator, unit: Vector, rate: float, value: float, blocks: int = 1
) -> tuple[npt.NDArray[np.float64], Vector]:
    """Values per unit and block of days, shape (n, blocks), and orders per unit; blocks are equally likely."""
    count = random.poisson(np.outer(unit, np.full(blocks, rate / blocks)))
    worth = np.zeros(count.shape)
    sold = count > 0
    worth[sold] = random.gamma(_VALUE_SHAPE * count[sold], value / _VALUE_SHAPE)
    return worth, count.sum(axis=1).astype(np.float64)
