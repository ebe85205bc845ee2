"""What pages, commands and monitors are told of steps that fail."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from experiments.services.clock import to_iso
from experiments.store import faults
from experiments.store.faults import Fault

#: The names of steps, as people read them.
TITLES = {
    "A/A check": "Check a test on history",
    "contact centre": "Count contacts",
    "counts by source": "Count what sources delivered",
    "counting": "Count journeys and opportunities",
    "digest": "Write the weekly digest",
    "events": "Turn events into facts",
    "guard": "Watch a roll-out for harm",
    "holdback": "Work out what a holdback would see",
    "imports": "Take files in",
    "letters": "Send messages",
    "look back": "Measure on history",
    "look-out": "Look out for alarms",
    "messages": "Write messages about alarms",
    "overview": "Count days",
    "pick-up folder": "Pick files up from a folder",
    "read-out": "Read a holdback out",
    "report": "Compute a report",
    "roll-out": "Take a step of a roll-out",
    "turn": "A whole round",
    "upkeep": "Keep house",
}

#: Steps whose items are keys of tests, and what holds of them meanwhile.
OF_TESTS = {
    "guard": "Meanwhile nobody watches it for harm, so no further step is taken.",
    "holdback": "Meanwhile it is not known what a holdback would see.",
    "look-out": "Meanwhile no alarm is sounded about it.",
    "read-out": "Meanwhile its read-outs wait.",
    "report": "Meanwhile the last report that could be computed stands.",
    "roll-out": "Meanwhile its share stays as it is.",
}


@dataclass(frozen=True, slots=True)
class Told:
    """A step that fails, as it is shown; fields as in `Fault`."""

    title: str
    fault: Fault

    @property
    def of_test(self) -> bool:
        """Whether the item is the key of a test."""
        return self.fault.step in OF_TESTS and bool(self.fault.item)

    @property
    def meanwhile(self) -> str:
        """What holds for the test until it works again."""
        return OF_TESTS.get(self.fault.step, "")

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready form."""
        one = self.fault
        return {
            "step": one.step,
            "title": self.title,
            "item": one.item,
            "since": to_iso(one.since),
            "last_at": to_iso(one.last_at),
            "next_try_at": to_iso(one.next_try_at),
            "tries": one.tries,
            "error": one.error,
        }


def failing(session: Session) -> tuple[Told, ...]:
    """Every step that fails, the longest first."""
    return tuple(map(_told, faults.all_of(session)))


def failing_at(session: Session, key: str) -> tuple[Told, ...]:
    """What fails for one test."""
    return tuple(told for told in map(_told, faults.all_of(session, key)) if told.of_test)


def _told(fault: Fault) -> Told:
    return Told(TITLES.get(fault.step, fault.step), fault)
