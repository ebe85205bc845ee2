"""The share of a gap that tests close: kept with a reason, used everywhere at once, learnt from ten tests on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from experiments.domain.errors import DomainError, ForbiddenError
from experiments.domain.idea import Idea
from experiments.insight.opportunities import Kappa
from experiments.services import audit
from experiments.services.backlog import ideas
from experiments.services.backlog.ranking import backlog
from experiments.services.backlog.start import start
from experiments.services.insight import kappa
from experiments.services.sessions import writing
from experiments.store.insight import gaps
from tests import stories
from tests.scenes import APPROVER, EDITOR, NOW, seed

IDEA = Idea("TV at the entry", traffic_per_week=20_000, baseline=0.03, effect=0.1, value=200, gap=0.5)


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    with writing(engine) as session:
        yield session


def test_an_assumption_is_kept_with_what_was_assumed_before(session: Session) -> None:
    assert kappa.assumed(session) == Kappa()
    wanted = Kappa(0.2, 0.05, 0.3)
    kappa.assume(session, APPROVER, NOW, wanted, reason="Our first two tests closed more")
    assert kappa.assumed(session) == kappa.kappa_of(session, NOW) == wanted
    (entry,) = audit.history(session, noun="setting", key="kappa")
    assert (entry.action, entry.who, entry.reason) == ("change", APPROVER.name, "Our first two tests closed more")
    assert (entry.before, entry.after) == ({"value": 0.1, "low": 0.0}, {"value": 0.2, "low": 0.05})
    kappa.assume(session, APPROVER, NOW, wanted)
    assert len(audit.history(session, noun="setting", key="kappa")) == 1


def test_editors_cannot_change_it_and_nobody_can_assume_what_tests_say(session: Session) -> None:
    with pytest.raises(ForbiddenError):
        kappa.assume(session, EDITOR, NOW, Kappa(0.2))
    with pytest.raises(DomainError, match="assumption"):
        kappa.assume(session, APPROVER, NOW, Kappa(0.2, source="tests", tests=12))
    assert kappa.assumed(session) == Kappa()


def test_ideas_of_opportunities_are_valued_by_their_gap_as_it_counts_today(session: Session) -> None:
    seed(session)
    held = ideas.add(session, EDITOR, NOW, IDEA)
    plain = ideas.add(
        session, EDITOR, NOW, Idea("Another", traffic_per_week=20_000, baseline=0.03, effect=0.1, value=9)
    )
    before = backlog(session, NOW).find(held.id)
    kappa.assume(session, APPROVER, NOW, Kappa(0.2))
    after, other = (backlog(session, NOW).find(one.id) for one in (held, plain))
    assert before is not None
    assert after is not None
    assert other is not None
    assert (before.expected.mean, after.expected.mean) == (pytest.approx(0.05), pytest.approx(0.1))
    assert after.priority is not None
    assert before.priority is not None
    assert after.priority.value > before.priority.value
    assert other.expected.source == "prior"


def test_a_test_started_from_such_an_idea_is_known_by_its_gap(session: Session) -> None:
    seed(session)
    test = start(session, EDITOR, NOW, ideas.add(session, EDITOR, NOW, IDEA).id, "EUR")
    start(session, EDITOR, NOW, ideas.add(session, EDITOR, NOW, Idea("Another")).id, "EUR")
    assert gaps.all_of(session) == {test.key: 0.5}


def test_from_ten_tests_on_what_they_closed_counts(session: Session) -> None:
    stories.add_catalogue(session)
    for number in range(10):
        assert kappa.kappa_of(session, NOW).source == "assumption"
        test = stories.stopped(session, f"t{number}", f"Test {number}")
        stories.look(session, test, stories.units(), {"entry": {"cross-sell": 0.1}}, number=3)
        gaps.put(session, test.key, 0.5)
    found = kappa.kappa_of(session, NOW)
    assert (found.source, found.tests) == ("tests", 10)
    assert found.value == pytest.approx(0.2, rel=0.02)
    assert found.low < 0.2 < found.high
    assert kappa.describe(session, NOW)["assumed"]["value"] == 0.1
