from __future__ import annotations

import pytest

from experiments.decision.bar import Bar, decision_bar, harm_bar
from experiments.decision.looks import Looks
from experiments.domain.errors import DomainError
from experiments.domain.plan import Spending

FIVE = (0.2, 0.4, 0.6, 0.8, 1.0)


def test_a_fixed_sample_has_no_boundary():
    assert decision_bar(Looks(), 0.025) == Bar(0.025, None)
    assert Bar(0.025).level == pytest.approx(0.95)


def test_five_looks_give_the_published_boundary():
    # Lan-DeMets with O'Brien-Fleming spending, two-sided 5 %, five equal looks (printed by ldbounds).
    printed = [4.8769, 3.3569, 2.6803, 2.2898, 2.0310]
    found = [decision_bar(Looks(FIVE, k + 1, final=k == 4), 0.025).z for k in range(5)]
    assert found == pytest.approx(printed, abs=2e-4)


def test_the_boundary_follows_the_information_reached_and_not_the_plan():
    early = Looks(FIVE, 2, reached=(0.1, 0.3), final=False)
    planned = Looks(FIVE, 2, final=False)
    assert decision_bar(early, 0.025).z > decision_bar(planned, 0.025).z


def test_a_last_look_that_comes_early_spends_what_is_left():
    under = Looks(FIVE, 5, reached=(0.2, 0.4, 0.6, 0.8, 0.9), final=True)
    open_end = Looks(FIVE, 5, reached=(0.2, 0.4, 0.6, 0.8, 0.9), final=False)
    assert decision_bar(under, 0.025).z < decision_bar(open_end, 0.025).z


def test_a_look_with_all_planned_information_is_the_last_one():
    looks = Looks(FIVE, 3, reached=(0.4, 0.7, 1.1), final=False, next_at="2026-05-14")
    assert looks.closing
    assert looks.head().final
    assert looks.head().next_at is None


def test_a_look_that_has_exactly_all_information_closes_the_test_and_calls_harm_in_full():
    looks = Looks(FIVE, 3, reached=(0.4, 0.7, 1.0), final=False)
    assert looks.closing
    assert harm_bar(looks, Bar(0.001, 9.0)) == Bar(0.025)


def test_what_is_no_look_closes_nothing():
    assert not Looks(FIVE, 5, is_look=False, final=True).closing


def test_the_information_that_is_stated_wins_over_that_of_the_plan():
    assert Looks(FIVE, 2, information=0.37, final=False).head().information == 0.37
    assert Looks(FIVE, 2, final=False).head().information == 0.4


def test_pocock_spends_more_at_the_first_look():
    pocock = Looks(FIVE, 1, spending=Spending.POCOCK, final=False)
    assert decision_bar(pocock, 0.025).z < decision_bar(Looks(FIVE, 1, final=False), 0.025).z


def test_harm_has_its_own_bar_at_looks_and_the_full_one_at_the_end():
    early = Looks(FIVE, 1, final=False)
    last = Looks(FIVE, 5, final=True)
    assert harm_bar(early, decision_bar(early, 0.025)).alpha == 0.01
    assert harm_bar(last, decision_bar(last, 0.025)).alpha == 0.025


def test_harm_never_needs_more_than_the_deciding_bar():
    look_four = Looks(FIVE, 4, final=False)
    deciding = decision_bar(look_four, 0.025)
    assert deciding.z < Bar(0.01).z
    assert harm_bar(look_four, deciding) == deciding


def test_harm_is_not_corrected_for_several_variants():
    assert harm_bar(Looks(), Bar(0.025 / 3)) == Bar(0.025)


def test_between_looks_the_report_shows_progress_and_the_next_date():
    head = Looks(FIVE, 2, information=0.47, is_look=False, final=False, next_at="2026-05-14").head()
    assert (head.number, head.planned, head.information) == (2, 5, 0.47)
    assert (head.is_look, head.final, head.next_at) == (False, False, "2026-05-14")


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        ({"planned": (0.5,)}, "looks.planned"),
        ({"planned": (0.5, 0.5, 1.0)}, "looks.planned"),
        ({"planned": (0.0, 1.0)}, "looks.planned"),
        ({"number": 2}, "looks.number"),
        ({"number": None}, "looks.number"),
        ({"planned": FIVE, "number": 3, "reached": (0.2, 0.4)}, "looks.reached"),
        ({"planned": FIVE, "number": 2, "reached": (0.4, 0.3)}, "looks.reached"),
    ],
)
def test_impossible_looks_are_refused_with_the_field(arguments, field):
    with pytest.raises(DomainError) as caught:
        Looks(**arguments)
    assert caught.value.field == field
