"""What a list of tests is filtered by: journey, channels, what the audience holds, kind of change, owner."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy.orm import Session

from experiments.domain.audience import Operator
from experiments.domain.experiment import Experiment
from experiments.services import catalogue
from experiments.services.learn.about import facets_from
from experiments.store.catalogue import draft_answers, learnings

_HAS = frozenset({Operator.IN, Operator.ANY_OF})


@dataclass(frozen=True, slots=True)
class Facets:
    """Of one test; empty where it says nothing.

    Args:
        journey: key, by its learning, else by layer and pages.
        channels: where the offer is shown: as the plan declares, else as the audience asks.
        holds: keys of the families of which the audience must hold a product.
        kind: kind of change, by its learning, else the template it began from.
        owner: as it stands in the definition.
    """

    journey: str = ""
    channels: tuple[str, ...] = ()
    holds: tuple[str, ...] = ()
    kind: str = ""
    owner: str = ""


def facets_of(session: Session, tests: Iterable[Experiment]) -> dict[str, Facets]:
    """The facets of each test by its key."""
    journeys = catalogue.all_journeys(session)
    family_of = {product.key: product.family for product in catalogue.all_products(session)}
    told = {kept.experiment: kept.learning for kept in learnings.all_learnings(session) if kept.experiment}
    answers = draft_answers.of_all(session)
    found = {}
    for test in tests:
        said = told.get(test.key) or facets_from(test, answers.get(test.key, {}), journeys)
        held = dict.fromkeys(family_of[key] for key in _asked(test, "holdings") if key in family_of)
        found[test.key] = Facets(said.journey, _channels(test), tuple(held), said.template, test.owner)
    return found


def _channels(test: Experiment) -> tuple[str, ...]:
    net = test.plan.net
    if net is not None and "channels" not in net.assumed:
        return tuple(channel.value for channel in net.channels)
    return _asked(test, "channel") or (tuple(channel.value for channel in net.channels) if net else ())


def _asked(test: Experiment, attribute: str) -> tuple[str, ...]:
    """What the audience wants of an attribute."""
    rules = [rule for rule in test.phase.audience.rules if rule.attribute == attribute and rule.op in _HAS]
    return tuple(str(value) for rule in rules for value in rule.values)
