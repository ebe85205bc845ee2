"""What the tabs of a test's results show beside the report: effects by look, units by day, data quality."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from experiments.services import experiments
from experiments.services.clock import now_us
from experiments.services.data_quality import data_quality
from experiments.services.over_time import over_time
from web.api.document import blueprint, read
from web.deployment import deployment

bp = blueprint("reading", "Effects by look, units by day, and whether the data can be trusted.")


@bp.get("/experiments/<key>/over-time")
@bp.response(200, description="design, reason (why there are no points), points by look, days.")
def show_over_time(key: str) -> Any:
    """Effects at each planned look with the band of the plan, and units at the close of each day."""
    with read() as session:
        return over_time(session, key).to_dict()


@bp.get("/experiments/<key>/data-quality")
@bp.response(200, description="sources, quarantine (items that name the test) and kept_out; more is in the report.")
def show_data_quality(key: str) -> Any:
    """What stands beside the quality of the report."""
    with read() as session:
        experiment = experiments.by_key(session, key)
        return data_quality(session, experiment, now_us(), ZoneInfo(deployment().settings.time_zone)).to_dict()
