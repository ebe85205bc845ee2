"""Imports in words: states, counts, what to do next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from web.pages.import_form import HOLDS

if TYPE_CHECKING:
    from experiments.services.import_desk.desk import FileImport

HOLDS_WORD = {key: label for key, label, _ in HOLDS}
STATES = {
    "uploaded": ("Uploaded", "neutral"),
    "checking": ("Being checked", "brand"),
    "checked": ("Checked", "brand"),
    "waiting": ("Waiting", "brand"),
    "running": ("Running", "brand"),
    "done": ("Done", "gain"),
    "failed": ("Failed", "loss"),
    "cancelled": ("Cancelled", "neutral"),
    "undoing": ("Being taken back", "warn"),
    "undone": ("Taken back", "neutral"),
}
ORIGINS = {"page": "uploaded", "folder": "picked up", "console": "command line", "api": "API"}


def import_row(run: FileImport) -> dict[str, Any]:
    """An import as a row of the list."""
    word, tone = STATES[run.state]
    report = run.report
    return {
        "id": run.id,
        "file": run.file,
        "holds": HOLDS_WORD.get(run.holds, run.holds),
        "state": word,
        "tone": tone,
        "origin": ORIGINS.get(run.origin, run.origin),
        "who": run.who,
        "source": run.source_key,
        "created_at": run.created_at,
        "new": report.get("new"),
        "changed": report.get("changed"),
        "duplicates": report.get("duplicates"),
        "refused": report.get("refused"),
        "waiting": report.get("waiting"),
    }


def refused_file(run: FileImport) -> dict[str, Any]:
    """What could not be taken of a file, for the quarantine: how many rows, and the commonest reason."""
    reasons = run.report.get("reasons") or {}
    reason = next(iter(reasons), "")
    return {"id": run.id, "file": run.file, "refused": run.report["refused"], "reason": reason, "at": run.finished_at}
