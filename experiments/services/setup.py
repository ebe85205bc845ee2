"""A database made ready for use: migrated, with the built-in metrics."""

from __future__ import annotations

from sqlalchemy import Engine

from experiments.config import Settings
from experiments.services.metrics import ensure_default_metrics
from experiments.store import migrate
from experiments.store.engines import writing


def prepare(engine: Engine, settings: Settings, now: int) -> None:
    """Migrate to the newest revision and add built-in metrics that are missing; safe to repeat."""
    migrate.upgrade(engine)
    with writing(engine) as session:
        ensure_default_metrics(session, now, settings.digital)
