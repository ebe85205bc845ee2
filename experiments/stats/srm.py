"""Sample ratio mismatch: do the groups have the sizes that were planned?

The chi-square test serves one look at a fixed time, without continuity correction. The sequential test stays valid
however often it is looked at (Lindon and Malek 2022): a Bayes factor of "some other split" against the planned one,
of one concentration (`sequential`) or, as reports ask between looks, of several at once (`anytime_p`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from experiments.stats.effect import Status

# Smallest expected count for which the chi-square distribution holds.
SMALLEST_EXPECTED = 5.0
# Concentration of the prior around the planned split; 10 000 looks for imbalances of about 1 %.
CONCENTRATION = 10_000.0
# Concentrations that are asked together: large faults show within hundreds of units, small ones within ten thousands.
CONCENTRATIONS = (100.0, 1_000.0, CONCENTRATION)


@dataclass(frozen=True)
class SplitTest:
    """Pearson's test of a split; numbers are None where the status is not ok."""

    statistic: float | None
    df: int
    p: float | None
    status: Status

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready form."""
        return {"statistic": self.statistic, "df": self.df, "p": self.p, "status": self.status.value}


@dataclass(frozen=True)
class SequentialSplit:
    """Sequential test of a split, one entry per batch.

    Attributes:
        log_bayes_factor: after each batch, on the totals to date.
        p_running: anytime-valid p-value after each batch; never rises.
    """

    log_bayes_factor: tuple[float, ...]
    p_running: tuple[float, ...]

    @property
    def p(self) -> float:
        """p-value after the last batch; 1 before the first."""
        return self.p_running[-1] if self.p_running else 1.0

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready form."""
        return {
            "p": self.p,
            "p_running": list(self.p_running),
            "log_bayes_factor": list(self.log_bayes_factor),
        }


def pearson(counts: Sequence[float], weights: Sequence[float]) -> SplitTest:
    """Chi-square test of counts against planned weights (any positive scale).

    The status is not_testable without units, and too_few where a group is expected to have under 5.

    Raises:
        ValueError: where lengths differ, fewer than two groups are given, or a weight or count is out of range.
    """
    shares = _shares(counts, weights)
    df = len(counts) - 1
    n = float(sum(counts))
    if n == 0:
        return SplitTest(None, df, None, Status.NOT_TESTABLE)
    expected = [n * share for share in shares]
    if min(expected) < SMALLEST_EXPECTED:
        return SplitTest(None, df, None, Status.TOO_FEW)
    statistic = math.fsum((c - e) ** 2 / e for c, e in zip(counts, expected, strict=True))
    from scipy.special import chdtrc

    return SplitTest(statistic, df, float(chdtrc(df, statistic)), Status.OK)


def sequential(
    batches: Sequence[Sequence[float]], weights: Sequence[float], concentration: float = CONCENTRATION
) -> SequentialSplit:
    """Dirichlet-multinomial test after each batch of new counts.

    The Bayes factor depends on the totals to date only, so the size of the batches does not matter:
    [B(c w + N) / B(c w)] / Π w_v^N_v, with p = the smallest 1 / Bayes factor so far, at most 1.

    Args:
        batches: new units per group, one row per day or refresh.
        weights: planned weights, any positive scale.
        concentration: c above; larger looks for smaller imbalances.

    Raises:
        ValueError: as `pearson`, or where concentration is not positive.
    """
    if not concentration > 0:
        raise ValueError(f"concentration == {concentration}, must be positive.")
    shares = _shares([0] * len(weights), weights)
    totals = [0.0] * len(shares)
    factors: list[float] = []
    p_values: list[float] = []
    for batch in batches:
        _shares(batch, weights)
        totals = [total + new for total, new in zip(totals, batch, strict=True)]
        factors.append(_log_bayes_factor(totals, shares, concentration))
        p_values.append(min(p_values[-1] if p_values else 1.0, math.exp(min(0.0, -factors[-1]))))
    return SequentialSplit(tuple(factors), tuple(p_values))


def anytime_p(counts: Sequence[float], weights: Sequence[float]) -> float:
    """p-value of all counts to date that holds however often it is asked, for faults of any size.

    One concentration is slow for other imbalances than those it looks for. The mean of the Bayes factors of several is
    expected to be 1 under the planned split as each is, so p = min(1, 1 / mean) holds at any moment (Ville).

    Raises:
        ValueError: as `pearson`.
    """
    shares = _shares(counts, weights)
    logs = [_log_bayes_factor(counts, shares, concentration) for concentration in CONCENTRATIONS]
    highest = max(logs)
    mean = math.fsum(math.exp(one - highest) for one in logs) / len(logs)
    return math.exp(min(0.0, -highest - math.log(mean)))


def _log_bayes_factor(totals: Sequence[float], shares: Sequence[float], concentration: float) -> float:
    terms = [-_log_rising(concentration, sum(totals))]
    for total, share in zip(totals, shares, strict=True):
        terms += [_log_rising(concentration * share, total), -total * math.log(share)]
    return math.fsum(terms)


def _log_rising(start: float, steps: float) -> float:
    """Logarithm of start (start + 1) … (start + steps − 1)."""
    return math.lgamma(start + steps) - math.lgamma(start)


def _shares(counts: Sequence[float], weights: Sequence[float]) -> list[float]:
    if len(counts) != len(weights) or len(weights) < 2:
        raise ValueError(f"counts has {len(counts)} and weights {len(weights)} groups, must be equal and >= 2.")
    if min(weights) <= 0 or not all(math.isfinite(weight) for weight in weights):
        raise ValueError(f"weights == {list(weights)}, must be positive and finite.")
    if min(counts) < 0:
        raise ValueError(f"counts == {list(counts)}, must be >= 0.")
    total = math.fsum(weights)
    return [weight / total for weight in weights]
