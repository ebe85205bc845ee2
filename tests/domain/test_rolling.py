"""How a roll-out goes on, by its calendar alone."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.domain import rolling
from experiments.domain.errors import ConflictError, DomainError
from experiments.domain.experiment import Experiment, Status, UnitKind
from experiments.domain.phase import Phase
from experiments.domain.plan import Plan
from experiments.domain.rollout import DAY, ENTRY_DAYS, RollOut, RollOutState, Step
from experiments.domain.variant import Variant

STOPPED = 1_000 * DAY
NOW = STOPPED + 2 * DAY
VARIANTS = (Variant("control", "Control", 0.5), Variant("entry", "Entry", 0.5))


def decided(rollout: RollOut, unit: UnitKind = UnitKind.CUSTOMER, maturation: int = 42) -> Experiment:
    """A test that was stopped two days ago and is shipped now."""
    phase = Phase(1, "salt", VARIANTS, started_at=STOPPED - 28 * DAY, ended_at=STOPPED)
    test = Experiment("tv", "TV", "Because.", unit, (), (phase,), Plan(maturation_days=maturation), Status.STOPPED,
                      launched_at=STOPPED - 28 * DAY, stopped_at=STOPPED)  # fmt: skip
    return replace(test, status=Status.DECIDED, rollout=rolling.begun(test, rollout, NOW))


def of(test: Experiment) -> RollOut:
    assert test.rollout is not None
    return test.rollout


def test_it_begins_with_its_instants() -> None:
    begun = of(decided(RollOut("entry")))
    assert (begun.started_at, begun.guard_since, begun.keep_until) == (NOW, NOW, STOPPED + 42 * DAY)
    assert begun.last_read_out == 90
    assert begun.entry_until == STOPPED + 42 * DAY + ENTRY_DAYS * DAY
    assert begun.holdback_until == STOPPED + (42 + ENTRY_DAYS + 90) * DAY
    late = of(decided(RollOut("entry"), maturation=1))
    assert (late.keep_until, late.holdback_until) == (None, NOW + (ENTRY_DAYS + 90) * DAY)
    without = of(decided(RollOut("entry", holdback=0.0, keep=False)))
    assert (without.keep_until, without.last_read_out, without.holdback_until) == (None, None, None)


def test_visitors_are_followed_for_a_month() -> None:
    assert of(decided(RollOut("entry"), UnitKind.VISITOR)).last_read_out == 30
    with pytest.raises(DomainError, match="must be <= 30 where the unit is a visitor"):
        decided(RollOut("entry", last_read_out=90), UnitKind.VISITOR)
    with pytest.raises(DomainError, match="last_read_out == 31, must be one of 30, 90"):
        RollOut("entry", last_read_out=31)


@pytest.mark.parametrize(
    ("rollout", "words"),
    [
        (lambda: RollOut("entry", steps=(Step(0.5, 2 * DAY), Step(0.4, 4 * DAY))), "0.4 follows 0.5, shares must rise"),
        (lambda: RollOut("entry", 0.1, steps=(Step(0.5, DAY), Step(1, 2 * DAY - 1))), "at least a day apart"),
        (
            lambda: RollOut("entry", 0.1, steps=(Step(0.5, DAY), Step(0.5, 3 * DAY))),
            "0.5 follows 0.5, shares must rise",
        ),
        (lambda: RollOut("entry", 0.1, 0.0, steps=(Step(0.5, DAY),)), "must be > 0 with steps"),
        (lambda: decided(RollOut("entry", 0.5, steps=(Step(0.5, DAY),))), "0.5 follows 0.5, shares must rise"),
        (lambda: RollOut("entry", 0.1, steps=tuple(Step(0.2 + i / 50, i * DAY) for i in range(11))), "at most 10"),
        (lambda: RollOut("entry", guard_days=29), "guard_days == 29"),
    ],
)
def test_bounds_are_named(rollout: object, words: str) -> None:
    with pytest.raises(DomainError, match=words):
        rollout()  # type: ignore[operator]


def test_ten_steps_a_day_apart_are_taken() -> None:
    steps = tuple(Step(0.1 + place / 20, place * DAY) for place in range(1, 11))
    assert RollOut("entry", 0.1, steps=steps).steps == steps


def test_the_calendar_asks_for_one_thing_at_a_time() -> None:
    test = decided(RollOut("entry", 0.1, steps=(Step(0.5, NOW + 7 * DAY), Step(1.0, NOW + 14 * DAY)), keep=False))
    assert rolling.due(test, NOW + 7 * DAY - 1) is None
    first = rolling.due(test, NOW + 9 * DAY)
    assert first is not None
    assert (first.action, of(first.after).share) == ("next_step", 0.5)
    assert of(first.after).steps[1].earliest == NOW + 16 * DAY  # two days late, so the next one is too
    assert of(first.after).holdback_until == of(test).holdback_until + 2 * DAY  # type: ignore[operator]
    assert rolling.due(first.after, NOW + 15 * DAY) is None
    last = rolling.due(first.after, NOW + 16 * DAY)
    assert last is not None
    assert of(last.after).next_step is None
    ended = rolling.due(last.after, of(last.after).holdback_until or 0)
    assert ended is not None
    assert (ended.action, of(ended.after).holdback) == ("end_holdback", 0)
    assert rolling.due(ended.after, NOW + 10_000 * DAY) is None


def test_nothing_is_due_while_it_is_halted_and_lost_time_is_given_back() -> None:
    test = decided(RollOut("entry", 0.1, steps=(Step(0.5, NOW + 7 * DAY),), keep=False))
    paused = rolling.pause(test, NOW + 3 * DAY)
    assert rolling.due(paused, NOW + 9 * DAY) is None
    again = rolling.resume(paused, NOW + 13 * DAY)
    assert (of(again).steps[0].earliest, of(again).guard_since) == (NOW + 17 * DAY, NOW + 13 * DAY)
    back = rolling.roll_back(again, NOW + 14 * DAY)
    assert not of(back).live
    assert rolling.due(back, NOW + 10_000 * DAY) is None
    restored = rolling.restore(back, NOW + 15 * DAY)
    assert (of(restored).state, of(restored).halted_at, of(restored).share) == (RollOutState.GOING, None, 0.1)
    for change in (rolling.resume, rolling.restore):
        with pytest.raises(ConflictError, match=r"rollout\.state == 'going'"):
            change(test, NOW)
    with pytest.raises(ConflictError, match="must be going or paused"):
        rolling.roll_back(back, NOW)


def test_a_holdback_is_extended_forwards_only() -> None:
    test = decided(RollOut("entry", keep=False))
    later = rolling.extend(test, 365)
    assert of(later).holdback_until == NOW + (ENTRY_DAYS + 365) * DAY
    with pytest.raises(DomainError, match="must be > 365"):
        rolling.extend(later, 180)
    with pytest.raises(ConflictError, match="has no holdback"):
        rolling.extend(decided(RollOut("entry", holdback=0.0)), 365)


def test_until_when_the_draw_alone_told_the_variants_apart() -> None:
    end = NOW + 1_000 * DAY
    assert rolling.contrast_end(decided(RollOut("entry", keep=False)), end) == NOW
    kept = decided(RollOut("entry"))
    assert rolling.contrast_end(kept, NOW + DAY) == NOW + DAY
    assert rolling.contrast_end(kept, end) == STOPPED + 42 * DAY
    closed = rolling.due(kept, STOPPED + 42 * DAY)
    assert closed is not None
    assert rolling.contrast_end(closed.after, end) == STOPPED + 42 * DAY
    assert rolling.contrast_end(rolling.roll_back(kept, NOW + 5 * DAY), end) == NOW + 5 * DAY
    older = replace(kept, rollout=RollOut("entry", started_at=NOW))  # as a version without these instants wrote it
    assert rolling.contrast_end(older, end) == NOW


def test_enrolled_units_keep_their_variant_until_their_windows_close_or_it_is_rolled_back() -> None:
    kept = decided(RollOut("entry"))
    closed = rolling.due(kept, STOPPED + 42 * DAY)
    assert closed is not None
    assert of(kept).keeping
    assert not of(closed.after).keeping
    assert not of(rolling.roll_back(kept, NOW + DAY)).keeping
    assert not of(decided(RollOut("entry", keep=False))).keeping


@given(st.lists(st.integers(1, 40), min_size=1, max_size=40))
def test_whatever_the_days_the_share_never_falls_and_ends_at_the_last_step(gaps: list[int]) -> None:
    shares = (0.2, 0.4, 0.6, 1.0)
    steps = tuple(Step(share, NOW + (at + 1) * 7 * DAY) for at, share in enumerate(shares))
    test, now, seen = decided(RollOut("entry", 0.1, steps=steps, keep=False)), NOW, [0.1]
    for gap in gaps:
        now += gap * DAY
        due = rolling.due(test, now)
        if due is not None and due.action == "next_step":
            test = due.after
            seen.append(of(test).share)
    assert seen == sorted(seen)
    assert seen == [0.1, *shares][: len(seen)]
