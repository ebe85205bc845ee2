"""Learnings as JSON documents, read and written."""

from __future__ import annotations

from typing import Any

from experiments.domain.learning import Evidence, Learning, Stance
from experiments.services.clock import to_iso
from experiments.services.fields import Fields, placed
from experiments.store.catalogue.learnings import Kept

FIELDS = ("title", "finding", "conditions", "journey", "template", "families", "evidence")


def read_learning(data: Any) -> Learning:
    """A learning from its document.

    Raises:
        DomainError: with the dotted path of the first field that does not fit.
    """
    fields = Fields(data, "", FIELDS)
    with placed("", "learning"):
        return Learning(
            title=fields.text("title"),
            finding=fields.text("finding"),
            conditions=fields.text("conditions", ""),
            journey=fields.text("journey", ""),
            template=fields.text("template", ""),
            families=fields.texts("families"),
            evidence=tuple(read_evidence(item, path) for path, item in fields.items("evidence")),
        )


def read_evidence(data: Any, path: str = "") -> Evidence:
    """A test beside a learning from its document."""
    fields = Fields(data, path, ("experiment", "stance", "note"))
    return Evidence(fields.text("experiment"), fields.choice("stance", Stance), fields.text("note", ""))


def describe(kept: Kept) -> dict[str, Any]:
    """JSON-ready; the fields of a learning are those that `read_learning` reads."""
    return {
        "id": kept.id,
        **describe_learning(kept.learning),
        "status": kept.status.value,
        "version": kept.version,
        "experiment": kept.experiment,
        "facts": kept.learning.facts,
        "created_at": to_iso(kept.created_at),
        "updated_at": to_iso(kept.updated_at),
    }


def describe_learning(learning: Learning) -> dict[str, Any]:
    """The document that `read_learning` reads."""
    return {
        "title": learning.title,
        "finding": learning.finding,
        "conditions": learning.conditions,
        "journey": learning.journey,
        "template": learning.template,
        "families": list(learning.families),
        "evidence": [
            {"experiment": one.experiment, "stance": one.stance.value, "note": one.note} for one in learning.evidence
        ],
    }
