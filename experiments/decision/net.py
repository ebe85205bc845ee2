"""The net value of one variant, as the rule and the banner need it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

NetStatus = Literal["ok", "partial", "not_measured"]


@dataclass(frozen=True)
class NetValue:
    """Net gain against the control, in major units of money per 1,000 units.

    Attributes:
        point, lo, hi: estimate and interval; None where not measured.
        status: `partial` where steps are missing; a partial sum is never printed as "net".
        missing: names of the steps that were not measured.
        currency: printed before the numbers, for example "EUR".
        rate: what is lost per gain, as a clause; None where it cannot be estimated.
    """

    point: float | None
    lo: float | None
    hi: float | None
    status: NetStatus = "ok"
    missing: tuple[str, ...] = ()
    currency: str = ""
    rate: str | None = None

    @property
    def is_loss(self) -> bool:
        """True where the whole interval of a complete net lies below 0."""
        return self.status == "ok" and self.hi is not None and self.hi < 0

    @property
    def is_gain(self) -> bool:
        """True where the whole interval of a complete net lies above 0."""
        return self.status == "ok" and self.lo is not None and self.lo > 0
