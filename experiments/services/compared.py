"""A figure of a period beside the period before: what the overview and the contact centre ask for and show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from experiments.domain.channel import Channel
from experiments.domain.checks import parse_enum
from experiments.domain.errors import DomainError

#: Whole weeks, so that a period and the one before it hold the same weekdays.
PERIODS = (7, 28, 56)
USUAL = 28
Kind = Literal["count", "share", "mean", "seconds", "ratio"]


@dataclass(frozen=True, slots=True)
class Amount:
    """One figure of one period.

    Args:
        value: None where there is nothing to divide by.
        n: what it rests on: sales, people, contacts, answers or offers.
        low, high: 95 % interval; None for counts, and where too little was seen for one.
    """

    value: float | None
    n: int
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Compared:
    """One figure beside the period before.

    Args:
        kind: how its value is written.
        change: relative for counts, a difference for the rest; None where it cannot be computed.
        change_low, change_high: its 95 % interval. Days are not independent of each other and nothing was randomised:
            it says what chance alone could do, never why something changed.
    """

    key: str
    title: str
    kind: Kind
    now: Amount
    before: Amount
    change: float | None
    change_low: float | None
    change_high: float | None


def change_of(kind: Kind, now: Amount, before: Amount) -> float | None:
    """Change against the period before: relative for counts, a difference for the rest; None without one of them."""
    if now.value is None or before.value is None:
        return None
    if kind == "count":
        return now.value / before.value - 1 if before.value else None
    return now.value - before.value


def check_days(days: int) -> None:
    """Only whole weeks are compared; raises DomainError for any other length."""
    if days not in PERIODS:
        raise DomainError("out_of_range", f"days == {days}, must be one of {PERIODS}.", "days")


def read_days(values: Mapping[str, str]) -> int:
    """Length of the period from the words of an address, in whole days; raises DomainError where it is no number."""
    days = values.get("days", "")
    if days and not days.isdecimal():
        raise DomainError("bad_type", f"days == {days!r}, must be a whole number.", "days")
    return int(days[:4]) if days else USUAL


def read_channel(values: Mapping[str, str]) -> Channel | None:
    """Channel from the words of an address, None for all of them; raises DomainError where there is no such one."""
    channel = values.get("channel", "")
    return parse_enum(Channel, channel, "channel") if channel else None


def words_of(days: int, **others: str) -> dict[str, str]:
    """The words of an address; what asks for the usual is left out."""
    words = {"days": str(days) if days != USUAL else "", **others}
    return {name: word for name, word in words.items() if word}
