"""The contact centre: figures by channel, what tests moved, offers seen, who was kept from an offer."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from flask import Blueprint, render_template, request

from experiments.domain.channel import Channel
from experiments.services.clock import now_us
from experiments.services.compared import PERIODS
from experiments.services.contact_centre import Asked, board
from experiments.services.contact_centre.board import figure_rows
from experiments.services.experiments import unreadable
from experiments.services.insight.offer_conflicts import COLUMNS
from experiments.services.sessions import reading
from web.deployment import deployment
from web.pages.contact_centre.view import BY_CHANNEL, channel_name, view
from web.pages.data_frame import csv_answer
from web.pages.frame import signed_in_only

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue
    from sqlalchemy.orm import Session

    from experiments.services.contact_centre import Board

bp = Blueprint("contact_centre", __name__)
signed_in_only(bp)
FIGURES = ("channel", "figure", "status", "value", "n", "people", "low", "high", "before", "n_before", "change",
           "change_low", "change_high")  # fmt: skip
FATIGUE = ("offers_seen", "acceptance", "low", "high", "offers", "csat", "csat_low", "csat_high", "answers")
TESTS = ("experiment", "variant", "final", "figure", "effect", "low", "high", "level", "verdict")
RETURNS = ("experiment", "status", "value", "low", "high", "cost", "gain", "gain_low", "gain_high", "times")
POLICY = ("reason", "experiment", "units")
CONFLICTS = ("experiment", *COLUMNS)


@bp.get("/contact-centre")
def show() -> ResponseReturnValue:
    """The page."""
    with reading(deployment().engine) as session:
        found, damaged = _board_of(session), unreadable(session)
    return render_template(
        "pages/contact_centre.html",
        title="Contact centre",
        page=view(found),
        unreadable=damaged,
        columns=BY_CHANNEL,
        channel_name=lambda key: channel_name(key or "not_told"),
        periods=[(str(days), f"{days} days") for days in PERIODS],
        channels=[("", "All"), *((one.value, channel_name(one.value)) for one in Channel)],
    )


@bp.get("/contact-centre.csv")
def export() -> ResponseReturnValue:
    """Figures by channel."""
    return csv_answer("contact-centre", FIGURES, figure_rows(_board()))


@bp.get("/contact-centre/offers-seen.csv")
def export_fatigue() -> ResponseReturnValue:
    """Acceptance and satisfaction by offers seen."""
    rows = (
        (row.offers, a.value, a.low, a.high, a.n, c.value, c.low, c.high, c.n)
        for row in _board().fatigue
        for a, c in ((row.acceptance, row.csat),)
    )
    return csv_answer("offers-seen", FATIGUE, rows)


@bp.get("/contact-centre/tests.csv")
def export_tests() -> ResponseReturnValue:
    """What tests moved."""
    rows = (
        (test.experiment, test.variant, test.final, one.key, one.effect, one.low, one.high, one.level, one.verdict)
        for test in _board().tests
        for one in test.moved
    )
    return csv_answer("contact-centre-tests", TESTS, rows)


@bp.get("/contact-centre/policy.csv")
def export_policy() -> ResponseReturnValue:
    """Who was kept from an offer, by reason and test."""
    rows = ((one.reason, test.key, test.units) for one in _board().policy for test in one.tests)
    return csv_answer("offer-policy", POLICY, rows)


@bp.get("/contact-centre/conflicts.csv")
def export_conflicts() -> ResponseReturnValue:
    """Customers who were promised two things."""
    rows = ((one.experiment, *one.row.cells) for one in _board().conflicts)
    return csv_answer("promised-two-things", CONFLICTS, rows)


@bp.get("/contact-centre/returns.csv")
def export_returns() -> ResponseReturnValue:
    """What tests brought against what they cost."""
    rows = [{**asdict(one.result), "experiment": one.experiment} for one in _board().returns]
    return csv_answer("returns", RETURNS, ([row[name] for name in RETURNS] for row in rows))


def _board() -> Board:
    with reading(deployment().engine) as session:
        return _board_of(session)


def _board_of(session: Session) -> Board:
    return board(session, Asked.read(request.args), now_us(), deployment().settings.currency)
