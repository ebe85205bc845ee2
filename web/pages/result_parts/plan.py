"""The tab Plan: what was fixed before launch is on the page already; here is what has changed since."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import takewhile
from typing import TYPE_CHECKING

from experiments.services import audit
from experiments.services.clock import to_iso
from web.pages.differences import Difference, differences
from web.pages.history import log_entries

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from experiments.services.audit import AuditEntry
    from web.pages.results_page import ResultsPage

#: Parts of the document that a plan is made of; the state of the test is none of them.
_PLANNED = (
    "name",
    "hypothesis",
    "unit",
    "owner",
    "enrolment",
    "audience",
    "variants",
    "metrics",
    "plan",
    "layer",
    "phases",
)
#: Instants that every start and stop sets.
_CLOCK = ("started_at", "ended_at")


@dataclass(frozen=True)
class PlanChange:
    """One change after launch, newest first; `revision` is the one it made."""

    when: str
    who: str
    what: str
    revision: int | None
    reason: str
    changed: tuple[Difference, ...]


def read(session: Session, page: ResultsPage, _now: int) -> list[PlanChange]:
    """What changed since launch; nothing of an imported test."""
    if page.experiment.imported:
        return []
    deeds = audit.history(session, noun="experiment", key=page.experiment.key, limit=1_000)
    since = takewhile(lambda deed: deed.action != "launch", deeds)
    return [change for change in map(_change, since) if change.changed]


def _change(deed: AuditEntry) -> PlanChange:
    changed = [each for each in differences(deed.before, deed.after) if _is_planned(each.field)]
    (entry,) = log_entries([deed], ())
    revision = (deed.after or {}).get("revision")
    return PlanChange(to_iso(deed.at), deed.who, entry["what"], revision, deed.reason, tuple(changed))


def _is_planned(field: str) -> bool:
    return field.split(".", 1)[0] in _PLANNED and not field.endswith(_CLOCK)
