"""Which journey each test is on: what its learning says, else what its layer and pages say."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy.orm import Session

from experiments.domain.experiment import Experiment
from experiments.services import catalogue
from experiments.services.learn.past import first_facets
from experiments.store.catalogue import learnings


def journeys_of(session: Session, tests: Iterable[Experiment]) -> dict[str, str]:
    """Key of the journey by key of the test; tests on none are left out."""
    journeys = catalogue.all_journeys(session)
    told = {kept.experiment: kept.learning.journey for kept in learnings.all_learnings(session) if kept.experiment}
    found = {
        test.key: told[test.key] if test.key in told else first_facets(session, test, journeys).journey
        for test in tests
    }
    return {key: journey for key, journey in found.items() if journey}
