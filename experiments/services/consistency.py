"""Whether one customer could be promised different things: a draft held against itself and what is shown to others.

Others are the tests that run, and the winners that are rolled out: they go on being shown when their test is over.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy.orm import Session

from experiments.domain.changes import LAUNCHED
from experiments.domain.channel import Channel
from experiments.domain.experiment import Experiment, Status, UnitKind
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
    if experiment.unit is UnitKind.AGENT:  # what an agent works with promises a customer nothing by itself
        return ()
    found = list(_own(experiment, metrics))
    for other in all_experiments(session, LAUNCHED | {Status.DECIDED}):
        if other.key != experiment.key and not other.imported and is_shown(other) and other.unit is not UnitKind.AGENT:
            found += _between(experiment, other, metrics)
    return tuple(found)


def is_shown(experiment: Experiment) -> bool:
    """Whether customers see its variants now: it runs, or its winner is rolled out."""
    rollout = experiment.rollout
    return experiment.status in LAUNCHED or (
        experiment.status is Status.DECIDED and rollout is not None and rollout.live
    )


def kept_apart(one: Experiment, other: Experiment) -> bool:
    """Whether a layer keeps each customer out of one of the two; one of visitors does not, who have several devices.

    A winner that is rolled out reaches everybody, whatever slice its test had.
    """
    if Status.DECIDED in (one.status, other.status):
        return False
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
    pairs = [pair for pair in contradictions(one, other, promoted) if _is_shown(other, pair.theirs)]
    if not pairs:
        return
    first = pairs[0]
    mine, theirs = promise_of(one.phase.variants[first.mine]), promise_of(other.phase.variants[first.theirs])
    assert mine is not None
    assert theirs is not None
    here, there = _listed(channels_of(one, metrics)), _listed(channels_of(other, metrics))
    more = f" ({len(pairs) - 1} more pairs of variants)" if len(pairs) > 1 else ""
    mend = "Part their audiences, or promise the same."
    if other.status is not Status.DECIDED:
        mend = "Put both into one layer and draw customers, part their audiences, or promise the same."
    shipped = " (shipped)" if other.status is Status.DECIDED else ""
    yield Inconsistency(
        other.key,
        f"{mine.words} here in {here}, {theirs.words} in {other.name}{shipped} in {there}{more}: "
        f"one customer may be shown both. {mend}",
    )


def _is_shown(experiment: Experiment, place: int) -> bool:
    """Whether a variant is shown to anybody: of a test that was shipped only the winner is, and the control."""
    variant, rollout = experiment.phase.variants[place], experiment.rollout
    if experiment.status is not Status.DECIDED or rollout is None:
        return True
    return variant.key in (rollout.variant, experiment.phase.control.key)


def _listed(channels: Iterable[Channel]) -> str:
    words = [channel.value for channel in channels]
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)
