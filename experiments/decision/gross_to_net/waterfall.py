"""The waterfall of one variant: gross gain, what is taken from elsewhere, and the net."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from experiments.decision.gross_to_net.figures import Bar, Cohort
from experiments.decision.net import NetStatus

StepKey = Literal["gross", "up_sell", "other_families", "channel", "pull_forward", "service"]
StepStatus = Literal["ok", "too_few", "not_measured"]
LeverKey = Literal["promoted_months", "protected_months", "service_cost"]

#: Columns of the money block, and the step each is; service enters with a minus.
STEPS: Mapping[StepKey, tuple[str, float]] = {
    "gross": ("PE", 1.0),
    "up_sell": ("U", 1.0),
    "other_families": ("O", 1.0),
    "channel": ("PX", 1.0),
    "pull_forward": ("PL", 1.0),
    "service": ("S", -1.0),
}
TITLES: Mapping[str, str] = {
    "gross": "Gross gain",
    "up_sell": "Up-sell",
    "other_families": "Other families",
    "channel": "Other channels",
    "pull_forward": "Later than the early window",
    "service": "Service cost",
    "net": "Net",
}


@dataclass(frozen=True)
class Step:
    """One step, in major units of money per 1,000 units; the measured steps add up to the net.

    Attributes:
        status: `too_few` where nothing happened in either variant (the value is 0 and has no interval);
            `not_measured` where there are no data: the value is None and the net is partial.
        words: what the interval says; None where it covers 0 or there is no word for it.
        reason: why it was not measured.
    """

    key: StepKey
    title: str
    value: float | None
    lo: float | None
    hi: float | None
    status: StepStatus = "ok"
    words: str | None = None
    reason: str | None = None


@dataclass(frozen=True)
class Net:
    """Sum of the measured steps; only with status `ok` may it be called the net.

    Attributes:
        missing: keys of the steps that were not measured.
        final: True where the last unit has run off, so that it will not change any more.
    """

    value: float | None
    lo: float | None
    hi: float | None
    status: NetStatus = "ok"
    missing: tuple[StepKey, ...] = ()
    final: bool = False


@dataclass(frozen=True)
class Sensitivity:
    """The net where one assumption is another one; the others stay.

    Attributes:
        factor: times the assumption.
        assumed: months after the change (of the lever's products, weighted by sales); None for costs.
    """

    lever: LeverKey
    factor: float
    assumed: float | None
    value: float
    lo: float
    hi: float


@dataclass(frozen=True)
class BreakEven:
    """Where the net would be 0.

    Attributes:
        factor: times the assumption; None where no factor of 0 or more does it.
        assumed: months now, at factor 1; None for costs.
        value: months at which the net is 0; None without a factor, and for costs.
        sentence: the same in words.
    """

    lever: LeverKey
    factor: float | None
    assumed: float | None
    value: float | None
    sentence: str


@dataclass(frozen=True)
class ProductWorth:
    """What a sold product is worth by the catalogue, and how much of it was kept.

    Attributes:
        group: `promoted`, `protected` or `other`.
        months: expected months; `margin` and `one_off` in major units of money.
        kept: by variant key, quantity kept.
    """

    product: str
    title: str
    group: str
    months: int
    margin: float
    one_off: float
    kept: Mapping[str, float]


@dataclass(frozen=True)
class Waterfall:
    """The steps in the order of display, and the net.

    Attributes:
        unit: "visitor" or "customer"; every amount is per `per` of them.
        cap: largest order value of one unit that counts, in major units of money; None = no cap.
    """

    variant: str
    unit: str
    currency: str
    steps: tuple[Step, ...]
    net: Net
    cohort: Cohort
    bar: Bar
    sensitivity: tuple[Sensitivity, ...] = ()
    break_even: tuple[BreakEven, ...] = ()
    products: tuple[ProductWorth, ...] = ()
    cap: float | None = None
    per: int = 1000
