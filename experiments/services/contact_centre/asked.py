"""What a lead asks for: a period and a channel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from experiments.domain.channel import Channel
from experiments.services.compared import USUAL, check_days, read_channel, read_days, words_of


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
        check_days(self.days)

    @classmethod
    def read(cls, values: Mapping[str, str]) -> Asked:
        """From the words of an address.

        Raises:
            DomainError: naming the field.
        """
        return cls(read_days(values), read_channel(values))

    def to_dict(self) -> dict[str, str]:
        """The words of the address; what asks for the usual is left out."""
        return words_of(self.days, channel=self.channel.value if self.channel else "")
