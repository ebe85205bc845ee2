"""Changes of a launched test: a rising enrolment share, the next phase, a roll-out that grows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from experiments.domain import rolling
from experiments.domain.audience import Audience
from experiments.domain.errors import ConflictError, DomainError
from experiments.domain.experiment import Experiment, Status
from experiments.domain.layer import LayerSlice
from experiments.domain.phase import Phase
from experiments.domain.rollout import RollOut
from experiments.domain.variant import Variant

#: Launched and not yet stopped: the test holds its slice of a layer, and its phases may follow one another.
LAUNCHED = frozenset({Status.RUNNING, Status.PAUSED})


def raise_enrolment(experiment: Experiment, share: float) -> Experiment:
    """The experiment with a larger share of eligible units; it may rise within a phase and never fall."""
    _check_launched(experiment, "The enrolment share")
    experiment.phase.check_enrolment_rise(share)
    return _with_phase(experiment, replace(experiment.phase, enrolment=share))


def next_phase(
    experiment: Experiment,
    *,
    salt: str,
    now: int,
    variants: tuple[Variant, ...] | None = None,
    audience: Audience | None = None,
    layer: LayerSlice | None = None,
    enrolment: float | None = None,
) -> Experiment:
    """The experiment with its phase ended and a changed one begun; what is None stays as it was.

    The new salt draws every unit anew, so nobody's variant is explained by the phase before.

    Raises:
        ConflictError: the test is not launched, or nothing changes but the enrolment share.
        DomainError: a variant appears or disappears, or the control changes.
    """
    _check_launched(experiment, "The phase")
    old = experiment.phase
    started = Phase(
        number=old.number + 1,
        salt=salt,
        variants=variants or old.variants,
        audience=audience or old.audience,
        enrolment=old.enrolment if enrolment is None else enrolment,
        layer=layer or old.layer,
        started_at=now,
    )
    _check_changed(old, started)
    ended = replace(old, ended_at=now)
    return replace(experiment, phases=(*experiment.phases[:-1], ended, started))


def raise_roll_out(experiment: Experiment, share: float, holdback: float) -> Experiment:
    """The decided experiment with a larger roll-out; the share may only rise and the holdback only fall.

    Otherwise units would lose a variant they had been given, or be held back after they were treated.
    """
    rollout = _rolled_out(experiment)
    if not rollout.live:
        raise ConflictError(f"{experiment.key} is rolled back; restore it first.", "rollout", code="bad_transition")
    if share < rollout.share:
        raise _only("rollout.share", share, ">=", rollout.share)
    if holdback > rollout.holdback:
        raise _only("rollout.holdback", holdback, "<=", rollout.holdback)
    return replace(experiment, rollout=replace(rollout, share=share, holdback=holdback))


def end_roll_out(experiment: Experiment) -> Experiment:
    """The decided experiment without its roll-out: the service stops answering for it."""
    _rolled_out(experiment)
    return replace(experiment, rollout=None)


def undo_decision(experiment: Experiment) -> Experiment:
    """The stopped experiment it was before its decision; only what is decided and not put away can be undone."""
    if experiment.status is not Status.DECIDED:
        raise ConflictError(
            f"status == {experiment.status.value!r}, must be decided for its decision to be taken back.",
            "status",
            code="bad_transition",
        )
    return replace(experiment, status=Status.STOPPED, rollout=None)


def clash(slice_: LayerSlice | None, others: Iterable[Experiment]) -> Experiment | None:
    """The first launched test that uses units of the same slice."""
    if slice_ is None:
        return None
    taken = (other for other in others if other.status in LAUNCHED and other.phase.layer is not None)
    return next((other for other in taken if other.phase.layer and slice_.overlaps(other.phase.layer)), None)


def _with_phase(experiment: Experiment, phase: Phase) -> Experiment:
    return replace(experiment, phases=(*experiment.phases[:-1], phase))


def _check_launched(experiment: Experiment, what: str) -> None:
    if experiment.status not in LAUNCHED:
        raise ConflictError(
            f"status == {experiment.status.value!r}, must be running or paused. {what} of a draft is edited instead.",
            "status",
            code="bad_transition",
        )


def _check_changed(old: Phase, new: Phase) -> None:
    if _design(old) == _design(new):
        raise ConflictError(
            "Nothing changes; weights, audience, payload or layer of a new phase must differ. "
            "A larger enrolment share needs no new phase.",
            "phase",
            code="unchanged",
        )
    before, after = ([variant.key for variant in phase.variants] for phase in (old, new))
    if before != after:
        raise DomainError(
            "unknown_choice",
            f"variants == {after}, must be {before}: other variants are another test.",
            "variants",
        )


def _design(phase: Phase) -> tuple[object, ...]:
    """What decides who sees what, without the words for people."""
    shown = [variant.shown for variant in phase.variants]
    return (shown, repr(phase.audience.rules), phase.audience.policy, phase.layer)


def _rolled_out(experiment: Experiment) -> RollOut:
    return rolling.of(experiment)


def _only(field: str, value: float, sign: str, bound: float) -> ConflictError:
    return ConflictError(f"{field} == {value:g}, must be {sign} {bound:g}.", field, code="out_of_range")
