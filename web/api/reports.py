"""What a test has shown so far: the stored report, as every page and the command line print it."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from experiments.domain.errors import NotFoundError
from experiments.services import experiments, refreshing
from experiments.services.analyse import latest_report
from experiments.services.clock import now_us
from experiments.services.insight.offer_conflicts import offer_conflicts_of
from experiments.services.kept_out import kept_out_of
from web.api.document import blueprint, read, write
from web.api.queries import parameter, whole_number
from web.auth import current_actor

bp = blueprint("reports", "Effects, verdicts and the decision of a test.")
MOST_PHASES = 10_000
PHASE = parameter(
    "phase",
    "Number of a phase; left out, the newest report of any phase.",
    type="integer",
    minimum=1,
    maximum=MOST_PHASES,
)


class RefreshSchema(Schema):
    """How far a report is that somebody asked for."""

    state = fields.String(validate=validate.OneOf(["never_asked", "asked", "counting", "done", "failed"]))
    step = fields.String(metadata={"description": "What it is at."})
    done = fields.Integer()
    total = fields.Integer()
    at = fields.String(allow_none=True, metadata={"description": "When it was asked for, or begun."})
    usual_seconds = fields.Float(allow_none=True, metadata={"description": "What it took the last time."})


@bp.get("/experiments/<key>/report")
@bp.doc(parameters=[PHASE])
@bp.response(200, description="The report; docs/report.md describes every field.")
def show_report(key: str) -> Any:
    """The newest stored report of a test; 404 while nothing has been computed."""
    phase = whole_number("phase", 1, MOST_PHASES)
    with read() as session:
        experiments.by_key(session, key)
        report = latest_report(session, key, phase=phase)
    if report is None:
        raise NotFoundError("report", key if phase is None else f"{key} phase {phase}")
    return report.to_dict()


@bp.post("/experiments/<key>/refresh")
@bp.response(202, RefreshSchema)
def refresh_report(key: str) -> Any:
    """Ask the worker to compute the report anew; it starts within seconds."""
    with write() as session:
        return refreshing.describe(refreshing.ask(session, current_actor(), now_us(), key)), 202


@bp.get("/experiments/<key>/refresh")
@bp.response(200, RefreshSchema)
def show_refresh(key: str) -> Any:
    """How far the worker is with a report that was asked for."""
    with read() as session:
        experiments.by_key(session, key)
        return refreshing.describe(refreshing.progress(session, key), refreshing.usual_seconds(session, key))


@bp.get("/experiments/<key>/evaluations")
@bp.response(200, description="Counts per reason and day; they know no variant.")
def show_evaluations(key: str) -> Any:
    """Why units were kept out of a test, counted once each where the server decides, and what SDKs counted."""
    with read() as session:
        experiments.by_key(session, key)
        return kept_out_of(session, key).to_dict()


@bp.get("/experiments/<key>/offer-conflicts")
@bp.response(200, description="Customers by pair of variants and channels, with their share of the exposed.")
def show_offer_conflicts(key: str) -> Any:
    """Customers who were shown variants that contradict each other, in this test or in two, as the worker counted."""
    with read() as session:
        experiments.by_key(session, key)
        return offer_conflicts_of(session, key).to_dict()
