"""How a roll-out goes on: it begins, takes steps, is halted, resumed and taken back, and its holdback ends."""

from __future__ import annotations

from dataclasses import dataclass, replace

from experiments.domain.errors import ConflictError, DomainError
from experiments.domain.experiment import Experiment, Status, UnitKind
from experiments.domain.rollout import DAY, READ_OUTS, RollOut, RollOutState, Step

#: The longest read-out by unit: browsers forget visitors, so that nothing beyond can be read of them.
LONGEST = {UnitKind.VISITOR: READ_OUTS[0], UnitKind.CUSTOMER: READ_OUTS[-1], UnitKind.AGENT: READ_OUTS[0]}
USUAL = {UnitKind.VISITOR: READ_OUTS[0], UnitKind.CUSTOMER: READ_OUTS[1], UnitKind.AGENT: READ_OUTS[0]}


@dataclass(frozen=True, slots=True)
class Due:
    """What the calendar asks for: the changed test, the name of the deed, and why in one sentence."""

    after: Experiment
    action: str
    why: str


def begun(experiment: Experiment, rollout: RollOut, now: int) -> RollOut:
    """The roll-out as it starts, with its instants.

    Raises:
        DomainError: the holdback would outlast what its unit allows, or a step lies before the one that is taken.
    """
    check_read_out(experiment, rollout)
    _check_first_step(rollout)
    closing = (experiment.stopped_at or now) + experiment.plan.maturation_days * DAY
    keep_until = closing if rollout.keep and closing > now else None
    # Steps that were asked for days ago, before somebody agreed, keep their distances.
    late = max(now + DAY - rollout.steps[0].earliest, 0) if rollout.steps else 0
    steps = _moved(rollout, late, rollout.share)
    started = replace(rollout, started_at=now, guard_since=now, keep_until=keep_until, steps=steps)
    return _dated(replace(started, last_read_out=rollout.last_read_out or USUAL[experiment.unit]))


def check_read_out(experiment: Experiment, rollout: RollOut) -> None:
    """Raise where a holdback is to be read later than its unit can be followed."""
    longest = LONGEST[experiment.unit]
    if rollout.last_read_out is not None and rollout.last_read_out > longest:
        raise DomainError(
            "out_of_range",
            f"rollout.last_read_out == {rollout.last_read_out}, must be <= {longest} where the unit is a "
            f"{experiment.unit.value}: beyond it only customers can be followed.",
            "rollout.last_read_out",
        )


def _check_first_step(rollout: RollOut) -> None:
    step = rollout.steps[0] if rollout.steps else None
    if step is not None and step.share <= rollout.share:
        raise DomainError(
            "bad_rollout",
            f"rollout.steps: {step.share:g} follows {rollout.share:g}, shares must rise.",
            "rollout.steps",
        )


def of(experiment: Experiment) -> RollOut:
    """The roll-out of a decided test; raises ConflictError where there is none."""
    if experiment.rollout is None or experiment.status is not Status.DECIDED:
        raise ConflictError(f"{experiment.key} has no roll-out.", "rollout", code="bad_transition")
    return experiment.rollout


def pause(experiment: Experiment, now: int) -> Experiment:
    """Stay at this share until somebody goes on."""
    rollout = _in(experiment, RollOutState.GOING)
    return replace(experiment, rollout=replace(rollout, state=RollOutState.PAUSED, halted_at=now))


def resume(experiment: Experiment, now: int) -> Experiment:
    """Go on; every step that is to come moves by the time that was lost, and the guard starts anew."""
    return _again(experiment, _in(experiment, RollOutState.PAUSED), now)


def roll_back(experiment: Experiment, now: int) -> Experiment:
    """Show the control to everybody."""
    rollout = _in(experiment, RollOutState.GOING, RollOutState.PAUSED)
    return replace(experiment, rollout=replace(rollout, state=RollOutState.ROLLED_BACK, halted_at=now))


def restore(experiment: Experiment, now: int) -> Experiment:
    """Take a roll-back back: the share it had, with the guard starting anew."""
    return _again(experiment, _in(experiment, RollOutState.ROLLED_BACK), now)


