"""One line of the checklist."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

#: Looked at and right; looked at and wrong; not done or not known yet.
OK, ATTENTION, OPEN = "ok", "attention", "open"


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that should be true.

    Args:
        key: stable word for programs.
        state: "ok", "attention" or "open".
        reason: why, in one or two sentences.
        mend: step of the builder or path of the page where it is put right; empty where there is nothing to do.
        blocks: whether a launch is refused while it is not ok.
    """

    key: str
    title: str
    state: str
    reason: str
    mend: str = ""
    blocks: bool = False

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready form."""
        return {
            "key": self.key,
            "title": self.title,
            "state": self.state,
            "reason": self.reason,
            "mend": self.mend or None,
            "blocks": self.blocks,
        }
