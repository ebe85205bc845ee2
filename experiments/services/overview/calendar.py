"""The calendar of this deployment, with the names of its layers."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from experiments.domain.calendar import Lane, lanes, spans
from experiments.services.experiments import all_experiments
from experiments.store.catalogue.layers import all_layers

NO_LAYER = "No layer"


@dataclass(frozen=True, slots=True)
class Calendar:
    """Lanes with the names of their layers; `names` also names lanes that are empty."""

    lanes: tuple[Lane, ...]
    names: dict[str, str]

    def name_of(self, layer: str) -> str:
        """What people call the lane."""
        return self.names.get(layer, layer or NO_LAYER)


def calendar(session: Session, now: int) -> Calendar:
    """Every test that runs, runs off or could start."""
    names = {layer.key: layer.name for layer in all_layers(session)}
    return Calendar(lanes(spans(all_experiments(session), now)), names)
