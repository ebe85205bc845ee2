"""The prior of the next test from all past tests of the same goal, and the words every use of it must say."""

from __future__ import annotations

from collections.abc import Iterable

from experiments.insight.past_tests import PastTest, of_goal
from experiments.stats.prior import MINIMUM_TESTS, Prior, empirical_prior


def prior_of(tests: Iterable[PastTest], goal: str, leaving_out: str | None = None) -> Prior:
    """Paule-Mandel prior of the relative change of a goal; N(0, 5 %) while fewer than ten tests are known.

    Args:
        leaving_out: key of a test whose own result is about to be shrunk, so that it does not count twice.
    """
    used = [test for test in of_goal(tests, goal) if test.key != leaving_out]
    return empirical_prior([test.gain for test in used], [test.se**2 for test in used])


def prior_words(prior: Prior) -> str:
    """What was used, from how many tests, and that it is off below ten."""
    if prior.source == "history":
        mean = f"{100 * prior.mean:+.1f}%".replace("-", "−") if round(prior.mean, 4) else "0%"
        return f"Prior from {prior.tests} past tests: effects around {mean}, spread {100 * prior.sd:.1f}%."
    known = "no past test is" if prior.tests == 0 else f"{prior.tests} past test{'s are' if prior.tests > 1 else ' is'}"
    return (
        f"Assumed prior: effects around 0%, spread {100 * prior.sd:.0f}%. The prior from past tests is off: "
        f"{known} known, {MINIMUM_TESTS} are needed."
    )
