"""Which idea to test first: expected net value per week of the traffic that ideas compete for.

    value = E[true effect · passes the rule] · money of 100 % for a week · effective weeks of a year
    rank by value / (weeks of the test with maturation × share of the layer)

The rule is the joint one: the goal passes its boundary and every guardrail holds. Only units of the lane (layer or
audience) are scarce, so an idea is compared with those that want the same people first.

The range of a rank says how sure the order is: true effects are drawn from the prior, thousands of times with one
seed, and each time the ideas are put in the order of what they would then bring.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from experiments.stats.value import effective_weeks, value_of_test

HORIZON_WEEKS = 52.0
DRAWS = 4000
SEED = 20_260
#: Ends of the range of a rank: eight of ten draws lie inside.
RANGE = (0.1, 0.9)


@dataclass(frozen=True, slots=True)
class Candidate:
    """An idea with the numbers that decide its rank.

    Args:
        prior_mean, prior_sd: of its true relative effect, gains positive.
        se: standard error that its test will have.
        critical: z the goal must pass; guards: chance that every guardrail holds.
        money_per_week: what a relative effect of 1 is worth net in a week, on all its traffic.
        weeks: of the test, maturation included; share: of its lane.
        half_life_weeks: weeks in which the effect halves; None = it stays.
    """

    id: int
    lane: str
    prior_mean: float
    prior_sd: float
    se: float
    critical: float
    guards: float
    money_per_week: float
    weeks: float
    share: float = 1.0
    half_life_weeks: float | None = None


@dataclass(frozen=True, slots=True)
class Priority:
    """The rank of an idea.

    Args:
        value: expected net value of the year after shipping, in the money of the candidate.
        per_week: the same per week of its lane.
        chance: to ship, by the joint rule, before anything is known.
        rank: by value per week over all ideas; best, worst: the middle 80 % of its ranks, and its rank.
        lane_rank: among ideas of the same lane.
    """

    id: int
    lane: str
    value: float
    per_week: float
    chance: float
    rank: int
    best: int
    worst: int
    lane_rank: int


def prioritise(candidates: Sequence[Candidate]) -> tuple[Priority, ...]:
    """Ideas in the order of expected net value per week of scarce traffic, the best first."""
    if not candidates:
        return ()
    worth = [_worth(one) for one in candidates]
    order = sorted(range(len(candidates)), key=lambda i: (-worth[i][1], candidates[i].id))
    ranges = _ranges(candidates)
    found, taken = [], dict[str, int]()
    for rank, i in enumerate(order, start=1):
        one, (value, per_week, chance) = candidates[i], worth[i]
        taken[one.lane] = taken.get(one.lane, 0) + 1
        # Few large gains may lift a mean that most draws do not reach, so that its rank lies outside the middle.
        best, worst = min(rank, ranges[i][0]), max(rank, ranges[i][1])
        found.append(Priority(one.id, one.lane, value, per_week, chance, rank, best, worst, taken[one.lane]))
    return tuple(found)


def _worth(one: Candidate) -> tuple[float, float, float]:
    test = value_of_test(one.prior_mean, one.prior_sd, one.se, one.critical, one.guards)
    value = test.rule_gain * _money(one)
    return value, value / (one.weeks * one.share), test.assurance


def _money(one: Candidate) -> float:
    return one.money_per_week * effective_weeks(HORIZON_WEEKS, one.half_life_weeks)


def _ranges(candidates: Sequence[Candidate]) -> list[tuple[int, int]]:
    """The middle 80 % of the ranks over draws of the true effects; ideas that bring the same share their ranks."""
    from scipy.special import ndtr
    from scipy.stats import rankdata

    random = np.random.default_rng(SEED)
    shape = (DRAWS, len(candidates))
    mean, sd, se, critical, guards, money, cost = (
        np.array(values, dtype=np.float64)
        for values in zip(
            *((c.prior_mean, c.prior_sd, c.se, c.critical, c.guards, _money(c), c.weeks * c.share) for c in candidates),
            strict=True,
        )
    )
    true = mean + sd * random.standard_normal(shape)
    brings = true * ndtr(true / se - critical) * guards * money / cost
    ranks = rankdata(-brings, method="average", axis=1)
    low, high = np.quantile(ranks, RANGE, axis=0)
    return [(int(np.floor(a + 0.5)), int(np.ceil(b - 0.5))) for a, b in zip(low, high, strict=True)]


def in_order(ids: Sequence[int], places: dict[int, int]) -> tuple[int, ...]:
    """Ideas by value, with those that somebody moved at the places they were moved to.

    Args:
        ids: by value.
        places: 1, 2, … by id, of the moved ones; a place beyond the end is the last one.
    """
    left = [one for one in ids if one not in places]
    for one in sorted((one for one in ids if one in places), key=lambda one: (places[one], one)):
        left.insert(min(places[one] - 1, len(left)), one)
    return tuple(left)
