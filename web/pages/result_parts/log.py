"""The tab Log: deeds with before and after, looks, links to the report, and the conversation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from experiments.services import audit, comments, shares
from experiments.services.clock import to_iso
from experiments.services.decide import decisions_on
from experiments.services.stored_reports import stored_reports
from web.formatters import current_reader, times
from web.pages.differences import MOST, Difference, differences
from web.pages.history import log_entries
from web.pages.linked_text import linked_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from markupsafe import Markup
    from sqlalchemy.orm import Session

    from experiments.domain.experiment import Experiment
    from experiments.services.comments import Comment
    from web.pages.results_page import ResultsPage

#: Deeds of one test that the page reads.
DEEDS = 1_000
#: (value of `show`, label) of the filter.
KINDS = (("", "Everything"), ("change", "Changes"), ("look", "Looks"), ("decision", "Decisions"), ("share", "Links"))
_DECISIONS = frozenset({"decide", "undo_decision", "end_roll_out", "raise_roll_out"})


@dataclass(frozen=True)
class LogLine:
    """One line, newest first.

    Args:
        kind: change, look, decision or share.
        changed: the first fields that differ; `more` counts the others.
    """

    when: str
    kind: str
    who: str | None
    what: str
    icon: str
    detail: str | None = None
    changed: tuple[Difference, ...] = ()
    more: int = 0


@dataclass(frozen=True)
class Said:
    """One comment as it is shown."""

    comment: Comment
    when: str
    body: Markup


def read(session: Session, page: ResultsPage, _now: int) -> dict[str, Any]:
    """Lines and the conversation."""
    key = page.experiment.key
    return {"lines": log_lines(session, page.experiment), "said": said_on(session, key), "kinds": KINDS}


def said_on(session: Session, key: str) -> list[Said]:
    """The conversation, oldest first."""
    return [
        Said(comment, to_iso(comment.at), linked_text(comment.text)) for comment in comments.comments_on(session, key)
    ]


def log_lines(session: Session, experiment: Experiment) -> list[LogLine]:
    """Everything that happened to a test, newest first."""
    key = experiment.key
    lines = [*_deeds(session, key), *_looks(session, experiment), *_links(session, key)]
    return sorted(lines, key=lambda line: line.when, reverse=True)


def _deeds(session: Session, key: str) -> Iterator[LogLine]:
    deeds = audit.history(session, noun="experiment", key=key, limit=DEEDS)
    entries = log_entries(deeds, decisions_on(session, key))
    for deed, entry in zip(deeds, entries, strict=True):
        found = differences(deed.before, deed.after) if deed.before else []
        kind = "decision" if deed.action in _DECISIONS else "change"
        yield LogLine(
            entry["when"], kind, deed.who, entry["what"], entry["icon"], entry["detail"],
            tuple(found[:MOST]), max(0, len(found) - MOST),
        )  # fmt: skip


def _looks(session: Session, experiment: Experiment) -> Iterator[LogLine]:
    for report in stored_reports(session, experiment.key, experiment.phase.number).looks:
        what = f"Look {report.look.number} of {report.look.planned}: {report.decision.title}"
        yield LogLine(report.computed_at or "", "look", None, what, "eye")


def _links(session: Session, key: str) -> Iterator[LogLine]:
    for share in shares.shares_of(session, key):
        what = f"Shared by a link{f' ({share.label})' if share.label else ''}"
        yield LogLine(
            to_iso(share.at),
            "share",
            share.who,
            what,
            "link",
            f"until {times.day(share.expires_at, reader=current_reader())}",
        )
        if share.revoked_at is not None:
            yield LogLine(to_iso(share.revoked_at), "share", None, f"Link revoked: {share.label or share.id}", "ban")
