"""From draft to archive: who may, what is fixed, what is refused."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from experiments.domain.errors import ConflictError, DomainError, ForbiddenError
from experiments.domain.experiment import Experiment, Status
from experiments.domain.layer import LayerSlice
from experiments.domain.rollout import RollOut
from experiments.domain.variant import Variant
from experiments.services import audit, experiments, launch
from experiments.services.decide import Choice, decide
from experiments.services.metrics import metric_by_key, save_metric
from experiments.services.roll_out import end_roll_out, raise_roll_out
from experiments.services.sessions import reading, writing
from tests.scenes import APPROVER, EDITOR, NOW, draft, running, seed, stopped

Change = Callable[[Session], Experiment]
HALF = {"key": "tv-pages", "start": 0.0, "end": 0.5}
REST = {"key": "tv-pages", "start": 0.5, "end": 1.0}
MOST = {"key": "tv-pages", "start": 0.2, "end": 1.0}


def test_the_life_of_a_test(engine: Engine) -> None:
    with writing(engine) as session:
        seed(session)
        draft(session)
        for change, status in (
            (launch.start_testing, Status.TESTING),
            (launch.back_to_draft, Status.DRAFT),
            (launch.launch, Status.RUNNING),
            (launch.pause, Status.PAUSED),
            (launch.resume, Status.RUNNING),
            (launch.stop, Status.STOPPED),
            (launch.archive, Status.ARCHIVED),
        ):
            assert change(session, APPROVER, NOW, "tv-entry", reason="As planned.").status is status
    with reading(engine) as session:
        lines = audit.history(session, noun="experiment", key="tv-entry")
        assert experiments.by_key(session, "tv-entry").revision == 8
    actions = ["create", "start_testing", "back_to_draft", "launch", "pause", "resume", "stop", "archive"]
    assert [line.action for line in reversed(lines)] == actions
    assert {line.reason for line in lines[:-1]} == {"As planned."}


def test_launch_fixes_the_version_of_every_metric(engine: Engine) -> None:
    with writing(engine) as session:
        seed(session)
        launched = running(session)
        changed = replace(metric_by_key(session, "cross-sell"), window_days=14)
        assert save_metric(session, EDITOR, NOW, changed).version == 2
        launch.pause(session, APPROVER, NOW, "tv-entry")
    with reading(engine) as session:
        found = experiments.by_key(session, "tv-entry")
        assert [use.version for use in found.metrics] == [1, 1]
        assert found.metrics == launched.metrics
        assert metric_by_key(session, "cross-sell", found.metrics[0].version).window_days == 28


def test_a_taken_slice_is_refused_and_named(engine: Engine) -> None:
    with writing(engine) as session:
        seed(session)
        running(session, "first", layer=HALF)
        draft(session, "second", layer=MOST)
        with pytest.raises(ConflictError, match=r"overlaps 0 to 0\.5 of the running test 'first'") as caught:
            launch.launch(session, APPROVER, NOW, "second")
        assert (caught.value.code, caught.value.field) == ("layer_taken", "layer")
        assert experiments.by_key(session, "second").status is Status.DRAFT
        assert running(session, "third", layer=REST).status is Status.RUNNING


def test_a_paused_test_keeps_its_slice_and_a_stopped_one_frees_it(engine: Engine) -> None:
    with writing(engine) as session:
        seed(session)
        running(session, "first", layer=HALF)
        draft(session, "second", layer=HALF)
        launch.start_testing(session, EDITOR, NOW, "second")
        launch.pause(session, APPROVER, NOW, "first")
        with pytest.raises(ConflictError, match="paused test 'first'"):
            launch.launch(session, APPROVER, NOW, "second")
        launch.stop(session, APPROVER, NOW, "first")
        assert launch.launch(session, APPROVER, NOW, "second").status is Status.RUNNING


def test_of_two_launches_into_one_slice_at_the_same_moment_one_wins(engine: Engine) -> None:
    keys = ["one", "two", "three", "four"]
    with writing(engine) as session:
        seed(session)
        for key in keys:
            draft(session, key, layer=HALF)

    def start(key: str) -> str:
        try:
            with writing(engine) as session:
                return launch.launch(session, APPROVER, NOW, key).status.value
        except ConflictError as error:
            return error.code

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(start, keys)) == ["layer_taken"] * 3 + ["running"]


def test_what_is_not_ready_is_not_launched(engine: Engine) -> None:
    with writing(engine) as session:
        seed(session)
        draft(session, plan=None, hypothesis=None)
        with pytest.raises(ConflictError, match=r"hypothesis is empty.*no sample size") as caught:
            launch.launch(session, APPROVER, NOW, "tv-entry")
    assert caught.value.code == "not_ready"


def test_a_paused_test_is_resumed_and_not_launched_again(engine: Engine) -> None:
    with writing(engine) as session:
        seed(session)
        running(session)
        for change in (launch.launch, launch.resume, launch.start_testing):
            with pytest.raises(ConflictError):
                change(session, APPROVER, NOW, "tv-entry")
        launch.pause(session, APPROVER, NOW, "tv-entry")
        with pytest.raises(ConflictError, match="a paused test is resumed"):
            launch.launch(session, APPROVER, NOW, "tv-entry")


def test_a_stale_revision_is_refused(engine: Engine) -> None:
    with writing(engine) as session:
        seed(session)
        running(session)
        with pytest.raises(ConflictError) as caught:
            launch.stop(session, APPROVER, NOW, "tv-entry", revision=1)
        assert caught.value.code == "stale"
        assert launch.stop(session, APPROVER, NOW, "tv-entry", revision=2).revision == 3


def test_the_enrolment_rises_within_a_phase(engine: Engine) -> None:
    with writing(engine) as session:
        seed(session)
        running(session, enrolment=0.1)
        raised = launch.raise_enrolment(session, APPROVER, NOW, "tv-entry", 0.4)
        assert (raised.phase.number, raised.phase.enrolment) == (1, 0.4)
        with pytest.raises(DomainError, match="may only rise"):
            launch.raise_enrolment(session, APPROVER, NOW, "tv-entry", 0.3)


def test_a_new_phase_has_its_own_salt_and_checks_its_slice(engine: Engine) -> None:
    weights = (Variant("control", "Page as it is", 0.2), Variant("personal-entry", "Entry", 0.8))
    with writing(engine) as session:
        seed(session)
        first = running(session, layer=HALF)
        running(session, "neighbour", layer=REST)
        second = launch.new_phase(session, APPROVER, NOW + 5, "tv-entry", variants=weights, reason="Ramp.")
        with pytest.raises(ConflictError, match="'neighbour'"):
            launch.new_phase(session, APPROVER, NOW + 6, "tv-entry", layer=LayerSlice("tv-pages", 0, 0.7))
        third = launch.new_phase(session, APPROVER, NOW + 7, "tv-entry", layer=LayerSlice("tv-pages", 0, 0.4))
    with reading(engine) as session:
        assert experiments.by_key(session, "tv-entry") == third
    assert len({phase.salt for phase in third.phases}) == 3
    assert second.phases[0] == replace(first.phase, ended_at=NOW + 5)
    assert (second.phase.number, second.phase.variants, second.phase.layer) == (2, weights, first.phase.layer)
    assert third.phase.layer == LayerSlice("tv-pages", 0, 0.4)


def test_a_rolled_out_test_is_archived_once_the_roll_out_has_ended(engine: Engine) -> None:
    with writing(engine) as session:
        seed(session)
        stopped(session)
        shipped = RollOut("personal-entry", share=0.2, holdback=0.1)
        decide(session, APPROVER, NOW, "tv-entry", Choice.SHIP, rollout=shipped, reason="We believe it.")
        grown = raise_roll_out(session, APPROVER, NOW, "tv-entry", share=1.0, holdback=0.05)
        assert grown.rollout is not None
        assert (grown.rollout.share, grown.rollout.holdback, grown.rollout.started_at) == (1.0, 0.05, NOW)
        with pytest.raises(ConflictError, match="end the roll-out first"):
            launch.archive(session, EDITOR, NOW, "tv-entry")
        assert end_roll_out(session, APPROVER, NOW, "tv-entry").rollout is None
        assert launch.archive(session, EDITOR, NOW, "tv-entry").status is Status.ARCHIVED


CHANGES: list[tuple[str, Change]] = [
    ("launch", lambda session: launch.launch(session, EDITOR, NOW, "tv-entry")),
    ("pause", lambda session: launch.pause(session, EDITOR, NOW, "tv-entry")),
    ("resume", lambda session: launch.resume(session, EDITOR, NOW, "tv-entry")),
    ("stop", lambda session: launch.stop(session, EDITOR, NOW, "tv-entry")),
    ("enrolment", lambda session: launch.raise_enrolment(session, EDITOR, NOW, "tv-entry", 1.0)),
    ("phase", lambda session: launch.new_phase(session, EDITOR, NOW, "tv-entry")),
    ("decide", lambda session: decide(session, EDITOR, NOW, "tv-entry", Choice.KEEP_CONTROL)),
    ("grow", lambda session: raise_roll_out(session, EDITOR, NOW, "tv-entry", share=1, holdback=0)),
    ("end", lambda session: end_roll_out(session, EDITOR, NOW, "tv-entry")),
]


@pytest.mark.parametrize(("name", "change"), CHANGES)
def test_what_customers_see_is_changed_by_approvers(sqlite_engine: Engine, name: str, change: Change) -> None:
    with writing(sqlite_engine) as session:
        seed(session)
        before = running(session)
        with pytest.raises(ForbiddenError, match="needs approver"):
            change(session)
        assert experiments.by_key(session, "tv-entry") == before, name
