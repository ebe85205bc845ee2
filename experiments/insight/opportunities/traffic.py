"""What the worker counts: people at places, by what they held, where they came in and how much they visited before."""

from __future__ import annotations

from dataclasses import dataclass, field

from experiments.insight.segments import Held

#: Page views in the 30 days before, by code.
VISITS = ("none", "1 to 4", "5 and more")


@dataclass(frozen=True, slots=True)
class Place:
    """A page or a step of a journey.

    Args:
        key: stable word for addresses; pattern: what is matched, for people.
        families: what it was made to sell; empty = nothing in particular.
    """

    key: str
    name: str
    pattern: str
    families: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Cell:
    """People with the same holdings and the same kind of visit at one place.

    Args:
        place: number of the place in the traffic.
        held: families held at the first sight; None = not known.
        channel, visits: of the first sight here, and number in VISITS: what is compared within.
        units: distinct people; views: what they saw of the place.
        bought: people who bought of a family they did not hold, by its key.
        more: people who moved up in, or added to, a family they held, by its key.
        any_cross, any_up: people who bought of any family not held, and who moved up in any.
    """

    place: int
    held: Held
    channel: str
    visits: int
    units: int
    views: int
    bought: dict[str, int] = field(default_factory=dict)
    more: dict[str, int] = field(default_factory=dict)
    any_cross: int = 0
    any_up: int = 0


@dataclass(frozen=True, slots=True)
class Overlap:
    """People with the same holdings who were seen at both places."""

    first: int
    second: int
    held: Held
    units: int


@dataclass(frozen=True, slots=True)
class Worth:
    """Expected margin of one sale, minor units.

    Args:
        source: "sales" = mean of the sales seen, "catalogue" = of the family's lowest tier.
        sales: people behind the mean.
    """

    margin: float
    source: str
    sales: int = 0


@dataclass(frozen=True, slots=True)
class Traffic:
    """One period at all places.

    Args:
        since, until: µs; people first seen in [since, until) count.
        window_days: days after the first sight in which sales count.
        families: names by key; worth: by family, and of an up-sale under "".
    """

    since: int
    until: int
    window_days: int
    places: tuple[Place, ...]
    cells: tuple[Cell, ...]
    overlaps: tuple[Overlap, ...]
    families: dict[str, str]
    worth: dict[str, Worth]

    @property
    def weeks(self) -> float:
        """Length of the period."""
        return (self.until - self.since) / (7 * 86_400_000_000)
