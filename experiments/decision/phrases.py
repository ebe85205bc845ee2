"""Clauses about one metric, each with the numbers that decided."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

from experiments.decision.formats import (
    MINUS,
    decimals_for,
    fixed,
    inside_sentence,
    p_value,
    planned_percent,
    significant,
    trimmed,
)
from experiments.decision.metric_result import MetricResult
from experiments.decision.verdict import side
from experiments.decision.words import Verdict
from experiments.domain.metric import MetricKind
from experiments.domain.money import MINOR, with_symbol
from experiments.stats.effect import Effect

_PER = 1000
#: From here on money is said without its cents, as in the net.
_WHOLE_MONEY = 100


@dataclass(frozen=True)
class Yardstick:
    """How numbers of one scale are written: times a factor, with at least so many decimals, before a suffix.

    Attributes:
        currency: of money, whose symbol stands before the number; empty where it is none.
    """

    factor: float
    suffix: str
    currency: str = ""

    def decimals(self, *values: float) -> int:
        """Decimals that tell the values apart: one at least of percentages, cents of money, three digits else."""
        sizes = [abs(value) for value in values if value]
        if self.currency:
            large = any(self.factor * size >= _WHOLE_MONEY for size in sizes)
            return decimals_for(tuple(self.factor * value for value in values), at_least=0 if large else 2)
        if self.suffix == "%" or not sizes:
            return decimals_for(tuple(self.factor * value for value in values))
        digits = 2 - math.floor(math.log10(self.factor * max(sizes)))
        return decimals_for(tuple(self.factor * value for value in values), max(0, digits))

    def bare(self, value: float, decimals: int, *, sign: bool = False) -> str:
        """The number alone."""
        return fixed(self.factor * value, decimals, sign=sign)

    def full(self, value: float, decimals: int, *, sign: bool = False) -> str:
        """The number with its symbol and its suffix."""
        return self.dressed(self.bare(value, decimals, sign=sign))

    def dressed(self, number: str) -> str:
        """A number as text, its sign first, with symbol and suffix: −1.20 → −€1.20 per 1,000 visitors."""
        sign = number[:1] if number[:1] in ("+", MINUS) else ""
        return with_symbol(sign, number[len(sign) :], self.currency) + self.suffix


class Kinded(Protocol):
    """A row, or one group of it."""

    @property
    def kind(self) -> MetricKind:
        """Kind of the metric."""

    @property
    def measured_in(self) -> str | None:
        """Currency of money in minor units, "s" of seconds, else None."""


def value_text(row: Kinded, value: float | None) -> str:
    """A control or variant value: a percentage for rates, money in major units, seconds, else a number."""
    if value is None:
        return ""
    if row.kind is MetricKind.RATE:
        return f"{significant(100 * value)}%"
    rule = yardstick(row, "", "value")
    return rule.dressed(fixed(rule.factor * value, 2) if rule.currency else significant(rule.factor * value))


def yardstick(row: Kinded, unit: str, scale: str) -> Yardstick:
    """Percentages for relative effects, seconds each; other absolute ones per 1,000 units, except those of ratios.

    Args:
        scale: "relative", "absolute", or "value" for what is per one unit as it stands.
    """
    if scale == "relative":
        return Yardstick(100, "%")
    if row.measured_in == "s":
        return Yardstick(1, " s")
    each = row.kind is MetricKind.RATIO or scale == "value"
    factor = (1 if each else _PER) / (MINOR if row.measured_in else 1)
    return Yardstick(factor, "" if each else f" per 1,000 {unit}s", row.measured_in or "")


def name(row: MetricResult) -> str:
    """The metric's title as it reads inside a sentence."""
    return inside_sentence(row.title)


def figures(row: MetricResult, unit: str) -> str:
    """+12.5% (8.7 to 16.3)."""
    return effect_figures(row.deciding, yardstick(row, unit, row.deciding.scale))


def effect_figures(effect: Effect, rule: Yardstick) -> str:
    """The same of any effect."""
    if effect.point is None:
        return "no value"
    if effect.lo is None or effect.hi is None:
        return f"{rule.full(effect.point, rule.decimals(effect.point), sign=True)} (no interval)"
    decimals = rule.decimals(effect.point, effect.lo, effect.hi)
    ends = f"{rule.bare(effect.lo, decimals)} to {rule.bare(effect.hi, decimals)}"
    return f"{rule.full(effect.point, decimals, sign=True)} ({ends})"


