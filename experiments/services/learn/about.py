"""What a test was about: the journey, the kind of change and the families it promoted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from sqlalchemy.orm import Session

from experiments.domain.experiment import Experiment
from experiments.domain.journey import Journey, Match
from experiments.domain.template import BLANK, TEMPLATES
from experiments.store.catalogue import draft_answers


@dataclass(frozen=True, slots=True)
class Facets:
    """What a test was about, as its learning says; families as its plan says where no learning does."""

    journey: str = ""
    template: str = ""
    families: tuple[str, ...] = ()


def first_facets(session: Session, experiment: Experiment, journeys: Iterable[Journey]) -> Facets:
    """What a test seems to be about before anybody says so.

    The journey is that of its layer, or the one its pages belong to; the kind of change is the template it began from.
    """
    saved = draft_answers.find(session, experiment.key)
    return facets_from(experiment, saved.answers if saved else {}, journeys)


def facets_from(experiment: Experiment, answers: draft_answers.Answers, journeys: Iterable[Journey]) -> Facets:
    """The same from what the builder was told."""
    families = experiment.plan.net.promoted.families if experiment.plan.net else ()
    pages = [*_hrefs(experiment), *answers.get("place", ())]
    return Facets(_journey(experiment, pages, tuple(journeys)), _template(answers.get("template", ())), families)


def _template(keys: Sequence[str]) -> str:
    return next((one.name for one in TEMPLATES if one.key in keys and one.key != BLANK), "")


def _hrefs(experiment: Experiment) -> list[str]:
    """Where the offers of its variants lead."""
    shown = [variant.payload for variant in experiment.phase.variants if isinstance(variant.payload, dict)]
    return [payload["href"] for payload in shown if isinstance(payload.get("href"), str)]


def _journey(experiment: Experiment, pages: Sequence[str], journeys: tuple[Journey, ...]) -> str:
    layer = experiment.phase.layer
    if layer is not None and any(journey.key == layer.layer for journey in journeys):
        return layer.layer
    fits = [
        (len(step.pattern), journey.key)
        for journey in journeys
        for step in journey.steps
        for path in pages
        if step.match is Match.PATH and fnmatchcase(path, step.pattern)
    ]
    return max(fits)[1] if fits else ""
