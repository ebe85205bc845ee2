"""Ideas and seasons."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from experiments.domain.errors import ConflictError
from experiments.domain.idea import Idea, IdeaStatus, Season
from experiments.domain.plain import from_plain, to_plain
from experiments.store.catalogue.experiments import id_of
from experiments.store.catalogue.learnings import ID_MAX
from experiments.store.catalogue.rows import required
from experiments.store.tables import ExperimentRow, IdeaRow, SeasonRow


@dataclass(frozen=True, slots=True)
class Held:
    """An idea with where it stands.

    Args:
        place: where somebody moved it, 1 = first; None = by its value.
        experiment: key of the draft it became.
        who: who put it in.
    """

    id: int
    idea: Idea
    status: IdeaStatus
    revision: int
    place: int | None
    place_reason: str
    experiment: str | None
    who: str
    created_at: int
    updated_at: int


def add(session: Session, idea: Idea, who: str, now: int) -> Held:
    """Put an idea in."""
    row = IdeaRow(status=IdeaStatus.OPEN.value, revision=1, idea=to_plain(idea), place=None, place_reason="",
                  experiment_id=None, who=who, created_at=now, updated_at=now)  # fmt: skip
    session.add(row)
    session.flush()
    return _held(row, None)


def save(session: Session, held: Held, now: int) -> Held:
    """Save a changed idea; its revision must be the one that was read.

    Raises:
        ConflictError: `stale`.
    """
    row = _row(session, held.id)
    if row.revision != held.revision:
        message = f"revision == {held.revision}, but it is {row.revision} by now: somebody changed it in between."
        raise ConflictError(message, "revision", code="stale")
    row.idea, row.status, row.revision, row.updated_at = to_plain(held.idea), held.status.value, row.revision + 1, now
    row.place, row.place_reason = held.place, held.place_reason
    row.experiment_id = None if held.experiment is None else id_of(session, held.experiment)
    session.flush()
    return _held(row, held.experiment)


def find(session: Session, idea_id: int) -> Held:
    """The idea; raises NotFoundError."""
    row = _row(session, idea_id)
    return _held(row, _keys(session).get(row.experiment_id))


def all_ideas(session: Session) -> tuple[Held, ...]:
    """Every idea, the newest first."""
    keys = _keys(session)
    rows = session.scalars(select(IdeaRow).order_by(IdeaRow.id.desc()))
    return tuple(_held(row, keys.get(row.experiment_id)) for row in rows)


def all_seasons(session: Session) -> tuple[tuple[int, Season], ...]:
    """(id, season), the earliest first."""
    rows = session.scalars(select(SeasonRow).order_by(SeasonRow.starts_on, SeasonRow.id))
    return tuple((row.id, Season(row.name, row.starts_on, row.ends_on)) for row in rows)


def add_season(session: Session, season: Season) -> int:
    """Keep a season; returns its id."""
    row = SeasonRow(name=season.name, starts_on=season.starts_on, ends_on=season.ends_on)
    session.add(row)
    session.flush()
    return row.id


def delete_season(session: Session, season_id: int) -> Season:
    """Forget a season; returns it."""
    found = session.get(SeasonRow, season_id) if 0 < season_id <= ID_MAX else None
    row = required(found, "season", season_id)
    season = Season(row.name, row.starts_on, row.ends_on)
    session.delete(row)
    session.flush()
    return season


def _row(session: Session, idea_id: int) -> IdeaRow:
    return required(session.get(IdeaRow, idea_id) if 0 < idea_id <= ID_MAX else None, "idea", idea_id)


def _keys(session: Session) -> dict[int | None, str]:
    rows = session.execute(
        select(ExperimentRow.id, ExperimentRow.key).join(IdeaRow, IdeaRow.experiment_id == ExperimentRow.id)
    )
    return {row.id: row.key for row in rows}


def _held(row: IdeaRow, experiment: str | None) -> Held:
    return Held(
        row.id,
        from_plain(Idea, row.idea),
        IdeaStatus(row.status),
        row.revision,
        row.place,
        row.place_reason,
        experiment,
        row.who,
        row.created_at,
        row.updated_at,
    )
