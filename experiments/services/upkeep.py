"""What the worker does now and then, beside projecting and refreshing."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from sqlalchemy import Engine

from experiments.config import Settings
from experiments.services import measuring
from experiments.services.frozen import remove_leftovers
from experiments.services.kept_answers import forget_old
from experiments.services.privacy import finish_erasures
from experiments.services.retention import remove_daily
from experiments.services.steps import Alone, together
from experiments.services.traffic import mark_busy
from experiments.store import partitions

#: µs between two rounds.
PAUSE = 900_000_000


def keep_house(engine: Engine, settings: Settings, now: int, alone: Alone = together) -> None:
    """One round; in the worker a chore that fails is told and tried again in the next, and holds up no other."""
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
        alone("upkeep", chore, name)
