"""Whether leaving bots and internal traffic out did the same to every variant.

A rule that looks at what units did after exposure can remove more of one variant than of the other and so make an
effect out of nothing. The counts per variant are therefore tested like a split, and the split is checked with and
without those units.
"""

from __future__ import annotations

from dataclasses import replace

from experiments.decision.formats import count
from experiments.decision.inputs import AnalysisInput
from experiments.decision.quality import Quality
from experiments.decision.splits import ALARM
from experiments.stats.srm import pearson


def with_traffic_notes(given: AnalysisInput) -> Quality:
    """The quality facts with the tests of who was left out, and a note where one of them alarms."""
    quality = given.quality
    weights = [variant.weight for variant in given.ordered if variant.weight is not None]
    if not quality.excluded or len(weights) < len(given.ordered):
        return quality
    left_out = [sum(by.get(variant.key, 0) for by in quality.excluded.values()) for variant in given.ordered]
    seen = [given.exposed[variant.key] for variant in given.ordered]
    among, before = (
        pearson(left_out, weights).p,
        pearson([a + b for a, b in zip(seen, left_out, strict=True)], weights).p,
    )
    notes = list(quality.notes)
    if _alarms(among):
        counts = ", ".join(f"{count(n)} in {v.title}" for n, v in zip(left_out, given.ordered, strict=True))
        notes.append(
            f"Bots and internal traffic were left out unevenly: {counts}. The filter depends on the variant; "
            "do not trust a difference that is no larger than what was left out."
        )
    if _alarms(before) != _alarms(pearson(seen, weights).p):
        state = (
            "broken with them and as planned without" if _alarms(before) else "as planned with them and broken without"
        )
        notes.append(f"The split is {state}: see how bots and internal traffic are recognised.")
    return replace(quality, excluded_p=among, split_p_with_excluded=before, notes=tuple(notes))


def _alarms(p: float | None) -> bool:
    return p is not None and p < ALARM
