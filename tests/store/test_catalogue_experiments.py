"""Experiments with phases, metrics, plan and roll-out come back as they went in, and editors do not overwrite."""

from __future__ import annotations

import itertools
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from experiments.domain.audience import Audience, Operator, Rule
from experiments.domain.errors import ConflictError, NotFoundError
from experiments.domain.experiment import Experiment, Status, UnitKind
from experiments.domain.phase import Phase
from experiments.domain.rollout import RollOut
from experiments.domain.variant import Variant
from experiments.store.catalogue import decisions, experiments, phases, snapshots
from experiments.store.catalogue.decisions import Decided
from experiments.store.engines import reading, writing
from tests import strategies

numbers = itertools.count()
REPORT = {"decision": {"action": "ship", "variant": "b"}, "look": {"information": 0.5}}


@st.composite
def _experiments(draw: st.DrawFn) -> Experiment:
    count = draw(st.integers(1, 2))
    instants = st.none() | st.integers(0, 2**52)
    return Experiment(
        key=f"e-{next(numbers)}",
        name=draw(strategies.texts),
        hypothesis=draw(strategies.texts),
        unit=draw(st.sampled_from(UnitKind)),
        metrics=draw(strategies.metric_uses()),
        phases=tuple(draw(_phases(number)) for number in range(1, count + 1)),
        plan=draw(strategies.plans()),
        status=draw(st.sampled_from(Status)),
        rollout=draw(st.none() | st.builds(RollOut, strategies.keys, strategies.shares, st.floats(0, 0.5), instants)),
        owner=draw(strategies.texts),
        imported=draw(st.booleans()),
        created_at=draw(st.integers(0, 2**52)),
        launched_at=draw(instants),
        stopped_at=draw(instants),
    )


@st.composite
def _phases(draw: st.DrawFn, number: int) -> Phase:
    instants = st.none() | st.integers(0, 2**52)
    return Phase(
        number=number,
        salt=draw(strategies.texts),
        variants=draw(strategies.variants()),
        audience=draw(strategies.audiences),
        enrolment=draw(strategies.shares),
        layer=draw(st.none() | strategies.slices("tv-pages")),
        started_at=draw(instants),
        ended_at=draw(instants),
    )


def plain(key: str = "tv-entry", **changes: object) -> Experiment:
    variants = (Variant("a", "A", 0.5), Variant("b", "B", 0.5, {"label": "x"}))
    made = Experiment(key, "Entry", "", UnitKind.VISITOR, (), (Phase(1, "salt", variants),))
    return replace(made, **changes)  # type: ignore[arg-type]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(experiment=_experiments())
def test_every_experiment_comes_back_equal(engine: Engine, experiment: Experiment) -> None:
    with writing(engine) as session:
        experiments.add(session, experiment)
    with reading(engine) as session:
        assert experiments.find(session, experiment.key) == experiment


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=_experiments(), after=_experiments())
def test_every_change_comes_back_equal(engine: Engine, before: Experiment, after: Experiment) -> None:
    after = replace(after, key=before.key, phases=(*before.phases, *_renumbered(after, len(before.phases))))
    with writing(engine) as session:
        experiments.add(session, before)
    with writing(engine) as session:
        saved = experiments.save(session, after)
    assert saved == replace(after, revision=2)
    with reading(engine) as session:
        assert experiments.find(session, before.key) == saved


def test_a_payload_that_changes_from_one_to_true_is_a_change(engine: Engine) -> None:
    """Python's 1 == True; JSON keeps them apart."""
    one = plain(phases=(_with(1),))
    with writing(engine) as session:
        experiments.add(session, one)
    with writing(engine) as session:
        experiments.save(session, replace(one, phases=(_with(True),)))
    with reading(engine) as session:
        found = experiments.find(session, "tv-entry")
    assert found is not None
    assert found.phase.variants[1].payload is True
    assert found.phase.audience.rules[0].values[0] is True


def test_variants_may_change_places(engine: Engine) -> None:
    first = plain()
    turned = replace(first.phase, variants=tuple(reversed(first.phase.variants)))
    with writing(engine) as session:
        experiments.add(session, first)
    with writing(engine) as session:
        experiments.save(session, replace(first, phases=(turned,)))
        assert [variant.key for variant in _found(session).phase.variants] == ["b", "a"]


def test_the_code_of_a_phase_stays(engine: Engine) -> None:
    first = plain()
    with writing(engine) as session:
        experiments.add(session, first)
        experiments.add(session, plain("other"))
        before = phases.ids(session)
    second = replace(first.phase, number=2, salt="new")
    with writing(engine) as session:
        experiments.save(session, replace(first, phases=(first.phase, second)))
        after = phases.ids(session)
    assert set(before) == {("tv-entry", 1), ("other", 1)}
    assert before.items() <= after.items()
    assert len(set(after.values())) == 3


