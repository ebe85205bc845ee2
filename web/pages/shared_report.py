"""The page of a shared report: made from one kept report, whatever has happened since."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from experiments.domain.access import UserRole
from experiments.domain.experiment import Status
from experiments.services.actor import Actor
from experiments.services.stored_reports import StoredReports
from web.pages.results_page import results_page

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from experiments.decision.report import Report
    from experiments.services.shares import Share
    from web.pages.results_page import ResultsPage

#: Whoever has a link: may read this report and nothing else.
GUEST = Actor("guest", UserRole.VIEWER)


def shared_page(session: Session, share: Share, report: Report, currency: str) -> ResultsPage:
    """What the report's template prints, as of the instant the link was made."""
    look = report if report.look.is_look else None
    stored = StoredReports(report, look, (look,) if look else (), ((share.snapshot_id, share.at),))
    page = results_page(session, share.experiment, GUEST, "", currency, share.at, stored)
    then = replace(page.experiment, status=Status(report.experiment.status))
    return replace(page, experiment=then, day=None)
