"""What an evaluation on the server answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from experiments.services.evaluate.edition import LiveTest
from netlift.result import Result


@dataclass(frozen=True, slots=True)
class Answer:
    """One test for one unit.

    Args:
        result: as the SDK's own core decided.
        suppressed: True where the unit is in the test and a fact that came later forbids showing it: the control is
            shown, the exposure is logged for the assigned variant.
        control: what is shown then.
        unit: the id that was drawn; None where there was none.
        test: None where no such test is published.
    """

    key: str
    result: Result
    suppressed: bool = False
    control: Result | None = None
    unit: str | None = None
    test: LiveTest | None = None

    @property
    def payload(self) -> Any:
        """The payload of what may be shown."""
        return self.control.payload if self.suppressed and self.control is not None else self.result.payload

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready form, as SDKs read it."""
        return {
            "phase": self.result.phase,
            "variant": self.result.variant,
            "payload": self.result.payload,
            "reason": self.result.reason,
            "exposure": self.result.exposure,
            "suppressed": self.suppressed,
        }


@dataclass(frozen=True, slots=True)
class Answers:
    """All answers of one request, and the version of the config that the key's SDK reads."""

    version: str
    items: tuple[Answer, ...]

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready form."""
        return {"v": 1, "version": self.version, "experiments": {item.key: item.to_dict() for item in self.items}}
