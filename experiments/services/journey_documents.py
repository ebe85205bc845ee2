"""Journeys as JSON documents."""

from __future__ import annotations

from typing import Any

from experiments.domain.journey import Journey, Match, Step
from experiments.services.fields import Fields, placed


def read_journey(data: Any, key: str) -> Journey:
    """The journey that a document describes.

    Args:
        key: of the journey; one in the document is what was read before and is ignored.

    Raises:
        DomainError: with the dotted path of the first field that does not fit.
    """
    fields = Fields(data, "", ("key", "name", "steps"))
    steps = tuple(_read_step(item, path) for path, item in fields.items("steps"))
    with placed("", "journey"):
        return Journey(key, fields.text("name"), steps)


def _read_step(item: Any, path: str) -> Step:
    fields = Fields(item, path, ("key", "name", "match", "pattern"))
    with placed(path, "step"):
        return Step(fields.text("key"), fields.text("name"), fields.choice("match", Match), fields.text("pattern"))
