"""What all past tests of one goal say together: their effects, how often they win, and what shipping them brought.

Corrections for the winner's curse: what was shipped was picked for looking good, so its estimates are too high. Each
is drawn towards the other tests (empirical Bayes, Efron 2011, "Tweedie's formula and selection bias"); the posterior
mean of a shipped test is right on average whatever picked it, as long as the prior is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Literal

from experiments.insight.past_tests import PastNet, PastTest, of_goal
from experiments.insight.prior import prior_of
from experiments.stats.bayes import Posterior, posterior
from experiments.stats.meta import Heterogeneity, heterogeneity
from experiments.stats.prior import MINIMUM_TESTS, Prior
from experiments.stats.share import wilson_interval
from experiments.stats.spreads import likely_spreads

FacetName = Literal["journey", "template", "family"]
FACETS: tuple[FacetName, ...] = ("journey", "template", "family")
#: Weeks that a shipped change is valued over (definitions, §4.2).
HORIZON_WEEKS = 52


@dataclass(frozen=True, slots=True)
class TestRow:
    """One test, its effect drawn towards the prior of all others, and the chance that it is none.

    Where the two contradict each other the test alone says that chance: see `Posterior.contradicts`.
    """

    __test__ = False

    test: PastTest
    prior: Prior
    shrunk: Posterior

    @property
    def false_chance(self) -> float:
        """Chance that the true effect is not above 0."""
        raw = self.test.raw
        known = self.shrunk if self.fits else posterior(raw.gain, raw.se**2)
        return 1.0 - known.chance

    @property
    def fits(self) -> bool:
        """Whether the shrunk effect and the measured one share anything."""
        return not self.shrunk.contradicts(self.test.raw.lo, self.test.raw.hi)


@dataclass(frozen=True, slots=True)
class Group:
    """Tests that share a journey, template or family; a test of two families is in both, so groups may overlap.

    Args:
        name: "" where it was not stated.
        spread: None for a single test.
    """

    name: str
    tests: tuple[PastTest, ...]
    spread: Heterogeneity | None


@dataclass(frozen=True, slots=True)
class Share:
    """k of n with its 95 % Wilson interval."""

    k: int
    n: int
    lo: float
    hi: float


@dataclass(frozen=True, slots=True)
class Total:
    """Net value of everything shipped over the first year, in major units of money.

    Args:
        status: `off` below ten other tests with a net value: the raw total then stands alone, and is too high.
        counted, left_out: shipped tests with and without a net value and traffic.
        corrected, lo, hi: with the winner's curse taken out, with its 95 % interval.
    """

    status: Literal["ok", "off", "none"]
    raw: float | None
    corrected: float | None
    lo: float | None
    hi: float | None
    counted: int
    left_out: int
    known: int
    currency: str


@dataclass(frozen=True, slots=True)
class MetaAnalysis:
    """Everything the page of effects shows of one goal.

    Args:
        prior: that of the next test.
        wins: tests for which the rule said to ship, of all valid ones.
        shipped: tests of which people shipped a variant.
        false_ships: how many of those have no gain in truth, on average.
    """

    goal: str
    rows: tuple[TestRow, ...]
    prior: Prior
    spread: Heterogeneity | None
    wins: Share | None
    shipped: int
    false_ships: float
    total: Total


def meta_analysis(tests: Iterable[PastTest], goal: str) -> MetaAnalysis:
    """All past tests of one goal together."""
    used = of_goal(tests, goal)
    rows = tuple(_row(test, used) for test in used)
    shipped = [row for row in rows if row.test.shipped]
    return MetaAnalysis(
        goal=goal,
        rows=rows,
        prior=prior_of(used, goal),
        spread=_spread(used),
        wins=wilson(sum(test.won for test in used), len(used)),
        shipped=len(shipped),
        false_ships=sum(row.false_chance for row in shipped),
        total=shipped_total(used),
    )


def groups(tests: Sequence[PastTest], facet: FacetName) -> tuple[Group, ...]:
    """The tests by one facet, the largest group first, those where it was not stated last."""
    names: Callable[[PastTest], Sequence[str]] = {
        "journey": lambda test: (test.journey,),
        "template": lambda test: (test.template,),
        "family": lambda test: test.families or ("",),
    }[facet]
    found: dict[str, list[PastTest]] = {}
    for test in tests:
        for name in names(test):
            found.setdefault(name, []).append(test)
    ordered = sorted(found.items(), key=lambda item: (not item[0], -len(item[1]), item[0]))
    return tuple(Group(name, tuple(members), _spread(members)) for name, members in ordered)


def shipped_total(tests: Sequence[PastTest]) -> Total:
    """Σ net per unit × units of a year at the planned traffic, over shipped tests, raw and corrected.

    Each net is drawn towards the nets of the other tests, shipped or not; the interval has the uncertainty of each
    posterior, of the common mean and of the spread.
    """
    known = [test for test in tests if test.net is not None]
    shipped = [test for test in tests if test.shipped]
    counted = [test for test in shipped if test.shipped_net is not None and test.traffic_per_week]
    left_out, currency = len(shipped) - len(counted), _currency(known)
    if not counted or currency is None:
        return Total("none", None, None, None, None, 0, len(shipped), len(known), currency or "")
    raw = sum(_units_of_a_year(test) * _net(test).value for test in counted)
    if len(known) <= MINIMUM_TESTS:
        return Total("off", raw, None, None, None, len(counted), left_out, len(known), currency)
    total, se = _corrected(counted, known)
    return Total("ok", raw, total, total - 1.96 * se, total + 1.96 * se, len(counted), left_out, len(known), currency)


def wilson(k: int, n: int, level: float = 0.95) -> Share | None:
    """A share with its Wilson interval; None of nothing."""
    span = wilson_interval(k, n, level)
    return None if span is None else Share(k, n, *span)


def _row(test: PastTest, every: Sequence[PastTest]) -> TestRow:
    prior = prior_of(every, test.goal, leaving_out=test.key)
    # A prior sees to it that large estimates are not believed, whatever stopped the test: to correct for the looks as
    # well would take the same away twice.
    return TestRow(test, prior, posterior(test.raw.gain, test.raw.se**2, prior))


def _spread(tests: Sequence[PastTest]) -> Heterogeneity | None:
    if len(tests) < 2:
        return None
    return heterogeneity([test.gain for test in tests], [test.se**2 for test in tests])


def _corrected(counted: Sequence[PastTest], known: Sequence[PastTest]) -> tuple[float, float]:
    """(Σ of a year, standard error): the posterior means at the estimated spread, the error over likely spreads."""
    point = 0.0
    for test in counted:
        others = [_first(one) for one in known if one.key != test.key]
        spread = heterogeneity([one.value for one in others], [one.se**2 for one in others])
        point += _units_of_a_year(test) * _drawn(_net(test), spread.tau2, spread.mean)
    values, variances = [_first(one).value for one in known], [_first(one).se ** 2 for one in known]
    tau2, weight = likely_spreads(values, variances)
    parts = [_at_spread(counted, values, variances, float(one)) for one in tau2]
    mean = sum(w * part[0] for w, part in zip(weight, parts, strict=True))
    variance = sum(w * (part[1] + (part[0] - mean) ** 2) for w, part in zip(weight, parts, strict=True))
    return point, sqrt(float(variance))


def _at_spread(
    counted: Sequence[PastTest], values: Sequence[float], variances: Sequence[float], tau2: float
) -> tuple[float, float]:
    """(Σ of a year, its variance) if true effects had this spread.

    Posteriors vary apart; the common mean moves all of them together.
    """
    w = [1 / (tau2 + variance) for variance in variances]
    mean = sum(a * b for a, b in zip(w, values, strict=True)) / sum(w)
    total = own = shared = 0.0
    for test in counted:
        net, units = _net(test), _units_of_a_year(test)
        kept = tau2 / (tau2 + net.se**2)
        total += units * _drawn(net, tau2, mean)
        own += units**2 * kept * net.se**2
        shared += units * (1 - kept)
    return total, own + shared**2 / sum(w)


def _drawn(net: PastNet, tau2: float, mean: float) -> float:
    return mean + tau2 / (tau2 + net.se**2) * (net.value - mean)


def _units_of_a_year(test: PastTest) -> float:
    return (test.traffic_per_week or 0.0) * HORIZON_WEEKS / _net(test).per


def _net(test: PastTest) -> PastNet:
    assert test.shipped_net is not None
    return test.shipped_net


def _first(test: PastTest) -> PastNet:
    assert test.net is not None
    return test.net


def _currency(tests: Sequence[PastTest]) -> str | None:
    """The one currency of all nets; None where there is none or several, which cannot be added."""
    found = {test.net.currency for test in tests if test.net is not None}
    return found.pop() if len(found) == 1 else None
