"""Whether one customer could be promised different things: a draft held against itself and the tests that run."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy.orm import Session

from experiments.domain.changes import LAUNCHED
from experiments.domain.channel import Channel
from experiments.domain.experiment import Experiment, UnitKind
from experiments.domain.metric import Metric
from experiments.domain.overlap import can_share_a_customer, channels_stated
from experiments.domain.promise import contradictions, promise_of
from experiments.services.experiments import all_experiments
from experiments.services.metrics import all_metrics
from experiments.services.net_plan import net_plan_of


@dataclass(frozen=True, slots=True)
class Inconsistency:
    """One way in which a customer could be promised different things.

    Args:
        experiment: key of the other test; that of the draft where it may contradict itself.
        reason: one or two sentences.
    """

    experiment: str
    reason: str


def inconsistencies(session: Session, experiment: Experiment) -> tuple[Inconsistency, ...]:
    """Every way, the draft's own first."""
    metrics = all_metrics(session)
    found = list(_own(experiment, metrics))
    for other in all_experiments(session, LAUNCHED):
        if other.key != experiment.key and not other.imported:
            found += _between(experiment, other, metrics)
    return tuple(found)


def kept_apart(one: Experiment, other: Experiment) -> bool:
    """Whether a layer keeps each customer out of one of the two; one of visitors does not, who have several devices."""
    mine, theirs = one.phase.layer, other.phase.layer
    if mine is None or theirs is None or mine.layer != theirs.layer or mine.overlaps(theirs):
        return False
    return one.unit is UnitKind.CUSTOMER and other.unit is UnitKind.CUSTOMER


def channels_of(experiment: Experiment, metrics: Iterable[Metric]) -> tuple[Channel, ...]:
    """Where the test shows its offer: what its audience says, else its declaration, else what is assumed."""
    return channels_stated(experiment.phase.audience) or net_plan_of(experiment, metrics).channels


def _own(experiment: Experiment, metrics: tuple[Metric, ...]) -> Iterable[Inconsistency]:
    plan = net_plan_of(experiment, metrics)
    stated = channels_stated(experiment.phase.audience) or (() if "channels" in plan.assumed else plan.channels)
    if experiment.unit is UnitKind.VISITOR and len(stated) > 1:
        words = _listed(stated)
        yield Inconsistency(
            experiment.key,
            f"It draws visitors and shows its variants in {words}: a customer may see one here and another there. "
            "Draw customers instead.",
        )


def _between(one: Experiment, other: Experiment, metrics: tuple[Metric, ...]) -> Iterable[Inconsistency]:
    if kept_apart(one, other) or not can_share_a_customer(one.phase.audience, other.phase.audience):
        return
    promoted = net_plan_of(one, metrics).promoted, net_plan_of(other, metrics).promoted
    pairs = contradictions(one, other, promoted)
    if not pairs:
        return
    first = pairs[0]
    mine, theirs = promise_of(one.phase.variants[first.mine]), promise_of(other.phase.variants[first.theirs])
    assert mine is not None
    assert theirs is not None
    here, there = _listed(channels_of(one, metrics)), _listed(channels_of(other, metrics))
    more = f" ({len(pairs) - 1} more pairs of variants)" if len(pairs) > 1 else ""
    yield Inconsistency(
        other.key,
        f"{mine.words} here in {here}, {theirs.words} in {other.name} in {there}{more}: "
        "one customer may be shown both. Put both into one layer and draw customers, part their audiences, or promise "
        "the same.",
    )


def _listed(channels: Iterable[Channel]) -> str:
    words = [channel.value for channel in channels]
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)
