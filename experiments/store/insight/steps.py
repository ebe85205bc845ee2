"""Which stored pages and events belong to a step."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase

from sqlalchemy import select
from sqlalchemy.orm import Session

from experiments.domain.journey import Match, Step
from experiments.domain.metric import EventKind
from experiments.store.codes import KIND_CODE
from experiments.store.projection.names import EVENT, PATH
from experiments.store.tables import NameRow

#: Events that are facts of their own kind; any other name is a custom event.
KIND_OF_EVENT = {
    "Order Completed": EventKind.SALE,
    "Contact Handled": EventKind.CONTACT,
    "Survey Answered": EventKind.SURVEY,
}
#: Paths that one question names at most; the newest of more are left out.
MOST_PATHS = 20_000


def known_paths(session: Session) -> list[tuple[int, str]]:
    """(code, path) of every path that was ever seen."""
    query = select(NameRow.id, NameRow.text).where(NameRow.space == PATH).order_by(NameRow.id)
    return [(row.id, row.text) for row in session.execute(query)]


def paths_of(steps: Sequence[Step], paths: Iterable[tuple[int, str]]) -> list[tuple[int, int]]:
    """(code of a path, position of a step) of everything that belongs together."""
    patterns = [(place, step.pattern) for place, step in enumerate(steps) if step.match is Match.PATH]
    found = [(code, place) for code, path in paths for place, pattern in patterns if fnmatchcase(path, pattern)]
    return found[:MOST_PATHS]


def events_of(session: Session, steps: Sequence[Step]) -> list[tuple[int, int, int]]:
    """(kind, code of the name or 0, position of a step) of the steps that are events; names never seen are absent."""
    named = {step.pattern for step in steps if step.match is Match.EVENT} - KIND_OF_EVENT.keys()
    query = select(NameRow.text, NameRow.id).where(NameRow.space == EVENT, NameRow.text.in_(named))
    codes: dict[str, int] = {row.text: row.id for row in session.execute(query)}
    found = []
    for place, step in enumerate(steps):
        if step.match is Match.EVENT and step.pattern in KIND_OF_EVENT:
            found.append((KIND_CODE[KIND_OF_EVENT[step.pattern]], 0, place))
        elif step.match is Match.EVENT and step.pattern in codes:
            found.append((KIND_CODE[EventKind.CUSTOM], codes[step.pattern], place))
    return found
