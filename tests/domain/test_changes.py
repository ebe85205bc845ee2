"""Changes of a launched test: enrolment rises, phases follow, roll-outs grow, slices do not overlap."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.domain import changes
from experiments.domain.audience import Audience, Operator, Rule
from experiments.domain.errors import ConflictError, DomainError
from experiments.domain.experiment import Experiment, Status, UnitKind
from experiments.domain.layer import LayerSlice
from experiments.domain.phase import Phase
from experiments.domain.rollout import RollOut
from experiments.domain.variant import Variant

VARIANTS = (Variant("a", "A", 0.5), Variant("b", "B", 0.5, {"n": 1}))
RUNNING = Experiment(
    key="tv-entry",
    name="Entry",
    hypothesis="",
    unit=UnitKind.VISITOR,
    metrics=(),
    phases=(Phase(1, "salt", VARIANTS, enrolment=0.3, started_at=1),),
    status=Status.RUNNING,
    launched_at=1,
)
SHIPPED = replace(RUNNING, status=Status.DECIDED, rollout=RollOut("b", share=0.5, holdback=0.1))
SHARES = st.floats(0.01, 1.0)


@given(SHARES)
def test_the_enrolment_share_only_rises(share: float) -> None:
    if share >= 0.3:
        assert changes.raise_enrolment(RUNNING, share).phase == replace(RUNNING.phase, enrolment=share)
    else:
        with pytest.raises(DomainError, match="may only rise"):
            changes.raise_enrolment(RUNNING, share)


@given(st.sampled_from(Status))
def test_only_launched_tests_change_this_way(status: Status) -> None:
    experiment = replace(RUNNING, status=status)
    if status in (Status.RUNNING, Status.PAUSED):
        assert changes.raise_enrolment(experiment, 1.0).phase.enrolment == 1.0
        return
    with pytest.raises(ConflictError):
        changes.raise_enrolment(experiment, 1.0)
    with pytest.raises(ConflictError):
        changes.next_phase(experiment, salt="new", now=9, audience=Audience(rules=(Rule("a", Operator.EXISTS),)))


@pytest.mark.parametrize(
    "change",
    [
        {"variants": (Variant("a", "A", 0.8), Variant("b", "B", 0.2, {"n": 1}))},
        {"variants": (VARIANTS[0], replace(VARIANTS[1], payload={"n": 2}))},
        {"variants": (VARIANTS[0], replace(VARIANTS[1], payload={"n": True}))},
        {"audience": Audience(rules=(Rule("plan", Operator.EXISTS),))},
        {"layer": LayerSlice("tv-pages", 0, 0.5)},
    ],
)
def test_a_changed_design_begins_a_phase_with_its_own_salt(change: dict[str, object]) -> None:
    after = changes.next_phase(RUNNING, salt="new", now=9, **change)  # type: ignore[arg-type]
    assert after.phases[0] == replace(RUNNING.phase, ended_at=9)
    assert (after.phase.number, after.phase.salt, after.phase.started_at) == (2, "new", 9)
    assert after.phase.ended_at is None
    assert after.phase.enrolment == 0.3
    for name in ("variants", "audience", "layer"):
        assert getattr(after.phase, name) == change.get(name, getattr(RUNNING.phase, name))


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"variants": VARIANTS},
        {"enrolment": 0.9},
        {"variants": tuple(replace(variant, name="New name") for variant in VARIANTS)},
        {"audience": Audience("The same people in other words")},
    ],
)
def test_an_unchanged_design_needs_no_phase(change: dict[str, object]) -> None:
    with pytest.raises(ConflictError, match="Nothing changes") as caught:
        changes.next_phase(RUNNING, salt="new", now=9, **change)  # type: ignore[arg-type]
    assert caught.value.code == "unchanged"


@pytest.mark.parametrize("keys", [("a", "c"), ("b", "a"), ("a", "b", "c")])
def test_other_variants_are_another_test(keys: tuple[str, ...]) -> None:
    variants = tuple(Variant(key, key, 1 / len(keys)) for key in keys)
    with pytest.raises(DomainError, match="another test"):
        changes.next_phase(RUNNING, salt="new", now=9, variants=variants)


@given(SHARES, st.floats(0, 0.5))
def test_a_roll_out_takes_nothing_back(share: float, holdback: float) -> None:
    if share >= 0.5 and holdback <= 0.1:
        assert changes.raise_roll_out(SHIPPED, share, holdback).rollout == RollOut("b", share, holdback)
    else:
        with pytest.raises(DomainError) as caught:
            changes.raise_roll_out(SHIPPED, share, holdback)
        assert caught.value.field == ("rollout.share" if share < 0.5 else "rollout.holdback")


def test_a_roll_out_ends_once() -> None:
    ended = changes.end_roll_out(SHIPPED)
    assert (ended.rollout, ended.status) == (None, Status.DECIDED)
    for change in (lambda: changes.end_roll_out(ended), lambda: changes.raise_roll_out(ended, 1, 0)):
        with pytest.raises(ConflictError, match="has no roll-out"):
            change()


@given(st.floats(0, 0.99), st.floats(0.01, 1), st.sampled_from(Status))
def test_a_clash_shares_units_with_a_launched_test(start: float, end: float, status: Status) -> None:
    if start >= end:
        return
    wanted = LayerSlice("tv-pages", start, end)
    other = replace(RUNNING, status=status, phases=(replace(RUNNING.phase, layer=LayerSlice("tv-pages", 0.2, 0.6)),))
    shared = start < 0.6 and end > 0.2
    launched = status in (Status.RUNNING, Status.PAUSED)
    assert changes.clash(wanted, [other]) == (other if shared and launched else None)
    assert changes.clash(replace(wanted, layer="other"), [other]) is None
    assert changes.clash(None, [other]) is None
    assert changes.clash(wanted, [RUNNING]) is None
