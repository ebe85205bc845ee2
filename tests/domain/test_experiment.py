"""Only legal changes of state, only complete tests are launched, a frozen design stays."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.domain.errors import ConflictError, DomainError
from experiments.domain.experiment import EDITABLE, LIVE, TRANSITIONS, Experiment, Status, UnitKind
from experiments.domain.metric import Margin, MetricUse, Role, Scale
from experiments.domain.phase import Phase
from experiments.domain.plan import Plan
from experiments.domain.rollout import RollOut
from experiments.domain.variant import Variant

GOAL = MetricUse("cross-sell", Role.GOAL)
GUARDRAIL = MetricUse("up-sell", Role.GUARDRAIL, Margin(Scale.RELATIVE, 0.05))
PHASE = Phase(1, "salt", (Variant("a", "A", 0.5), Variant("b", "B", 0.5)))
READY = Experiment(
    key="tv-entry",
    name="Entry",
    hypothesis="Because.",
    unit=UnitKind.VISITOR,
    metrics=(GOAL, GUARDRAIL),
    phases=(PHASE,),
    plan=Plan(weeks=4, units_per_variant=1000),
)


@given(st.sampled_from(Status), st.sampled_from(Status))
def test_exactly_the_listed_transitions_are_legal(start: Status, end: Status) -> None:
    experiment = replace(READY, status=start)
    if end in TRANSITIONS[start]:
        assert experiment.move_to(end, now=5).status is end
    else:
        with pytest.raises(ConflictError) as caught:
            experiment.move_to(end, now=5)
        assert caught.value.code == "bad_transition"


@given(st.lists(st.sampled_from(Status), max_size=12))
def test_no_walk_leaves_the_life_of_a_test(wishes: list[Status]) -> None:
    """Whatever is asked for in whatever order, what has been launched never becomes a draft again."""
    experiment, history = READY, [READY]
    for now, wish in enumerate(wishes, start=1):
        try:
            experiment = experiment.move_to(wish, now)
        except ConflictError:
            continue
        history.append(experiment)
    for before, after in pairwise(history):
        assert before.launched_at is None or after.launched_at == before.launched_at
        assert after.launched_at is None or after.status not in EDITABLE
        assert (after.stopped_at is not None) == (after.phase.ended_at is not None)
        assert before.stopped_at is None or after.status not in LIVE


def test_launch_and_stop_are_dated() -> None:
    running = READY.move_to(Status.RUNNING, 10)
    assert (running.launched_at, running.phase.started_at) == (10, 10)
    resumed = running.move_to(Status.PAUSED, 20).move_to(Status.RUNNING, 30)
    assert (resumed.launched_at, resumed.phase.started_at) == (10, 10)
    stopped = resumed.move_to(Status.STOPPED, 40)
    assert (stopped.stopped_at, stopped.phase.ended_at) == (40, 40)


@pytest.mark.parametrize(
    ("missing", "sentence"),
    [
        ({"hypothesis": ""}, "hypothesis is empty"),
        ({"metrics": (GUARDRAIL,)}, "role goal"),
        ({"metrics": (GOAL,)}, "No guardrail"),
        ({"plan": Plan(weeks=4)}, "no sample size"),
    ],
)
def test_what_is_missing_is_said_and_nothing_is_launched(missing: dict[str, object], sentence: str) -> None:
    experiment = replace(READY, **missing)  # type: ignore[arg-type]
    assert [sentence in text for text in experiment.missing_for_launch()] == [True]
    with pytest.raises(ConflictError, match=sentence) as caught:
        experiment.move_to(Status.RUNNING, 1)
    assert caught.value.code == "not_ready"
    assert experiment.move_to(Status.TESTING, 1).status is Status.TESTING


@given(st.sampled_from(Status))
def test_the_design_can_be_changed_before_launch_only(status: Status) -> None:
    experiment = replace(READY, status=status)
    if status in EDITABLE:
        experiment.check_editable()
    else:
        with pytest.raises(ConflictError) as caught:
            experiment.check_editable()
        assert caught.value.code == "frozen"


def test_a_decision_names_a_variant_of_the_test() -> None:
    stopped = replace(READY, status=Status.STOPPED)
    assert stopped.decide(RollOut("b"), 9).rollout == RollOut("b")
    assert stopped.decide(None, 9).status is Status.DECIDED
    with pytest.raises(DomainError, match="'c', is not a variant"):
        stopped.decide(RollOut("c"), 9)
    with pytest.raises(ConflictError):
        READY.decide(RollOut("b"), 9)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"key": "No Key"}, "experiment.key"),
        ({"name": ""}, "experiment.name"),
        ({"hypothesis": "x" * 4001}, "experiment.hypothesis"),
        ({"phases": ()}, "experiment.phases"),
        ({"phases": (replace(PHASE, number=2),)}, "experiment.phases"),
        ({"metrics": (GOAL, GOAL)}, "experiment.metrics"),
    ],
)
def test_bounds(change: dict[str, object], field: str) -> None:
    with pytest.raises(DomainError) as caught:
        replace(READY, **change)  # type: ignore[arg-type]
    assert caught.value.field == field


def test_goals_and_guardrails_are_told_apart() -> None:
    assert (READY.goals, READY.guardrails) == ((GOAL,), (GUARDRAIL,))
