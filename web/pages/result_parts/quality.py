"""The tab Data quality: facts of the newest report, sources and what was set aside."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from experiments.services.data_quality import data_quality
from web.deployment import deployment

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from experiments.services.data_quality import DataQuality
    from web.pages.results_page import ResultsPage


def read(session: Session, page: ResultsPage, now: int) -> DataQuality:
    """What stands beside the report."""
    return data_quality(session, page.experiment, now, ZoneInfo(deployment().settings.time_zone))
