"""What happened to a test, in words, newest first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from experiments.decision.words import Action
from experiments.services.clock import to_iso
from web.pages.rolling_words import DEEDS as ROLL_OUT_DEEDS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from experiments.services.audit import AuditEntry


class Decided(Protocol):
    """What `experiments.services.decide.decisions_on` tells of a decision."""

    @property
    def at(self) -> int:
        """µs UTC."""

    @property
    def recommended(self) -> str:
        """Action of the report people saw, empty where there was none."""

    @property
    def decided(self) -> str:
        """What was chosen."""

    @property
    def reason(self) -> str:
        """Why."""


_DEEDS = {
    "create": ("The draft was made", "pencil"),
    "change": ("The design was changed", "pencil"),
    "plan": ("The sample size was calculated", "calculator"),
    "start_testing": ("The rehearsal began", "flag"),
    "back_to_draft": ("The rehearsal ended", "pencil"),
    "launch": ("Launched; the plan is frozen", "rocket"),
    "pause": ("Paused; everyone sees the control", "pause"),
    "resume": ("Resumed", "play"),
    "stop": ("Stopped; nobody new is enrolled", "square"),
    "raise_enrolment": ("A larger share takes part", "trending-up"),
    "new_phase": ("A new phase began, with a report of its own", "layers"),
    "decide": ("Decided", "circle-check"),
    "undo_decision": ("The decision was taken back; stopped again", "history"),
    "raise_roll_out": ("The roll-out grew", "trending-up"),
    "end_roll_out": ("The roll-out ended", "square"),
    **ROLL_OUT_DEEDS,
    "archive": ("Put away", "archive"),
    "import": ("Imported", "upload"),
}
_CHOICES = {"ship": "ship a variant", "keep_control": "keep the control"}


def log_entries(deeds: Iterable[AuditEntry], decisions: Iterable[Decided]) -> list[dict[str, Any]]:
    """Entries for the log: the audit log, its decisions with what had been recommended."""
    decided = {decision.at: decision for decision in decisions}
    return [_entry(deed, decided.get(deed.at) if deed.action == "decide" else None) for deed in deeds]


def _entry(deed: AuditEntry, decision: Decided | None) -> dict[str, Any]:
    words, icon = _DEEDS.get(deed.action, (deed.action.replace("_", " ").capitalize(), "history"))
    if decision is not None:
        words = f"Decided: {_CHOICES.get(decision.decided, decision.decided)}. {_recommended(decision)}"
    reason = deed.reason or (decision.reason if decision else "")
    return {"when": to_iso(deed.at), "who": deed.who, "what": words, "icon": icon, "detail": reason or None}


def _recommended(decision: Decided) -> str:
    if not decision.recommended:
        return "There was no report yet."
    return f"The report said: {Action(decision.recommended).label.lower()}."
