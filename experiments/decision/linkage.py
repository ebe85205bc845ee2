"""Alarm where variants differ in the share of units linked to a customer.

Sales of other channels reach a visitor only through such a link, so a difference would read as an effect.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from experiments.decision.formats import percent
from experiments.decision.inputs import AnalysisInput
from experiments.decision.quality import Quality
from experiments.stats.score import Counts, score_z
from experiments.stats.tails import two_sided_p

#: Level of the alarm; the same as that of the split, since both are checked at every refresh.
ALARM = 0.001


def with_linkage_notes(given: AnalysisInput) -> Quality:
    """The quality facts with a note for every difference between a variant and the control."""
    quality = given.quality
    notes = [
        *_differences(given, quality.linked_at_exposure, "at exposure"),
        *_differences(given, quality.linked_at_cut, "by the end of the data"),
    ]
    return replace(quality, notes=(*quality.notes, *notes))


def _differences(given: AnalysisInput, shares: Mapping[str, float | None], when: str) -> list[str]:
    control = given.control
    base = shares.get(control.key)
    notes = []
    for variant in given.treatments:
        share = shares.get(variant.key)
        if base is None or share is None:
            continue
        if _differs(base, given.exposed[control.key], share, given.exposed[variant.key]):
            notes.append(
                f"Linked to a customer {when}: {percent(share)} in {variant.title}, {percent(base)} in "
                f"{control.title}. Sales of other channels are not comparable."
            )
    return notes


def _differs(base: float, base_n: int, share: float, share_n: int) -> bool:
    """Score test of two shares: unlike others it has a value where one of them is all but 0."""
    if not base_n or not share_n:
        return False
    linked = min(base_n, round(base_n * base)), min(share_n, round(share_n * share))
    if sum(linked) in (0, base_n + share_n):
        return False
    z = score_z(Counts(linked[0], base_n, linked[1], share_n), 0.0, "absolute")
    return two_sided_p(z) < ALARM
