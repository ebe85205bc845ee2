"""Ask every finder and put the best first."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy.orm import Session

from experiments.domain.checks import check_range
from experiments.services.search.finders import FINDERS
from experiments.services.search.hits import Finder, Hit, Kind

#: Hits of one answer, and letters of a question that are read.
MOST = 50
LONGEST = 200
_ORDER = {kind: place for place, kind in enumerate(Kind)}


def search(session: Session, asked: str, *, more: Iterable[Finder] = (), most: int = MOST) -> tuple[Hit, ...]:
    """The best hits; titles before texts, then by kind, then by the order of their finder.

    Args:
        more: finders of the caller, for what is not stored in the database.
    """
    check_range(most, "most", low=1, high=MOST)
    words = " ".join(asked.replace("\x00", " ").split())[:LONGEST]
    if not words:
        return ()
    found = [hit for finder in (*FINDERS, *more) for hit in finder(session, words)]
    return tuple(sorted(found, key=lambda hit: (hit.rank, _ORDER[hit.kind]))[:most])
