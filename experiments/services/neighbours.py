"""Tests that run beside a draft: in its layer, on its page, or with the same offer in another channel."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from sqlalchemy.orm import Session

from experiments.domain.changes import LAUNCHED
from experiments.domain.experiment import Experiment
from experiments.domain.net_plan import NetPlan, SaleSet
from experiments.services.experiments import all_experiments
from experiments.services.metrics import all_metrics
from experiments.services.net_plan import net_plan_of
from experiments.store.catalogue import draft_answers

#: What a neighbour means for a launch.
CLASH, BESIDE, APART = "clash", "beside", "apart"


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A launched test and what it shares with the draft.

    Args:
        kind: "clash", both would use the same units of a layer, so a launch is refused; "beside", units may be in both,
            so each is part of the other's surroundings; "apart", the layer keeps them apart.
        shares: "layer", "place" or "offer".
        reason: one sentence.
    """

    key: str
    name: str
    kind: str
    shares: str
    reason: str

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready form."""
        return {
            "experiment": self.key, "name": self.name, "kind": self.kind, "shares": self.shares, "reason": self.reason
        }  # fmt: skip


def neighbours(session: Session, experiment: Experiment, place: str = "") -> tuple[Neighbour, ...]:
    """Launched tests that share layer, place or offer with a draft, clashes first.

    Args:
        place: path pattern of the page with the offer; empty = nobody said.
    """
    metrics = all_metrics(session)
    mine = net_plan_of(experiment, metrics)
    found = []
    for other in all_experiments(session, LAUNCHED):
        if other.key == experiment.key or other.imported:
            continue
        theirs = place_of(session, other.key)
        found += [_layer(experiment, other)] if _same_layer(experiment, other) else []
        if _apart(experiment, other):
            continue
        if place and theirs and (fnmatchcase(theirs, place) or fnmatchcase(place, theirs)):
            reason = f"It shows its variants on {theirs} too; a visitor may be in both."
            found.append(Neighbour(other.key, other.name, BESIDE, "place", reason))
        if words := _offer(mine, net_plan_of(other, metrics)):
            found.append(Neighbour(other.key, other.name, BESIDE, "offer", words))
    return tuple(sorted(found, key=lambda each: [CLASH, BESIDE, APART].index(each.kind)))


def place_of(session: Session, key: str) -> str:
    """The page a test was said to change, empty where nobody said."""
    saved = draft_answers.find(session, key)
    return next(iter(saved.answers.get("place", ())), "") if saved else ""


def _same_layer(one: Experiment, other: Experiment) -> bool:
    mine, theirs = one.phase.layer, other.phase.layer
    return mine is not None and theirs is not None and mine.layer == theirs.layer


def _apart(one: Experiment, other: Experiment) -> bool:
    mine, theirs = one.phase.layer, other.phase.layer
    return _same_layer(one, other) and mine is not None and theirs is not None and not mine.overlaps(theirs)


def _layer(one: Experiment, other: Experiment) -> Neighbour:
    theirs = other.phase.layer
    assert theirs is not None
    slice_ = f"{theirs.start:.0%} to {theirs.end:.0%} of the layer {theirs.layer}"
    if _apart(one, other):
        return Neighbour(other.key, other.name, APART, "layer", f"It uses {slice_}: nobody is in both.")
    return Neighbour(other.key, other.name, CLASH, "layer", f"It uses {slice_}: choose a free slice.")


def _offer(mine: NetPlan, theirs: NetPlan) -> str:
    if not _overlap(mine.promoted, theirs.promoted):
        return ""
    elsewhere = [channel.value for channel in theirs.channels if channel not in mine.channels]
    if elsewhere:
        return f"It promotes the same sales by {', '.join(elsewhere)}: a sale there may be due to either."
    return "It promotes the same sales in the same channels: each test's effect includes the other's offer."


def _overlap(one: SaleSet, other: SaleSet) -> bool:
    def meet(left: tuple[Any, ...], right: tuple[Any, ...]) -> bool:
        return not left or not right or bool(set(left) & set(right))

    return meet(one.families, other.families) and meet(one.relations, other.relations)
