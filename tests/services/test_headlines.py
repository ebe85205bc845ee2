"""One line per test for the list: from the last look, unless newer data forbid any verdict."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from experiments.decision.words import Action
from experiments.domain.experiment import Experiment
from experiments.services.headlines import deciding_snapshot, headline
from experiments.store.engines import writing
from tests import stories

GAIN = {"entry": {"cross-sell": 0.2, "up-sell": 0.05}}


@pytest.fixture
def session(sqlite_engine: Engine):
    with writing(sqlite_engine) as opened:
        stories.add_catalogue(opened)
        yield opened


@pytest.fixture
def test(session: Session) -> Experiment:
    return stories.running(session, "entry", "Entry")


def test_before_the_first_report_there_is_nothing_to_say(session: Session, test: Experiment) -> None:
    assert headline(session, "entry", 1) is None
    assert deciding_snapshot(session, "entry", 1) is None


def test_before_the_first_look_the_counts_speak(session: Session, test: Experiment) -> None:
    stories.live(session, test, 30_000, GAIN)
    said = headline(session, "entry", 1)
    assert said is not None
    assert (said.action, said.provisional, said.exposed) == (Action.INCONCLUSIVE, True, 60_041)


def test_after_a_look_its_verdict_stays_while_counts_go_on(session: Session, test: Experiment) -> None:
    look = stories.look(session, test, stories.units(0.75), GAIN, number=1)
    stories.live(session, test, stories.units(0.8), GAIN, number=1)
    said = headline(session, "entry", 1)
    assert said is not None
    assert (said.action, said.title, said.provisional) == (Action.SHIP, look.decision.title, False)
    assert said.exposed == 2 * stories.units(0.8) + 41


def test_data_that_forbid_a_verdict_silence_the_look(session: Session, test: Experiment) -> None:
    stories.look(session, test, stories.units(0.75), GAIN, number=1)
    stories.live(session, test, 120_000, GAIN, exposed={"control": 126_000, "entry": 114_000}, number=1)
    said = headline(session, "entry", 1)
    assert said is not None
    assert said.action is Action.INVALID


def test_phases_are_told_apart(session: Session, test: Experiment) -> None:
    stories.look(session, test, stories.units(0.75), GAIN, number=1)
    assert headline(session, "entry", 2) is None
