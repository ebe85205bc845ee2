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
    def shown(self) -> Result:
        """What may be shown: the control where showing the variant is suppressed."""
        return self.control if self.suppressed and self.control is not None else self.result

    def to_dict(self, version: str) -> dict[str, Any]:
        """JSON-ready form, as SDKs read it: what to show, and the variant that the unit has where that is another."""
        told = {
            "variant": self.shown.variant,
            "payload": self.shown.payload,
            "reason": self.result.reason,
            "exposure": self.result.exposure,
            "phase": self.result.phase,
            "configVersion": version,
        }
        return {**told, "assigned": self.result.variant} if self.suppressed else told


@dataclass(frozen=True, slots=True)
class Answers:
    """All answers of one request, and the version of the config that the key's SDK reads."""

    version: str
    items: tuple[Answer, ...]

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready form."""
        return {
            "v": 1,
            "version": self.version,
            "experiments": {item.key: item.to_dict(self.version) for item in self.items},
        }
