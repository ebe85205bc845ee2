"""What is counted, as codes that are stored and never change; those of sales are the codes of their relation."""

from __future__ import annotations

from dataclasses import dataclass

CONTACT = 11
CSAT = 12
#: A person at the first step of a journey on a day, and one of these who came to its last step that day.
ENTERED = 21
COMPLETED = 22
#: A relation code says which sale; all of them are below this.
FIRST_OTHER = 11

#: A return within so long after the order takes a sale back; the same as in the built-in metrics.
RETURN_WINDOW = 14 * 86_400_000_000
#: Sales and contacts belong to a journey whose first step the person was at so long before, at most.
JOURNEY_REACH = 7 * 86_400_000_000


@dataclass(frozen=True, slots=True)
class Moment:
    """How a step of a journey is found: page views with one of these paths, or outcomes of a kind and name.

    Args:
        paths: codes of paths; kind: of the outcome, None for pages; name: its code, None = any.
    """

    paths: tuple[int, ...] = ()
    kind: int | None = None
    name: int | None = None


@dataclass(frozen=True, slots=True)
class JourneyMoments:
    """First and last step of one journey."""

    id: int
    first: Moment
    last: Moment
