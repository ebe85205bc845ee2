"""The customers of the demo: who they are, what they hold, and what a page may know of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

#: Segments with their share of the customers and the families they hold; each holds nothing else.
SEGMENTS = (
    ("mobile-only", 0.46, ("mobile",)),
    ("mobile-broadband", 0.37, ("mobile", "broadband")),
    ("broadband-only", 0.04, ("broadband",)),
    ("mobile-broadband-tv", 0.09, ("mobile", "broadband", "tv")),
    ("broadband-tv", 0.04, ("broadband", "tv")),
)
SEGMENT_KEYS = tuple(key for key, _, _ in SEGMENTS)
#: Products of a family by tier. The highest tier is held by nobody at first, so that everybody can move up.
TIERS = {
    "mobile": ("mobile-s", "mobile-m", "mobile-l"),
    "broadband": ("broadband-100", "broadband-400", "broadband-1000"),
    "tv": ("tv-start", "tv-plus", "tv-max"),
}
LOW_TIER = 0.62
APP_USERS = 0.68

Bools = NDArray[np.bool_]
Numbers = NDArray[np.int64]


@dataclass(frozen=True)
class People:
    """All customers, by number.

    Attributes:
        segment: index into SEGMENTS.
        tiers: per family the tier held, 0 where the family is not held.
        app: who uses the app.
    """

    segment: Numbers
    tiers: dict[str, Numbers]
    app: Bools

    def __len__(self) -> int:
        return len(self.segment)

    def of(self, *segments: str) -> Numbers:
        """The numbers of the customers in some segments."""
        return np.flatnonzero(np.isin(self.segment, [SEGMENT_KEYS.index(key) for key in segments]))

    def holdings(self, number: int) -> list[str]:
        """Keys of the products a customer holds at first."""
        return [TIERS[family][tiers[number] - 1] for family, tiers in self.tiers.items() if tiers[number]]

    def attributes(self, number: int) -> dict[str, Any]:
        """What the shop tells the SDK about a customer."""
        return {"segment": SEGMENT_KEYS[self.segment[number]], "app": bool(self.app[number])}


def customer_id(number: int) -> str:
    """The id the company knows a customer by."""
    return f"polder-{number:06d}"


def visitor_id(number: int) -> str:
    """The id in the customer's browser."""
    return f"browser-{number:06d}"


def invent_people(random: np.random.Generator, count: int) -> People:
    """Customers with the demo's mix of holdings."""
    shares = np.array([share for _, share, _ in SEGMENTS])
    segment = random.choice(len(SEGMENTS), size=count, p=shares / shares.sum())
    tiers = {}
    for family in TIERS:
        holders = np.isin(segment, [place for place, (_, _, held) in enumerate(SEGMENTS) if family in held])
        tiers[family] = np.where(holders, np.where(random.random(count) < LOW_TIER, 1, 2), 0)
    return People(segment, tiers, random.random(count) < APP_USERS)
