"""What a learning is found by."""

from __future__ import annotations

from sqlalchemy.orm import Session

from experiments.domain.learning import Learning
from experiments.services import catalogue
from experiments.services.experiments import by_key


def search_text(session: Session, learning: Learning, experiment: str | None) -> str:
    """Everything a learning is found by, beside its title."""
    names = {family.key: family.name for family in catalogue.all_families(session)}
    names |= {journey.key: journey.name for journey in catalogue.all_journeys(session)}
    keys = [key for key in (learning.journey, *learning.families) if key]
    tests = [by_key(session, key).name for key in dict.fromkeys(
        [*([experiment] if experiment else []), *(one.experiment for one in learning.evidence)])]  # fmt: skip
    notes = [one.note for one in learning.evidence]
    parts = [learning.finding, learning.conditions, learning.template, *keys, *(names.get(key, "") for key in keys)]
    return "\n".join([*parts, *tests, *notes])
