"""What effect an idea is expected to have, and the sentence that says which source was used."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from experiments.domain.idea import Idea
from experiments.insight.opportunities.kappa import Kappa
from experiments.insight.prior import prior_words
from experiments.insight.wording import change
from experiments.stats.prior import Prior

#: Two-sided 95 %.
_Z = 1.959964


@dataclass(frozen=True, slots=True)
class Expected:
    """The normal prior of one idea's true relative effect, gains positive.

    Args:
        source: "typed" = what its author expects; "gap" = the gap of its opportunity times the share tests close;
            "prior" = what past tests of its goal brought.
        low, high: range of 95 %.
        words: one sentence for people.
    """

    mean: float
    sd: float
    low: float
    high: float
    source: Literal["typed", "gap", "prior"]
    words: str


def expected_of(idea: Idea, prior: Prior, kappa: Kappa) -> Expected:
    """What the author typed, else what the gap gives, else the mean of past tests.

    Of a gap the range is that of κ, read as 95 % of a normal; typed means keep the spread of the prior.
    """
    if idea.expected is None and idea.gap is not None and kappa.high > kappa.low:
        return _of_gap(idea.gap, kappa)
    mean = prior.mean if idea.expected is None else idea.expected
    low, high = mean - _Z * prior.sd, mean + _Z * prior.sd
    if idea.expected is None:
        return Expected(mean, prior.sd, low, high, "prior", prior_words(prior))
    words = f"Its author expects {change(mean)}, instead of the mean of past tests. {prior_words(prior)}"
    return Expected(mean, prior.sd, low, high, "typed", words)


def _of_gap(gap: float, kappa: Kappa) -> Expected:
    mean, low, high = gap * kappa.value, gap * kappa.low, gap * kappa.high
    words = (
        f"Expects {change(mean)} ({change(low)} to {change(high)}), instead of the mean of past tests: closing its "
        f"whole gap would bring {change(gap)}, and {100 * kappa.value:.3g}% {kappa.words}."
    )
    return Expected(mean, (high - low) / (2 * _Z), low, high, "gap", words)
