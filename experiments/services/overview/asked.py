"""What a reader of the overview asks for: a period, a journey, a channel, a segment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from experiments.domain.channel import Channel
from experiments.domain.errors import DomainError
from experiments.services.compared import PERIODS, USUAL, check_days, read_channel, read_days, words_of

#: Days that are kept counted: the longest period twice, and today.
DAYS = 2 * PERIODS[-1] + 1
UNKNOWN, NOTHING = "unknown", "nothing"


@dataclass(frozen=True, slots=True)
class Asked:
    """One question; empty words and None ask for everything.

    Args:
        days: length of the period in whole days, ended yesterday.
        segment: keys of the families held, joined by `+`; `nothing` or `unknown`.
    """

    days: int = USUAL
    journey: str = ""
    channel: Channel | None = None
    segment: str = ""

    def __post_init__(self) -> None:
        """Only whole weeks are compared."""
        check_days(self.days)

    @classmethod
    def read(cls, values: Mapping[str, str]) -> Asked:
        """From the words of an address.

        Raises:
            DomainError: naming the field.
        """
        return cls(read_days(values), values.get("journey", ""), read_channel(values), values.get("segment", ""))

    def to_dict(self) -> dict[str, str]:
        """The words of the address; what asks for everything is left out."""
        channel = self.channel.value if self.channel else ""
        return words_of(self.days, journey=self.journey, channel=channel, segment=self.segment)


def segment_key(code: int, families: Mapping[int, str]) -> str:
    """`mobile+tv` for the bits of a segment."""
    if code < 0:
        return UNKNOWN
    held = sorted(key for number, key in families.items() if code >> number & 1)
    return "+".join(held) or NOTHING


def segment_code(key: str, families: Mapping[int, str]) -> int:
    """The bits of a segment.

    Raises:
        DomainError: it names no family of the catalogue.
    """
    if key in (UNKNOWN, NOTHING):
        return -1 if key == UNKNOWN else 0
    numbers = {name: number for number, name in families.items()}
    parts = key.split("+")
    for part in parts:
        if part not in numbers:
            raise DomainError("unknown_choice", f"segment == {key!r}, holds {part!r}, which is no family.", "segment")
    return sum(1 << numbers[part] for part in set(parts))


def segment_name(key: str, names: Mapping[str, str]) -> str:
    """ "Mobile and TV", "holds nothing", "not known"."""
    if key == UNKNOWN:
        return "Holdings not known"
    if key == NOTHING:
        return "Holds nothing"
    held = [names.get(part, part) for part in key.split("+")]
    return held[0] + " only" if len(held) == 1 else " + ".join(held)
