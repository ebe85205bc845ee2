"""How far from nothing an effect must lie at this look: the one bar of a row's interval and of its verdict."""

from __future__ import annotations

from dataclasses import dataclass

from experiments.decision.looks import Looks
from experiments.domain.plan import Spending
from experiments.stats import normal
from experiments.stats.boundaries import critical_values
from experiments.stats.spending import SpendingKind

#: One-sided level at which harm is called: early at the planned looks, in full at the last one.
HARM_AT_LOOKS = 0.01
HARM_AT_END = 0.025

_SPENDING: dict[Spending, SpendingKind] = {Spending.OBRIEN_FLEMING: "obf", Spending.POCOCK: "pocock"}


@dataclass(frozen=True)
class Bar:
    """One-sided error probability of each side, and the z it amounts to at this look.

    Attributes:
        alpha: one-sided; the interval's level is 1 − 2 alpha.
        critical: boundary of a planned look (repeated interval); None = fixed-sample quantile of alpha.
    """

    alpha: float
    critical: float | None = None

    @property
    def level(self) -> float:
        """Two-sided confidence level."""
        return 1 - 2 * self.alpha

    @property
    def z(self) -> float:
        """The critical value, the normal quantile where none is set."""
        return normal.upper_quantile(self.alpha) if self.critical is None else self.critical


def decision_bar(looks: Looks, alpha: float) -> Bar:
    """The bar of superiority and non-inferiority at this look."""
    return Bar(alpha, bounds(looks, alpha)[-1]) if looks.sequential else Bar(alpha)


def bounds(looks: Looks, alpha: float) -> tuple[float, ...]:
    """The boundary z of every look taken, this one included."""
    return critical_values(looks.taken, alpha, _SPENDING[looks.spending], final=looks.closing)


def harm_bounds(looks: Looks, alpha: float) -> tuple[float, ...]:
    """How far below no change a goal calls harm at every look taken, on the z scale."""
    return tuple(min(z, Bar(HARM_AT_LOOKS).z) for z in bounds(looks, alpha))


def harm_bar(looks: Looks, deciding: Bar) -> Bar:
    """The bar of harm: its own level, unless the deciding bar is already lower.

    It carries no correction for looks, variants or goals: a false alarm costs a test, a missed one costs customers.
    """
    alpha = HARM_AT_END if looks.closing else HARM_AT_LOOKS
    own = Bar(alpha)
    return own if own.z < deciding.z else deciding
