"""Past tests from their stored reports: every launched and valid one, at its stop."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from experiments.domain.experiment import Experiment, Status
from experiments.insight.past_tests import PastTest
from experiments.services import catalogue
from experiments.services.experiments import all_experiments, attempt
from experiments.services.learn.about import Facets, first_facets
from experiments.services.learn.from_report import past_test
from experiments.store.catalogue import learnings

ENDED = (Status.STOPPED, Status.DECIDED, Status.ARCHIVED)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A test that ended and is not among the past tests, and why."""

    key: str
    title: str
    why: str


@dataclass(frozen=True, slots=True)
class Record:
    """All past tests, and the ended ones that could not enter."""

    tests: tuple[PastTest, ...]
    left_out: tuple[LeftOut, ...]

    def find(self, key: str | None) -> PastTest | None:
        """The test with this key."""
        return next((test for test in self.tests if test.key == key), None)


def past_tests(session: Session, now: int) -> Record:
    """Every launched and valid test at its stop, published or not, the newest first."""
    known = {kept.experiment: kept.learning for kept in learnings.all_learnings(session) if kept.experiment}
    journeys = catalogue.all_journeys(session)

    def read(experiment: Experiment) -> PastTest | str:
        learning = known.get(experiment.key)
        facets = (
            Facets(learning.journey, learning.template, learning.families)
            if learning
            else first_facets(session, experiment, journeys)
        )
        return past_test(session, experiment, facets, now)

    tests, left_out = [], []
    for experiment in all_experiments(session, ENDED):
        if experiment.launched_at is None and not experiment.imported:
            continue
        found = attempt(session, experiment, read) or "Its stored report cannot be read."
        if isinstance(found, PastTest):
            tests.append(found)
        else:
            left_out.append(LeftOut(experiment.key, experiment.name, found))
    return Record(tuple(sorted(tests, key=lambda test: (-test.ended_at, test.key))), tuple(left_out))


def describe_past_test(test: PastTest) -> dict[str, Any]:
    """JSON-ready: what the CSV and the API say of a past test."""
    return {
        "experiment": test.key, "title": test.title, "goal": test.goal, "gain": test.gain, "se": test.se,
        "lo": test.lo, "hi": test.hi, "level": test.level, "action": test.action, "shipped": test.shipped,
        "early": test.early, "corrected": test.measured is not None, "crossed_at": test.crossed_at,
        "measured": {"gain": test.raw.gain, "se": test.raw.se, "lo": test.raw.lo, "hi": test.raw.hi},
        "final": test.final, "journey": test.journey, "template": test.template,
        "families": list(test.families),
        "net": None if test.net is None else {"value": test.net.value, "lo": test.net.lo, "hi": test.net.hi,
                                              "currency": test.net.currency, "per": test.net.per},
    }  # fmt: skip