def extend(experiment: Experiment, days: int) -> Experiment:
    """Keep the holdback until a later read-out."""
    rollout = of(experiment)
    if not rollout.holdback or rollout.last_read_out is None:
        raise ConflictError(f"{experiment.key} has no holdback.", "rollout.holdback", code="bad_transition")
    if days <= rollout.last_read_out:
        raise DomainError(
            "out_of_range",
            f"rollout.last_read_out == {days}, must be > {rollout.last_read_out}: it is read so far as it is.",
            "rollout.last_read_out",
        )
    later = replace(rollout, last_read_out=days)
    check_read_out(experiment, later)
    return replace(experiment, rollout=_dated(later))


def due(experiment: Experiment, now: int) -> Due | None:
    """The next thing the calendar asks for; None where nothing is due. Steps wait while a roll-out is halted."""
    rollout = experiment.rollout
    if rollout is None or experiment.status is not Status.DECIDED or not rollout.live:
        return None
    if rollout.keep_until is not None and rollout.keep_until <= now:
        after = replace(experiment, rollout=replace(rollout, keep_until=None))
        return Due(after, "windows_closed", "The windows of the test have closed; nobody keeps a losing variant now.")
    if rollout.holdback and rollout.holdback_until is not None and rollout.holdback_until <= now:
        after = replace(experiment, rollout=replace(rollout, holdback=0.0, steps=()))
        return Due(after, "end_holdback", "The last read-out of the holdback was due; the held back get the winner.")
    step = rollout.next_step
    if rollout.state is RollOutState.GOING and step is not None and step.earliest <= now:
        late = now - step.earliest
        larger = _dated(replace(rollout, share=step.share, steps=_moved(rollout, late, step.share)))
        why = f"The step to {step.share:.0%} was due, and no harm was found."
        return Due(replace(experiment, rollout=larger), "next_step", why)
    return None


def contrast_end(experiment: Experiment, now: int) -> int:
    """Until when the variants of the test differed by the draw alone, at most now.

    A roll-out gives the winner to the control's units too; where the enrolled keep their variant, it does so only
    once their windows have closed.
    """
    rollout = experiment.rollout
    if rollout is None or rollout.started_at is None:
        return now
    kept = _kept_until(experiment, rollout)
    halted = rollout.halted_at if rollout.state is RollOutState.ROLLED_BACK else None
    return min(now, kept if halted is None else max(rollout.started_at, min(kept, halted)))


def _kept_until(experiment: Experiment, rollout: RollOut) -> int:
    """Also after `keep_until` was cleared, because the windows have closed."""
    started = rollout.started_at or 0
    if rollout.keep_until is not None:
        return rollout.keep_until
    if not rollout.keep or experiment.stopped_at is None or rollout.guard_since is None:
        return started
    return max(started, experiment.stopped_at + experiment.plan.maturation_days * DAY)


def _in(experiment: Experiment, *states: RollOutState) -> RollOut:
    rollout = of(experiment)
    if rollout.state not in states:
        wanted = " or ".join(state.value.replace("_", " ") for state in states)
        raise ConflictError(
            f"rollout.state == {rollout.state.value!r}, must be {wanted}.", "rollout.state", code="bad_transition"
        )
    return rollout


def _again(experiment: Experiment, rollout: RollOut, now: int) -> Experiment:
    lost = max(now - (rollout.halted_at or now), 0)
    going = replace(
        rollout,
        state=RollOutState.GOING,
        halted_at=None,
        guard_since=now,
        steps=_moved(rollout, lost, rollout.share),
    )
    return replace(experiment, rollout=_dated(going))


def _dated(rollout: RollOut) -> RollOut:
    """With the end of the holdback where the last read-out is due now; without a holdback there is neither."""
    if not rollout.holdback or rollout.last_read_out is None:
        return replace(rollout, last_read_out=None, holdback_until=None)
    return replace(rollout, holdback_until=rollout.read_out_at(rollout.last_read_out))


def _moved(rollout: RollOut, by: int, reached: float) -> tuple[Step, ...]:
    """The steps beyond a share later by a time, so that each lasts as long as it was planned to."""
    return tuple(replace(step, earliest=step.earliest + by) if step.share > reached else step for step in rollout.steps)
