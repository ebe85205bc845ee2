"""The newest page views and events, bounded, to look at a journey while it is being written."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from experiments.domain.journey import Step
from experiments.store.insight.steps import events_of
from experiments.store.tables import NameRow, OutcomeRow, PageViewRow


class Sight(NamedTuple):
    """Somebody was seen on a page, or did something that is a step."""

    unit: int
    at: int
    path: str
    steps: tuple[int, ...]


def newest_pages(session: Session, most: int) -> list[Sight]:
    """The newest page views, whoever saw them; a customer is not looked up, so that this stays quick."""
    who = func.coalesce(PageViewRow.customer, PageViewRow.visitor)
    query = select(who, PageViewRow.at, NameRow.text).join(NameRow, NameRow.id == PageViewRow.path_id)
    rows = session.execute(query.order_by(PageViewRow.seq.desc()).limit(most))
    return [Sight(unit, at, path, ()) for unit, at, path in rows if unit is not None]


def newest_events(session: Session, steps: Sequence[Step], most: int) -> list[Sight]:
    """Those of the newest outcomes that are steps."""
    who = func.coalesce(OutcomeRow.customer, OutcomeRow.visitor)
    columns = (who, OutcomeRow.at, OutcomeRow.kind, OutcomeRow.name_id)
    wanted = events_of(session, steps)
    if not wanted:
        return []
    rows = session.execute(select(*columns).order_by(OutcomeRow.id.desc()).limit(most))
    found = ((unit, at, _steps(wanted, kind, name)) for unit, at, kind, name in rows)
    return [Sight(unit, at, "", places) for unit, at, places in found if unit is not None and places]


def _steps(wanted: Sequence[tuple[int, int, int]], kind: int, name: Any) -> tuple[int, ...]:
    return tuple(place for known, code, place in wanted if known == kind and code in (0, name))
