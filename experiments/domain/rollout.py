"""What follows a decision to ship."""

from __future__ import annotations

from dataclasses import dataclass

from experiments.domain.checks import check_key, check_range

MAX_HOLDBACK = 0.5
DEFAULT_HOLDBACK = 0.05


@dataclass(frozen=True, slots=True)
class RollOut:
    """A shipped winner: share of units that get it, and the share of the control's hash range never treated."""

    variant: str
    share: float = 1.0
    holdback: float = DEFAULT_HOLDBACK
    started_at: int | None = None

    def __post_init__(self) -> None:
        """Check every bound."""
        check_key(self.variant, "rollout.variant")
        check_range(self.share, "rollout.share", low=0, high=1, open_low=True)
        check_range(self.holdback, "rollout.holdback", low=0, high=MAX_HOLDBACK)