def after_stop_words(row: MetricResult, unit: str) -> str:
    """Corrected for its looks: +7.1% (2.0 to 12.3), p 0.012; empty where nothing is corrected."""
    found = row.corrected
    if found is None:
        return ""
    if found.status == "cut_short":
        return (
            "not corrected for its looks: it was stopped before its end without having passed a bound, so nobody knows "
            "which other results would have stopped it."
        )
    if found.status == "faded":
        return (
            f"not corrected for its looks: it had passed a bound at look {found.crossed_at}, the test went on, and "
            "most of the change has gone since."
        )
    if found.point is None or found.lo is None or found.hi is None or found.p is None:
        return "not corrected for its looks: an end of the interval has no value."
    rule = yardstick(row, unit, found.scale)
    decimals = rule.decimals(found.point, found.lo, found.hi)
    ends = f"{rule.bare(found.lo, decimals)} to {rule.bare(found.hi, decimals)}"
    said = f"corrected for its looks {rule.full(found.point, decimals, sign=True)} ({ends}), p {p_value(found.p)}"
    # Beside a verdict that is open the small p needs its reason: what came after the bound does not take it back.
    faded = found.crossed_at is not None and row.verdict not in (Verdict.BETTER, Verdict.WORSE)
    return f"{said}: it had passed a bound at look {found.crossed_at}, and the test went on." if faded else f"{said}."


def change(row: MetricResult, unit: str) -> str:
    """cross-sell orders +12.5% (8.7 to 16.3)."""
    return f"{name(row)} {figures(row, unit)}"


def moved(row: MetricResult, unit: str) -> str:
    """up-sell orders fell 7.1% (−10.4 to −3.8; limit 5%)."""
    effect = row.deciding
    if effect.point is None or effect.lo is None or effect.hi is None:
        return change(row, unit)
    rule = yardstick(row, unit, effect.scale)
    decimals = rule.decimals(effect.point, effect.lo, effect.hi)
    ends = f"{rule.bare(effect.lo, decimals)} to {rule.bare(effect.hi, decimals)}"
    size = rule.full(abs(effect.point), decimals)
    return f"{name(row)} {verb(row)} {size} ({ends}{limit_part(row, unit, '; ')})"


def verb(row: MetricResult) -> str:
    """Rose or fell, by the estimate."""
    return "rose" if (row.deciding.point or 0.0) >= 0 else "fell"


def limit(row: MetricResult, unit: str) -> str:
    """The margin as agreed: 5%, or 2 per 1,000 visitors."""
    if row.margin is None:
        return ""
    if row.margin.scale.value == "relative":
        return planned_percent(row.margin.value)
    rule = yardstick(row, unit, "absolute")
    agreed = trimmed(rule.factor * row.margin.value)
    return rule.dressed(fixed(rule.factor * row.margin.value, 2) if rule.currency and "." in agreed else agreed)


def limit_part(row: MetricResult, unit: str, before: str) -> str:
    """The margin as a part of a bracket, or nothing where there is none."""
    return f"{before}limit {limit(row, unit)}" if row.margin is not None else ""


def held(row: MetricResult, unit: str) -> str:
    """up-sell orders can have lost at most 4.3% (limit 5%)."""
    test = row.noninferiority
    if test is None or test.bound is None:
        return change(row, unit)
    rule = yardstick(row, unit, test.margin_scale)
    loss = -row.direction * test.bound
    size = rule.full(abs(loss), rule.decimals(loss, test.margin))
    if loss < 0:
        return f"{name(row)} {'rose' if row.direction > 0 else 'fell'} at least {size}"
    measured = f"{verb(row)} {_size(row, unit)} and " if side(row.deciding, row.direction) < 0 else ""
    return f"{name(row)} {measured}can have {_lost(row)} at most {size} (limit {limit(row, unit)})"


def unsettled(row: MetricResult, unit: str, still: bool) -> str:
    """Why this row has no verdict yet, with its numbers."""
    if row.verdict in _WITHOUT_NUMBERS:
        return f"{name(row)}: {_WITHOUT_NUMBERS[row.verdict]}{_because(row)}"
    adverb = "still " if still else ""
    test = row.noninferiority
    if test is None:
        return _uncovered(row, unit, adverb)
    if test.bound is None:
        return f"{name(row)} {figures(row, unit)}, with no bound yet (limit {limit(row, unit)})"
    rule = yardstick(row, unit, test.margin_scale)
    loss = -row.direction * test.bound
    size = rule.full(abs(loss), rule.decimals(loss, test.margin))
    return f"{name(row)} can {adverb}have {_lost(row)} up to {size} (limit {limit(row, unit)})"


def _uncovered(row: MetricResult, unit: str, adverb: str) -> str:
    effect = row.deciding
    if effect.lo is None or effect.hi is None:
        return f"{change(row, unit)}"
    return f"{change(row, unit)}, an interval that {adverb}covers 0"


def _size(row: MetricResult, unit: str) -> str:
    effect = row.deciding
    rule = yardstick(row, unit, effect.scale)
    point = effect.point or 0.0
    return rule.full(abs(point), rule.decimals(point))


def _lost(row: MetricResult) -> str:
    return "lost" if row.direction > 0 else "risen"


def _because(row: MetricResult) -> str:
    if row.verdict is not Verdict.NOT_TESTABLE or row.note is None:
        return ""
    return f" ({inside_sentence(row.note).rstrip('.')})"


_WITHOUT_NUMBERS = {
    Verdict.TOO_FEW: "too few events for an interval",
    Verdict.NOT_TESTABLE: "not testable",
    Verdict.NOT_MEASURABLE: "not measurable in this audience",
}
