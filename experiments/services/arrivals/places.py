"""Is a variant read where it is seen? Exposed visitors who never reach the change dilute the effect.

Measured is what events say: who opened pages, who was exposed, and which pages those opened. Where the change is, the
reader says, or the words of the test point at a part of the site.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from experiments.domain.experiment import Experiment, Status, UnitKind
from experiments.services.experiments import all_experiments
from experiments.store import reach

#: Fewer visitors with page views say nothing.
ENOUGH = 30
#: From this share of the visitors on a variant counts as read on every page.
EVERYWHERE = 0.9
#: Parts of the site that are listed.
LISTED = 5


@dataclass(frozen=True)
class Place:
    """A part of the site, by the first word of its paths, and how many of the exposed opened it."""

    path: str
    seen: int


@dataclass(frozen=True)
class Reading:
    """How widely the variant of one test is read.

    Args:
        visitors: units with page views in the stretch; `exposed` those of them that were exposed.
        places: parts of the site the exposed opened, the most opened first.
        place: where the change is, as far as known: stated, or what the words of the test point at.
    """

    experiment: str
    name: str
    visitors: int
    exposed: int
    places: tuple[Place, ...]
    place: Place | None
    stated: bool = False

    @property
    def share(self) -> float:
        """Share of the visitors that were exposed."""
        return self.exposed / self.visitors if self.visitors else 0.0

    @property
    def everywhere(self) -> bool:
        """Whether the variant is read on practically every page."""
        return self.visitors >= ENOUGH and self.share >= EVERYWHERE

    def seen_share(self, place: Place) -> float:
        """Share of the exposed who opened a part of the site."""
        return place.seen / self.exposed if self.exposed else 0.0

    def dilution(self, place: Place) -> float | None:
        """How many times smaller an effect there looks over all exposed; None where nobody opened it."""
        return self.exposed / place.seen if place.seen else None

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready form."""
        return {
            "experiment": self.experiment,
            "visitors": self.visitors,
            "exposed": self.exposed,
            "share": round(self.share, 4),
            "place": self.place.path if self.place else None,
            "places": [
                {"path": place.path, "seen": place.seen, "share": round(self.seen_share(place), 4)}
                for place in self.places
            ],
        }


def readings(session: Session, since: int, stated: str = "") -> tuple[Reading, ...]:
    """Every running test that was read since an instant; `stated` is the part of the site with the change."""
    connection = session.connection()
    tests = [test for test in all_experiments(session, (Status.RUNNING,)) if not test.imported]
    if not tests:
        return ()
    views = reach.page_views(connection, since)
    words = reach.paths(connection, {path for _, _, path in views})
    parts = {path: part_of(text) for path, text in words.items()}
    phases = reach.newest_phases(connection, [test.key for test in tests])
    found = []
    for test in tests:
        opened = _opened(views, parts, by_visitor=test.unit is UnitKind.VISITOR)
        exposed = reach.exposed_units(connection, phases[test.key], since) & opened.keys()
        if exposed:
            found.append(_reading(test, opened, exposed, stated))
    return tuple(found)


def part_of(path: str) -> str:
    """`/tv/large?x` → `/tv`; the start page is `/`."""
    return "/" + path.lstrip("/").split("/", 1)[0].split("?", 1)[0].lower()


def _opened(
    views: Iterable[tuple[int | None, int | None, int]], parts: dict[int, str], *, by_visitor: bool
) -> dict[int, set[str]]:
    opened: dict[int, set[str]] = {}
    for visitor, customer, path in views:
        unit = visitor if by_visitor else customer
        if unit is not None and path in parts:
            opened.setdefault(unit, set()).add(parts[path])
    return opened


def _reading(test: Experiment, opened: dict[int, set[str]], exposed: set[int], stated: str) -> Reading:
    counted: dict[str, int] = {}
    for unit in exposed:
        for part in opened[unit]:
            counted[part] = counted.get(part, 0) + 1
    ordered = sorted(counted.items(), key=lambda item: (-item[1], item[0]))
    places = tuple(Place(path, seen) for path, seen in ordered)
    wanted = part_of(stated) if stated else _meant(test, counted)
    place = Place(wanted, counted.get(wanted, 0)) if wanted else None
    return Reading(test.key, test.name, len(opened), len(exposed), places[:LISTED], place, bool(stated))


def _meant(test: Experiment, parts: Iterable[str]) -> str | None:
    """The part of the site that the words of the test name, where they name just one."""
    text = " ".join((test.key, test.name, test.phase.audience.description))
    words = {word.lower() for word in re.findall(r"[^\W_]+", text)}
    named = [part for part in parts if part != "/" and part[1:] in words]
    return named[0] if len(named) == 1 else None
