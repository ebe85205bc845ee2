"""Alarm where variants differ in the share of visitors whose id was new.

Whether an id was known is settled before the first exposure, so that the draw cannot change it. A difference means that
a variant makes ids anew, loses the storage they are kept in, or is exposed earlier in the visit than the others:
its visitors are then other people, or the same ones counted again. The offers of other tests are compared in the same
way, without an alarm: what they differ by is part of the effect.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from experiments.decision.formats import percent
from experiments.decision.inputs import AnalysisInput
from experiments.decision.quality import NewIds, Quality
from experiments.decision.stepwise import holm
from experiments.stats.homogeneity import same_share

#: Level of the alarm for all browsers together; that of the split, since both are checked at every refresh.
ALARM = 0.001
BROWSERS = {"Edg": "Edge", "other": "other browsers"}


def with_newcomer_notes(given: AnalysisInput) -> Quality:
    """The quality facts with p-values of new ids and of offers elsewhere, and a note per browser that alarms."""
    quality = given.quality
    by_browser = _adjusted({word: _new_ids_p(given, counts) for word, counts in quality.new_ids.items()})
    elsewhere = {test: _offers_p(given, counts) for test, counts in quality.offers_elsewhere.items()}
    notes = [_note(given, word, quality.new_ids[word]) for word, p in by_browser.items() if p is not None and p < ALARM]
    return replace(quality, new_ids_p=by_browser, offers_elsewhere_p=elsewhere, notes=(*quality.notes, *notes))


def _adjusted(p_values: Mapping[str, float | None]) -> dict[str, float | None]:
    """Holm over the browsers that can be tested at all: whether one can depends on its size, not on its variants."""
    testable = {word: p for word, p in p_values.items() if p is not None}
    adjusted = dict(zip(testable, holm(list(testable.values())), strict=True))
    return {word: adjusted.get(word) for word in p_values}


def _new_ids_p(given: AnalysisInput, counts: Mapping[str, NewIds]) -> float | None:
    found = [counts.get(variant.key, NewIds(0, 0)) for variant in given.ordered]
    return same_share([each.new for each in found], [each.units for each in found]).p


def _offers_p(given: AnalysisInput, counts: Mapping[str, int]) -> float | None:
    units = [given.exposed[variant.key] for variant in given.ordered]
    shown = [counts.get(variant.key, 0) for variant in given.ordered]
    # Units that came in between two of the counts would make more offers than units.
    return same_share([min(pair) for pair in zip(shown, units, strict=True)], units).p


def _note(given: AnalysisInput, word: str, counts: Mapping[str, NewIds]) -> str:
    told = ", ".join(
        f"{percent(each.new / each.units)} in {variant.title}"
        for variant in given.ordered
        if (each := counts.get(variant.key)) and each.units
    )
    return (
        f"New ids in {BROWSERS.get(word, word)}: {told}. Variants keep or make visitor ids differently, or are exposed "
        "at different moments of a visit; their visitors are not comparable."
    )