def test_two_editors_do_not_overwrite_each_other(engine: Engine) -> None:
    first = plain()
    with writing(engine) as session:
        experiments.add(session, first)
    with writing(engine) as session:
        experiments.save(session, replace(first, name="One"))
    with writing(engine) as session, pytest.raises(ConflictError) as caught:
        experiments.save(session, replace(first, name="Two"))
    assert (caught.value.code, caught.value.field) == ("stale", "revision")
    with reading(engine) as session:
        assert (_found(session).name, _found(session).revision) == ("One", 2)


def test_of_two_editors_at_the_same_moment_one_wins(engine: Engine) -> None:
    with writing(engine) as session:
        experiments.add(session, plain())

    def rename(name: str) -> str:
        try:
            with writing(engine) as session:
                experiments.save(session, replace(plain(), name=name))
        except ConflictError as error:
            return error.code
        return name

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(rename, ["One", "Two", "Three", "Four"]))
    assert sorted(answers)[1:] == ["stale"] * 3
    with reading(engine) as session:
        assert (_found(session).name, _found(session).revision) == (min(answers), 2)


def test_of_two_creators_at_the_same_moment_one_wins(engine: Engine) -> None:
    def create(name: str) -> str:
        try:
            with writing(engine) as session:
                experiments.add(session, plain(name=name))
        except ConflictError as error:
            return error.code
        return name

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(create, ["One", "Two", "Three", "Four"]))
    assert sorted(answers)[1:] == ["exists"] * 3


def test_a_key_is_used_once(engine: Engine) -> None:
    with writing(engine) as session:
        experiments.add(session, plain())
        with pytest.raises(ConflictError, match="'tv-entry', exists already"):
            experiments.add(session, plain())
        experiments.add(session, plain("free"))
    with reading(engine) as session:
        assert len(experiments.all_experiments(session)) == 2


def test_experiments_are_listed_newest_first_by_state(engine: Engine) -> None:
    with writing(engine) as session:
        experiments.add(session, plain("old", created_at=1))
        experiments.add(session, plain("new", created_at=3, status=Status.RUNNING))
        experiments.add(session, plain("mid", created_at=2, status=Status.RUNNING))
        listed = experiments.all_experiments(session)
        running = experiments.all_experiments(session, [Status.RUNNING])
        assert experiments.all_experiments(session, []) == ()
    assert [experiment.key for experiment in listed] == ["new", "mid", "old"]
    assert [experiment.key for experiment in running] == ["new", "mid"]


def test_what_does_not_exist_cannot_be_saved(engine: Engine) -> None:
    with writing(engine) as session, pytest.raises(NotFoundError, match="'tv-entry'"):
        experiments.save(session, plain())


def test_the_live_report_is_overwritten_and_others_stay(engine: Engine) -> None:
    with writing(engine) as session:
        experiments.add(session, plain())
        first = snapshots.save_live(session, "tv-entry", 1, {"n": 1}, at=10)
        assert snapshots.save_live(session, "tv-entry", 1, {"n": 2}, at=20) == first
        snapshots.add(session, "tv-entry", 1, "look", REPORT, at=15, number=1)
        snapshots.add(session, "tv-entry", 2, "look", REPORT, at=16, number=1)
    with reading(engine) as session:
        live = snapshots.latest(session, "tv-entry", kind="live")
        assert live is not None
        assert (live.report, live.at, live.number) == ({"n": 2}, 20, None)
        assert snapshots.find(session, first) == live
        assert snapshots.latest(session, "tv-entry") == live
        assert [found.phase for found in snapshots.all_of(session, "tv-entry", kind="look")] == [1, 2]
        assert [found.number for found in snapshots.all_of(session, "tv-entry", phase=1)] == [1, None]
        assert snapshots.latest(session, "tv-entry", phase=3) is None
        assert snapshots.latest(session, "absent") is None


def test_decisions_are_kept_in_order(engine: Engine) -> None:
    first = Decided(10, "ann@example.org", "ship", "ship", "")
    second = Decided(20, "bob@example.org", "", "keep_control", "No budget.")
    with writing(engine) as session:
        experiments.add(session, plain())
        decisions.add(session, "tv-entry", first)
        decisions.add(session, "tv-entry", second)
    with reading(engine) as session:
        held = decisions.all_of(session, "tv-entry")
        assert tuple(replace(decision, id=0) for decision in held) == (first, second)
        assert held[0].id != held[1].id


def _renumbered(experiment: Experiment, start: int) -> tuple[Phase, ...]:
    return tuple(replace(phase, number=start + phase.number) for phase in experiment.phases)


def _with(value: int | bool) -> Phase:
    variants = (Variant("a", "A", 0.5), Variant("b", "B", 0.5, value))
    return Phase(1, "salt", variants, Audience(rules=(Rule("vip", Operator.IN, (value,)),)))


def _found(session: Session) -> Experiment:
    found = experiments.find(session, "tv-entry")
    assert found is not None
    return found
