"""One line of the doctor's answer."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class State(StrEnum):
    """How it stands."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """What was looked at, how it stands, and what to do where it does not stand well."""

    name: str
    state: State
    told: str
    advice: str = ""

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready form."""
        return {"name": self.name, "state": self.state.value, "told": self.told, "advice": self.advice}


def ok(name: str, told: str) -> Finding:
    """Nothing to do."""
    return Finding(name, State.OK, told)


def warn(name: str, told: str, advice: str) -> Finding:
    """It works, and should be mended."""
    return Finding(name, State.WARN, told, advice)


def fail(name: str, told: str, advice: str) -> Finding:
    """It does not work, or data are at risk."""
    return Finding(name, State.FAIL, told, advice)
