"""Pictures of variants, kept in the database: a copy of it is a copy of everything."""

from __future__ import annotations

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from experiments.domain.screenshot import MediaType, Screenshot
from experiments.store.catalogue.experiments import id_of
from experiments.store.tables import ScreenshotRow

_ABOUT = (
    ScreenshotRow.variant, ScreenshotRow.alt, ScreenshotRow.media_type, ScreenshotRow.width, ScreenshotRow.height,
    ScreenshotRow.digest, ScreenshotRow.added_by, ScreenshotRow.added_at,
)  # fmt: skip


def all_of(session: Session, experiment: str) -> tuple[Screenshot, ...]:
    """The pictures of a test, without their content."""
    query = select(*_ABOUT).where(ScreenshotRow.experiment_id == id_of(session, experiment))
    rows = session.execute(query.order_by(ScreenshotRow.variant))
    return tuple(Screenshot(row[0], row[1], MediaType(row[2]), *row[3:]) for row in rows)


def content(session: Session, experiment: str, variant: str) -> tuple[bytes, str, str] | None:
    """(content, media type, digest) of a picture."""
    query = select(ScreenshotRow.content, ScreenshotRow.media_type, ScreenshotRow.digest).where(
        ScreenshotRow.experiment_id == id_of(session, experiment), ScreenshotRow.variant == variant
    )
    row = session.execute(query).one_or_none()
    return None if row is None else (bytes(row[0]), row[1], row[2])


def keep(session: Session, experiment: str, shot: Screenshot, data: bytes) -> None:
    """Add a picture, or replace the one of this variant."""
    number = id_of(session, experiment)
    query = select(ScreenshotRow).where(ScreenshotRow.experiment_id == number, ScreenshotRow.variant == shot.variant)
    row = session.scalars(query).one_or_none() or ScreenshotRow(experiment_id=number, variant=shot.variant)
    row.alt, row.media_type, row.width, row.height = shot.alt, shot.media_type.value, shot.width, shot.height
    row.digest, row.content, row.added_by, row.added_at = shot.digest, data, shot.added_by, shot.added_at
    session.add(row)
    session.flush()


def drop(session: Session, experiment: str, variant: str) -> bool:
    """Delete a picture; False where there was none."""
    where = (ScreenshotRow.experiment_id == id_of(session, experiment), ScreenshotRow.variant == variant)
    found = session.scalar(select(ScreenshotRow.id).where(*where))
    session.execute(delete(ScreenshotRow).where(*where))
    return found is not None
