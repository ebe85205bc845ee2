"""What a lead asks for: a period and a channel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from experiments.domain.channel import Channel
from experiments.domain.checks import parse_enum
from experiments.domain.errors import DomainError
from experiments.services.overview.asked import PERIODS, USUAL

__all__ = ["PERIODS", "Asked"]


@dataclass(frozen=True, slots=True)
class Asked:
    """One question.

    Args:
        days: length of the period in whole days, ended yesterday.
        channel: None for all channels.
    """

    days: int = USUAL
    channel: Channel | None = None

    def __post_init__(self) -> None:
        """Only whole weeks are compared."""
        if self.days not in PERIODS:
            raise DomainError("out_of_range", f"days == {self.days}, must be one of {PERIODS}.", "days")

    @classmethod
    def read(cls, values: Mapping[str, str]) -> Asked:
        """From the words of an address.

        Raises:
            DomainError: naming the field.
        """
        days, channel = values.get("days", ""), values.get("channel", "")
        if days and not days.isdecimal():
            raise DomainError("bad_type", f"days == {days!r}, must be a whole number.", "days")
        return cls(int(days[:4]) if days else USUAL, parse_enum(Channel, channel, "channel") if channel else None)

    def to_dict(self) -> dict[str, str]:
        """The words of the address; what asks for the usual is left out."""
        words = {
            "days": str(self.days) if self.days != USUAL else "",
            "channel": self.channel.value if self.channel else "",
        }
        return {name: word for name, word in words.items() if word}
