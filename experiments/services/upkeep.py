"""What the worker does now and then, beside projecting and refreshing."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from experiments.config import Settings
from experiments.domain.errors import DomainError
from experiments.services import measuring
from experiments.services.frozen import remove_leftovers
from experiments.services.kept_answers import forget_old
from experiments.services.privacy import finish_erasures
from experiments.services.retention import remove_daily
from experiments.services.traffic import mark_busy
from experiments.store import partitions

_log = logging.getLogger(__name__)
#: µs between two rounds.
PAUSE = 900_000_000


def keep_house(engine: Engine, settings: Settings, now: int) -> None:
    """One round; a chore that fails is logged and tried again in the next, and holds up no other."""
    chores: dict[str, Callable[[], object]] = {
        "partitions": partial(partitions.ensure, engine, now),
        "erasures": partial(finish_erasures, engine, now, settings.data_dir),
        "unit tables": partial(remove_leftovers, engine, settings.data_dir, now),
        "busy units": partial(mark_busy, engine, now, settings.busy_per_hour),
        "kept answers": partial(forget_old, engine, now),
        "looks back": partial(measuring.forget_old, engine, now),
        "retention": partial(remove_daily, engine, settings, now),
    }
    for name, chore in chores.items():
        try:
            chore()
        except DomainError as error:
            _log.warning("Upkeep of %s failed: %s", name, error.message)
        except (SQLAlchemyError, OSError) as error:
            _log.warning("Upkeep of %s failed: %s", name, type(error).__name__)
