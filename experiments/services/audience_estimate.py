"""How large an audience is, from traffic that is stored: units a week, and their share of the traffic of the place.

Counted are page views, outcomes and exposures of the last whole weeks, on a fair sample of units where there are many.
Holdings are those known at the first sight of each week. What is not stored (attributes, the channel of a page view)
or depends on the moment (the offer policy) is not counted, and named.
"""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from experiments.domain.audience import Audience
from experiments.domain.experiment import UnitKind
from experiments.services.audience_families import families_of
from experiments.services.clock import DAY, to_iso
from experiments.services.columns import load_codes
from experiments.store.audience_reach import seen_and_fitting
from experiments.store.history import Sight, delivered_until, span_of
from experiments.store.preview import draw

WEEK = 7 * DAY
#: Whole weeks that are averaged, where so many are stored.
WEEKS = 4
#: Rows of each table that are read at most to find the sample.
ROWS = 20_000
#: Fewer units of the audience in the sample say too little.
ENOUGH = 30


@dataclass(frozen=True, slots=True)
class Estimate:
    """An audience as it was lately.

    Args:
        status: "ok"; "unknown_page", the place matches no path that was ever seen; "too_short", less than a week of
            traffic is stored; "no_traffic", none at all; "too_few", under 30 units of the audience were found in the
            sample; "too_slow", the database gave up.
        units: units a week, the mean of `weeks` whole weeks; None unless the status is ok.
        share: of all units seen at the place; None unless the status is ok.
        weeks: whole weeks that were counted.
        since, until: ISO 8601, the stretch that was counted.
        sampled: share of all units that was read, 1 = everybody.
        place: path pattern, empty = anywhere.
        not_counted: what the estimate leaves out, in words.
    """

    status: str
    unit: str
    units: float | None = None
    share: float | None = None
    weeks: int = 0
    since: str | None = None
    until: str | None = None
    sampled: float = 1.0
    place: str = ""
    not_counted: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready form."""
        return {
            "status": self.status,
            "unit": self.unit,
            "units_per_week": None if self.units is None else round(self.units, 1),
            "share": None if self.share is None else round(self.share, 4),
            "weeks": self.weeks,
            "since": self.since,
            "until": self.until,
            "sampled": round(self.sampled, 6),
            "place": self.place or None,
            "not_counted": list(self.not_counted),
        }


def estimate(
    session: Session, audience: Audience, unit: UnitKind, now: int, *, place: str = "", rows: int = ROWS
) -> Estimate:
    """Count the audience in the last whole weeks up to what every source has delivered.

    Args:
        place: path pattern with `*` of the pages where the offer is shown; empty = anywhere.
        rows: how far each table is read to find the sample.
    """
    holds, lacks, left = _families(session, audience)
    until, paths = delivered_until(session, None, now), _paths(session, place)
    if paths == ():
        return Estimate("unknown_page", unit.value, place=place, not_counted=left)
    sight = Sight(unit, until - WEEKS * WEEK, until, paths, holds, lacks)
    span = span_of(session, sight)
    if span.first is None or span.last is None or span.last < sight.start:
        return Estimate("no_traffic", unit.value, place=place, not_counted=left)
    weeks = min(WEEKS, (until - span.first) // WEEK)
    if weeks < 1:
        since, to = to_iso(span.first), to_iso(until)
        return Estimate("too_short", unit.value, since=since, until=to, place=place, not_counted=left)
    try:
        return _counted(session, sight, weeks, rows, place, left)
    except OperationalError:
        return Estimate("too_slow", unit.value, place=place, not_counted=left)


def _counted(session: Session, sight: Sight, weeks: int, rows: int, place: str, left: tuple[str, ...]) -> Estimate:
    sample = draw(session, sight.unit, rows)
    everybody = fitting = 0
    for week in range(weeks):
        end = sight.until - week * WEEK
        part = Sight(sight.unit, end - WEEK, end, sight.paths, sight.holds, sight.lacks)
        seen, fit = seen_and_fitting(session, part, sample)
        everybody, fitting = everybody + seen, fitting + fit
    enough = fitting >= ENOUGH
    return Estimate(
        status="ok" if enough else "too_few",
        unit=sight.unit.value,
        units=fitting / weeks / sample.share if enough else None,
        share=fitting / everybody if enough else None,
        weeks=weeks,
        since=to_iso(sight.until - weeks * WEEK),
        until=to_iso(sight.until),
        sampled=sample.share,
        place=place,
        not_counted=left,
    )


def _paths(session: Session, place: str) -> tuple[int, ...] | None:
    if not place:
        return None
    known = {text: code for (space, text), code in load_codes(session).names.items() if space == "path"}
    return tuple(code for text, code in known.items() if fnmatchcase(text, place))


def _families(session: Session, audience: Audience) -> tuple[tuple[int, ...], tuple[int, ...], tuple[str, ...]]:
    """Codes of families to hold and to lack, and what cannot be counted."""
    codes, found = load_codes(session).families, families_of(session, audience)
    holds, lacks = (tuple(codes[key] for key in keys) for keys in (found.holds_any, found.lacks))
    return holds, lacks, found.left_out
