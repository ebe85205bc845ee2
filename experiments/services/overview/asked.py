"""What a reader of the overview asks for: a period, a journey, a channel, a segment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from experiments.domain.channel import Channel
from experiments.domain.checks import parse_enum
from experiments.domain.errors import DomainError

#: Whole weeks, so that a period and the one before it hold the same weekdays.
PERIODS = (7, 28, 56)
USUAL = 28
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
        return cls(
            days=int(days[:4]) if days else USUAL,
            journey=values.get("journey", ""),
            channel=parse_enum(Channel, channel, "channel") if channel else None,
            segment=values.get("segment", ""),
        )

    def to_dict(self) -> dict[str, str]:
        """The words of the address; what asks for everything is left out."""
        words = {"days": str(self.days) if self.days != USUAL else "", "journey": self.journey}
        words |= {"channel": self.channel.value if self.channel else "", "segment": self.segment}
        return {name: word for name, word in words.items() if word}


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
