"""Everything about one roll-out: where it stands, what the guard says, what its holdback told, what was done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from experiments.decision.holdback import cost_of_unevenness, level_of
from experiments.domain.errors import NotFoundError
from experiments.domain.experiment import Experiment
from experiments.domain.rolling import LONGEST
from experiments.domain.rollout import READ_OUTS, ReadAs, RollOut
from experiments.services import audit, changing, describe
from experiments.services.alarms import Alarm, alarms_of, describe_alarm
from experiments.services.audit import AuditEntry
from experiments.services.clock import to_iso
from experiments.services.held_back import share_held
from experiments.store.catalogue import readings
from experiments.store.catalogue.readings import DESIGN, GUARD, Reading

#: Deeds that make the history of a roll-out.
DEEDS = frozenset(
    ("decide", "raise_roll_out", "end_roll_out", "pause_roll_out", "resume_roll_out", "roll_back", "restore_roll_out",
     "extend_holdback", "windows_closed", "end_holdback", "next_step")
)  # fmt: skip


@dataclass(frozen=True)
class ReadOutLine:
    """One read-out: when it is due, what it can see, and what it told once it was read.

    Args:
        at: µs, when it is due.
        planned: whether the holdback lasts until then.
        design: what it can see; None while that is not worked out.
        reading: what it told; None while it is not read.
    """

    days: int
    at: int
    planned: bool
    design: dict[str, Any] | None = None
    reading: Reading | None = None


@dataclass(frozen=True)
class RollOutView:
    """What page and API show.

    Args:
        guard: newest reading of the guard; None before the first.
        level: confidence level of each read-out.
        unevenness: how many times the standard error of a 50/50 test the holdback has; None without one.
        kept_share: share of all units that keep a losing variant while windows are open.
    """

    experiment: Experiment
    rollout: RollOut | None
    guard: Reading | None
    read_outs: tuple[ReadOutLine, ...]
    alarms: tuple[Alarm, ...]
    history: tuple[AuditEntry, ...]
    level: float
    unevenness: float | None
    kept_share: float
    units_per_week: float | None

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready form."""
        return {
            "experiment": self.experiment.key,
            "rollout": None if self.rollout is None else describe.rollout(self.rollout),
            "guard": None if self.guard is None else {"at": to_iso(self.guard.at), **self.guard.reading},
            "read_outs": [_line(line) for line in self.read_outs],
            "level": self.level,
            "standard_error_times": self.unevenness,
            "kept_share": self.kept_share,
            "units_per_week": self.units_per_week,
            "alarms": [describe_alarm(alarm) for alarm in self.alarms],
            "history": [
                {"at": to_iso(deed.at), "who": deed.who, "action": deed.action, "reason": deed.reason}
                for deed in self.history
            ],
        }


def roll_out_view(session: Session, key: str) -> RollOutView:
    """The roll-out of a test, also after it has ended.

    Raises:
        NotFoundError: there is no such test, or it was never rolled out.
    """
    experiment = changing.load(session, key)
    every = audit.history(session, noun=changing.NOUN, key=key, limit=1000)
    deeds = tuple(deed for deed in every if deed.action in DEEDS)
    rollout = experiment.rollout
    if rollout is None and not any(deed.action == "end_roll_out" for deed in deeds):
        raise NotFoundError("roll-out", key)
    held = readings.all_of(session, key, rollout.started_at or 0) if rollout is not None else {}
    made = held.get(DESIGN)
    share = share_held(experiment, rollout) if rollout is not None else 0.0
    return RollOutView(
        experiment=experiment,
        rollout=rollout,
        guard=held.get(GUARD),
        read_outs=() if rollout is None else _lines(experiment, rollout, held),
        alarms=alarms_of(session, key),
        history=deeds,
        level=level_of(experiment.unit, rollout.read_as if rollout is not None else ReadAs.SPENDING),
        unevenness=cost_of_unevenness(share) if share else None,
        kept_share=_kept_share(experiment, rollout),
        units_per_week=None if made is None else made.reading["baseline"]["units_per_week"],
    )


def _lines(experiment: Experiment, rollout: RollOut, held: dict[int, Reading]) -> tuple[ReadOutLine, ...]:
    if rollout.last_read_out is None:
        return ()
    made = held[DESIGN].reading["read_outs"] if DESIGN in held else []
    designs = {each["days"]: each for each in made}
    last, ages = rollout.last_read_out, [days for days in READ_OUTS if days <= LONGEST[experiment.unit]]
    return tuple(
        ReadOutLine(days, rollout.read_out_at(days) or 0, days <= last, designs.get(days), held.get(days))
        for days in ages
    )


def _kept_share(experiment: Experiment, rollout: RollOut | None) -> float:
    """Of all units of the audience: enrolled, and in another variant than the winner."""
    if rollout is None or not rollout.keeping:
        return 0.0
    phase = experiment.phase
    losing = sum(variant.weight for variant in phase.variants if variant.key != rollout.variant)
    slice_ = 1.0 if phase.layer is None else phase.layer.end - phase.layer.start
    return phase.enrolment * losing * slice_


def _line(line: ReadOutLine) -> dict[str, Any]:
    return {
        "days": line.days,
        "at": to_iso(line.at),
        "planned": line.planned,
        "design": line.design,
        "reading": None if line.reading is None else {"at": to_iso(line.reading.at), **line.reading.reading},
    }
