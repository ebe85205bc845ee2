"""The groups whose split is checked beside the whole: days, browsers, holdings and channels of first exposure.

A fault that hits some people only (a page that is cached for customers, an app that logs late) is lost in the whole.
Every group is known at first exposure, so that no variant can change who is in it.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy.orm import Session

from experiments.decision.quality import NewIds
from experiments.domain.experiment import Experiment, UnitKind
from experiments.services.clock import to_iso
from experiments.services.net_names import Names, load_names
from experiments.store.moments import MomentsRequest
from experiments.store.moments.request import DAY
from experiments.store.moments.split import (
    MASK_NONE,
    MASK_UNKNOWN,
    Split,
    exposed_by_channel,
    exposed_by_holdings,
)

#: Groups of fewer exposed units say nothing about the split.
LEAST = 100
Counts = dict[str, dict[str, int]]


def days(found: Split, experiment: Experiment) -> Counts:
    """By the day of first exposure."""
    return _large({to_iso(day * DAY)[:10]: counts for day, counts in found.items()}, experiment)


def browsers(found: Mapping[str, Mapping[str, NewIds]]) -> Counts:
    """By browser, where exposures name it."""
    counts = {word: {key: ids.units for key, ids in by_variant.items()} for word, by_variant in found.items()}
    return {f"browser {word}": each for word, each in counts.items() if sum(each.values()) >= LEAST}


def known_at_exposure(session: Session, experiment: Experiment, request: MomentsRequest) -> Counts:
    """By the families held and by the channel of first exposure; nothing where there is one group only.

    Agents hold nothing themselves.
    """
    names = load_names(session, ())
    masks = {} if experiment.unit is UnitKind.AGENT else exposed_by_holdings(session, request)
    held = {f"holds {_held(names, mask)}": n for mask, n in masks.items()}
    titles = names.channel_titles
    seen = {titles[names.channels[code]]: n for code, n in exposed_by_channel(session, request).items()}
    shown = {f"first exposed in {title}": n for title, n in seen.items()}
    return {
        name: counts
        for groups in (held, shown)
        if len(groups) > 1
        for name, counts in _large(groups, experiment).items()
    }


def _held(names: Names, mask: int) -> str:
    if mask in (MASK_NONE, MASK_UNKNOWN):
        return "nothing" if mask == MASK_NONE else "what is not known"
    return " + ".join(names.family_titles[key] for key in names.held(mask))


def _large(groups: Mapping[str, Mapping[int, int]], experiment: Experiment) -> Counts:
    keys = [variant.key for variant in experiment.phase.variants]
    return {
        name: {key: counts.get(place, 0) for place, key in enumerate(keys)}
        for name, counts in groups.items()
        if sum(counts.values()) >= LEAST
    }
