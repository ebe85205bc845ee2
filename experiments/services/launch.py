"""From draft to archive: every change of state of an experiment."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy.orm import Session

from experiments.domain import changes
from experiments.domain.access import Right
from experiments.domain.approval import Deed
from experiments.domain.audience import Audience
from experiments.domain.errors import ConflictError
from experiments.domain.experiment import Experiment, Status
from experiments.domain.layer import LayerSlice
from experiments.domain.plan import Plan
from experiments.domain.variant import Variant
from experiments.services import changing
from experiments.services.actor import Actor
from experiments.services.approvals import gate
from experiments.services.catalogue import layer_by_key
from experiments.services.experiments import new_salt
from experiments.services.metrics import metric_by_key, pin
from experiments.services.net_plan import completed
from experiments.store.catalogue import experiments, layers


def start_testing(
    session: Session, actor: Actor, now: int, key: str, *, revision: int | None = None, reason: str = ""
) -> Experiment:
    """Show the test to keys of the test environment, for a rehearsal that is not analysed."""
    actor.require(Right.EDIT)
    return _move(session, actor, now, key, Status.TESTING, "start_testing", revision, reason)


def back_to_draft(
    session: Session, actor: Actor, now: int, key: str, *, revision: int | None = None, reason: str = ""
) -> Experiment:
    """End the rehearsal."""
    actor.require(Right.EDIT)
    return _move(session, actor, now, key, Status.DRAFT, "back_to_draft", revision, reason)


def launch(
    session: Session, actor: Actor, now: int, key: str, *, revision: int | None = None, reason: str = ""
) -> Experiment:
    """Start the test: the plan is frozen, and the version of every metric is fixed.

    Raises:
        ConflictError: something is missing (`not_ready`), the state does not allow it (`bad_transition`), or a
            launched test of the same layer uses the same units (`layer_taken`), or a second person must agree
            (`needs_second_person`, see `services.approvals`).
    """
    actor.require(Right.LAUNCH)
    before = changing.load(session, key, revision)
    after = before.move_to(Status.RUNNING, now)
    if before.launched_at is not None:
        raise ConflictError(f"{key} is launched already; a paused test is resumed.", "status", code="bad_transition")
    gate.check(session, actor, before, Deed.LAUNCH)
    _check_layer(session, key, after.phase.layer)
    after = replace(after, metrics=pin(session, after.metrics))
    after = replace(after, plan=_ripening(session, after))
    return changing.save(session, actor, now, "launch", before, after, reason)


def pause(
    session: Session, actor: Actor, now: int, key: str, *, revision: int | None = None, reason: str = ""
) -> Experiment:
    """Show the control to everyone for a while; the test keeps its slice of the layer."""
    actor.require(Right.LAUNCH)
    return _move(session, actor, now, key, Status.PAUSED, "pause", revision, reason)


def resume(
    session: Session, actor: Actor, now: int, key: str, *, revision: int | None = None, reason: str = ""
) -> Experiment:
    """Go on after a pause."""
    actor.require(Right.LAUNCH)
    before = changing.load(session, key, revision)
    if before.status is not Status.PAUSED:
        raise ConflictError(
            f"status == {before.status.value!r}, must be paused to be resumed.", "status", code="bad_transition"
        )
    after = before.move_to(Status.RUNNING, now)
    return changing.save(session, actor, now, "resume", before, after, reason)


def stop(
    session: Session, actor: Actor, now: int, key: str, *, revision: int | None = None, reason: str = ""
) -> Experiment:
    """End recruitment for good; everyone sees the control until a decision."""
    actor.require(Right.LAUNCH)
    return _move(session, actor, now, key, Status.STOPPED, "stop", revision, reason)


def archive(
    session: Session, actor: Actor, now: int, key: str, *, revision: int | None = None, reason: str = ""
) -> Experiment:
    """Put a test away.

    Raises:
        ConflictError: its roll-out is still on (`rolled_out`), or the state does not allow it.
    """
    actor.require(Right.EDIT)
    before = changing.load(session, key, revision)
    if before.rollout is not None:
        raise ConflictError(
            f"{key} is rolled out; end the roll-out first, once the winner is part of the product.",
            "rollout",
            code="rolled_out",
        )
    after = before.move_to(Status.ARCHIVED, now)
    return changing.save(session, actor, now, "archive", before, after, reason)


def raise_enrolment(
    session: Session,
    actor: Actor,
    now: int,
    key: str,
    share: float,
    *,
    revision: int | None = None,
    reason: str = "",
) -> Experiment:
    """Let a larger share of eligible units in; within a phase the share may only rise."""
    actor.require(Right.LAUNCH)
    before = changing.load(session, key, revision)
    after = changes.raise_enrolment(before, share)
    return changing.save(session, actor, now, "raise_enrolment", before, after, reason)


def new_phase(
    session: Session,
    actor: Actor,
    now: int,
    key: str,
    *,
    variants: tuple[Variant, ...] | None = None,
    audience: Audience | None = None,
    layer: LayerSlice | None = None,
    enrolment: float | None = None,
    revision: int | None = None,
    reason: str = "",
) -> Experiment:
    """Begin the next phase with changed weights, audience, payload or layer; what is None stays as it was.

    The phase has its own salt and its own report and is never pooled with the one before.

    Raises:
        ConflictError: nothing changes, the test is not launched, or the new slice is taken.
    """
    actor.require(Right.LAUNCH)
    before = changing.load(session, key, revision)
    after = changes.next_phase(
        before,
        salt=new_salt(),
        now=now,
        variants=variants,
        audience=audience,
        layer=layer,
        enrolment=enrolment,
    )
    if layer is not None:
        _check_layer(session, key, layer)
    return changing.save(session, actor, now, "new_phase", before, after, reason)


def _ripening(session: Session, experiment: Experiment) -> Plan:
    """The plan with its declaration from gross to net, which is frozen with it.

    It waits at least as long after the last unit as the longest window and its returns take to close.
    """
    metrics = [metric_by_key(session, use.metric, use.version) for use in experiment.metrics]
    net = completed(experiment, metrics)
    windows = [metric.window_days + metric.return_days for metric in metrics]
    needed = max((*windows, 0 if experiment.plan.net is None else net.horizon_days + net.return_days))
    return replace(experiment.plan, maturation_days=max(needed, experiment.plan.maturation_days), net=net)


def _move(
    session: Session,
    actor: Actor,
    now: int,
    key: str,
    status: Status,
    action: str,
    revision: int | None,
    reason: str,
) -> Experiment:
    before = changing.load(session, key, revision)
    return changing.save(session, actor, now, action, before, before.move_to(status, now), reason)


def _check_layer(session: Session, key: str, wanted: LayerSlice | None) -> None:
    if wanted is None:
        return
    layer_by_key(session, wanted.layer)
    layers.lock(session, wanted.layer)
    others = (other for other in experiments.all_experiments(session, changes.LAUNCHED) if other.key != key)
    taken = changes.clash(wanted, others)
    if taken is not None and taken.phase.layer is not None:
        used = taken.phase.layer
        raise ConflictError(
            f"layer == {wanted.start:g} to {wanted.end:g} of {wanted.layer!r}, overlaps {used.start:g} to "
            f"{used.end:g} of the {taken.status.value} test {taken.key!r}.",
            "layer",
            code="layer_taken",
        )
