from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from experiments.decision.stepwise import holm, stepwise

P_VALUES = st.lists(st.floats(0, 1), min_size=1, max_size=8)


def _judged(p_values: dict[int, float | None], alpha: float) -> dict[int, tuple[float, bool]]:
    def judge(key: int, share: float) -> tuple[float, bool]:
        p = p_values[key]
        return share, p is not None and p <= share

    return stepwise(p_values, alpha, judge, lambda result: result[1])


def test_each_step_has_its_own_level_and_the_first_failure_sets_the_rest():
    found = _judged({0: 0.2, 1: 0.001, 2: 0.01, 3: 0.5}, 0.03)
    assert found[1] == (0.03 / 4, True)
    assert found[2] == (0.03 / 3, True)
    assert found[0] == (0.03 / 2, False)
    assert found[3] == (0.03 / 2, False)
    assert list(found) == [0, 1, 2, 3]


def test_nothing_that_follows_a_failure_opens_the_family_again():
    found = stepwise({"a": 0.1, "b": 0.2, "c": 0.3}, 0.03, lambda key, share: (key, share), lambda each: each[0] == "b")
    assert found == {"a": ("a", 0.01), "b": ("b", 0.01), "c": ("c", 0.01)}


@given(P_VALUES, st.floats(0.001, 0.2))
def test_the_rejections_are_those_of_the_adjusted_p_values(values, alpha):
    found = _judged(dict(enumerate(values)), alpha)
    adjusted = holm(values)
    for i, p in enumerate(adjusted):
        assert p is not None
        # Away from ties of rounding, where p × m and alpha / m may fall on either side.
        if abs(p - alpha) > 1e-12:
            assert found[i][1] == (p <= alpha)


def test_adjusted_p_values_of_a_worked_case():
    assert holm([0.01, 0.04, 0.03]) == [0.03, 0.06, 0.06]


def test_a_missing_p_value_stays_missing_and_counts_in_the_family():
    assert holm([0.01, None]) == [0.02, None]
    assert _judged({0: None, 1: 0.012}, 0.025)[1] == (0.0125, True)


def test_no_family_gives_nothing():
    assert holm([]) == []
    assert _judged({}, 0.05) == {}
