"""When tests run, and where a draft fits."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from experiments.domain.calendar import Span, lanes, spans
from experiments.domain.experiment import Experiment, Status, UnitKind
from experiments.domain.layer import LayerSlice
from experiments.domain.phase import Phase
from experiments.domain.plan import Plan
from experiments.domain.schedule import DAY, WEEK
from experiments.domain.variant import Variant

NOW = 1_790_000_000_000_000
PAIR = (Variant("control", "Control", 0.5), Variant("entry", "Entry", 0.5))


def made(key: str, status: Status, slice_: tuple[float, float] | None, *, days: int = 0, weeks: int = 4) -> Experiment:
    layer = None if slice_ is None else LayerSlice("tv", *slice_)
    launched = None if status in (Status.DRAFT, Status.TESTING) else NOW - days * DAY
    plan = Plan(weeks=weeks, units_per_variant=100, maturation_days=7)
    phases = (Phase(1, "salt", PAIR, layer=layer, started_at=launched),)
    test = Experiment(key, key, "Why.", UnitKind.VISITOR, (), phases, plan, status, launched_at=launched, created_at=1)
    return replace(test, stopped_at=NOW - DAY) if status is Status.STOPPED else test


def test_a_running_test_enrols_for_its_weeks_and_ends_with_its_last_look() -> None:
    (span,) = spans([made("a", Status.RUNNING, (0, 1), days=7)], NOW)
    assert span.recruits_until == NOW + 3 * WEEK
    assert span.ends == NOW + 3 * WEEK + 7 * DAY
    assert not span.is_planned


def test_a_draft_waits_for_the_test_whose_units_it_would_use_and_drafts_queue() -> None:
    running = made("a", Status.RUNNING, (0, 0.5), days=7)
    found = {span.key: span for span in spans(
        [running, made("b", Status.DRAFT, (0, 0.5)), made("c", Status.DRAFT, (0.4, 0.6)),
         made("d", Status.DRAFT, (0.6, 1)), made("e", Status.TESTING, None)], NOW)}  # fmt: skip
    assert (found["b"].starts, found["b"].waits_for) == (NOW + 3 * WEEK, "a")
    assert (found["c"].starts, found["c"].waits_for) == (NOW + 7 * WEEK, "b")
    assert (found["d"].starts, found["d"].waits_for) == (NOW, None)
    assert (found["e"].starts, found["e"].layer) == (NOW, "")
    assert found["b"].ends == NOW + 7 * WEEK + 7 * DAY


def test_a_stopped_test_takes_no_more_units() -> None:
    found = {span.key: span for span in spans(
        [made("a", Status.STOPPED, (0, 1), days=7), made("b", Status.DRAFT, (0, 1))], NOW)}  # fmt: skip
    assert found["a"].recruits_until == NOW - DAY
    assert found["b"].starts == NOW


def test_what_is_decided_or_imported_is_not_on_the_calendar() -> None:
    imported = replace(made("a", Status.STOPPED, None), imported=True)
    assert spans([imported, made("b", Status.DECIDED, None, days=3)], NOW) == ()


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 30), st.sampled_from(["", "a", "b"])), max_size=25))
def test_no_two_tests_of_a_row_overlap_and_none_is_lost(drawn: list[tuple[int, int, str]]) -> None:
    given_ = [
        Span(f"t{n}", f"t{n}", layer, Status.RUNNING, start, start + length, start + length)
        for n, (start, length, layer) in enumerate(drawn)
    ]
    found = lanes(given_)
    placed = [span for lane in found for row in lane.rows for span in row]
    assert sorted(span.key for span in placed) == sorted(span.key for span in given_)
    for lane in found:
        for row in lane.rows:
            assert {span.layer for span in row} == {lane.layer}
            for before, after in pairwise(row):
                assert before.reaches < after.starts
