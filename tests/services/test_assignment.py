"""What changes of a running test do to the units in it, through the services, the published config and the SDK."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from scipy import stats
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from experiments.domain.audience import Audience, Operator, Rule
from experiments.domain.environment import Environment
from experiments.domain.errors import ConflictError
from experiments.domain.rollout import RollOut
from experiments.domain.variant import Variant
from experiments.services import launch
from experiments.services.decide import Choice, decide
from experiments.services.publish import published_config
from experiments.services.roll_out import raise_roll_out
from experiments.services.sessions import writing
from netlift.config import Config, parse_config
from netlift.evaluation import evaluate
from netlift.result import Result
from tests.scenes import APPROVER, NOW, running, seed

UNITS = [f"visitor-{number}" for number in range(3_000)]
KEY = "tv-entry"
BASIC = {"plan": "basic"}

CHANGES: dict[str, Callable[[Session], object]] = {
    "weights": lambda session: launch.new_phase(
        session, APPROVER, NOW + 1, KEY, variants=(Variant("control", "As it is", 0.2), Variant("entry", "Entry", 0.8))
    ),
    "audience": lambda session: launch.new_phase(
        session, APPROVER, NOW + 1, KEY, audience=Audience("Basic plan", (Rule("plan", Operator.IN, ("basic",)),))
    ),
    "payload": lambda session: launch.new_phase(
        session,
        APPROVER,
        NOW + 1,
        KEY,
        variants=(Variant("control", "As it is", 0.5), Variant("entry", "Entry", 0.5, {"label": "New"})),
    ),
}


def config_of(session: Session) -> Config:
    config = parse_config(published_config(session, Environment.PRODUCTION, private=False).document)
    assert config.problems == ()
    return config


def answers(session: Session) -> list[Result]:
    config = config_of(session)
    return [evaluate(config, KEY, unit, BASIC) for unit in UNITS]


def begin(session: Session, enrolment: float = 1.0) -> None:
    seed(session)
    variants = [{"key": "control", "name": "As it is", "weight": 0.5}, {"key": "entry", "name": "Entry", "weight": 0.5}]
    running(session, KEY, enrolment=enrolment, variants=variants)


def test_raising_the_enrolment_share_moves_nobody(engine: Engine) -> None:
    with writing(engine) as session:
        begin(session, 0.05)
        before = answers(session)
        for share in (0.2, 0.5, 1.0):
            launch.raise_enrolment(session, APPROVER, NOW, KEY, share)
            after = answers(session)
            for old, new in zip(before, after, strict=True):
                assert old.reason == "NOT_ENROLLED" or (old.variant, old.phase) == (new.variant, new.phase)
            enrolled = [new.reason == "SPLIT" for new in after]
            assert abs(sum(enrolled) / len(UNITS) - share) < 0.04
            before = after


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_that_matters_begins_a_phase_in_which_all_are_drawn_anew(engine: Engine, change: str) -> None:
    with writing(engine) as session:
        begin(session)
        before = answers(session)
        CHANGES[change](session)
        after = answers(session)
    assert ({result.phase for result in before}, {result.phase for result in after}) == ({1}, {2})
    table = [[0, 0], [0, 0]]
    for old, new in zip(before, after, strict=True):
        table[old.variant == "entry"][new.variant == "entry"] += 1
    # Whoever had the entry before has it now as often as anybody else: the draws know nothing of each other.
    assert stats.chi2_contingency(table, correction=False).pvalue > 1e-4
    moved = table[0][1] + table[1][0]
    assert 0.4 < moved / len(UNITS) < 0.6


def test_a_phase_without_a_change_is_refused_so_that_nobody_moves_for_nothing(engine: Engine) -> None:
    with writing(engine) as session:
        begin(session)
        before = answers(session)
        with pytest.raises(ConflictError):
            launch.new_phase(session, APPROVER, NOW + 1, KEY)
        assert answers(session) == before


def test_pausing_and_resuming_moves_nobody(engine: Engine) -> None:
    with writing(engine) as session:
        begin(session, 0.5)
        before = [result.variant for result in answers(session)]
        launch.pause(session, APPROVER, NOW, KEY)
        launch.resume(session, APPROVER, NOW, KEY)
        assert [result.variant for result in answers(session)] == before


def test_shipping_takes_the_winner_from_nobody_and_keeps_the_holdback_apart(engine: Engine) -> None:
    with writing(engine) as session:
        begin(session, 0.5)
        before = answers(session)
        launch.stop(session, APPROVER, NOW + 1, KEY)
        rollout = RollOut("entry", share=0.5, holdback=0.1, keep=False)
        decide(session, APPROVER, NOW + 1, KEY, Choice.SHIP, rollout=rollout, reason="Because.")
        shipped = answers(session)
        raise_roll_out(session, APPROVER, NOW + 2, KEY, share=1.0, holdback=0.1)
        everywhere = answers(session)
    for was, has, will in zip(before, shipped, everywhere, strict=True):
        if was.reason == "SPLIT" and was.variant == "entry":
            assert (has.variant, will.variant) == ("entry", "entry")
        assert has.reason != "ROLLOUT" or will.reason == "ROLLOUT"
        assert has.reason != "HOLDBACK" or will.reason == "HOLDBACK"
        # Whoever comes in with a later step was as likely to be held back as those before, and saw the control so far.
        assert (has.reason == "NOT_ENROLLED") == (not has.exposure)
    held = [result.reason == "HOLDBACK" for result in everywhere]
    assert 0.07 < sum(held) / len(UNITS) < 0.13
    assert {result.exposure for result in everywhere} == {True}
