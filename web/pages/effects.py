"""All past tests together: their effects, how often they win, and what shipping them brought."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, render_template, request

from experiments.insight.meta_analysis import FACETS, groups
from experiments.insight.past_tests import stop_words
from experiments.insight.prior import prior_words
from experiments.services import catalogue
from experiments.services.clock import now_us, to_iso
from experiments.services.learn import told
from experiments.services.sessions import reading
from web.charts.axis import Span, shared_axis
from web.charts.forest import axis_drawing, row_drawing
from web.deployment import deployment
from web.formatters import current_reader, numbers
from web.pages.data_frame import csv_answer
from web.pages.frame import signed_in_only

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from experiments.insight.meta_analysis import Group, MetaAnalysis, TestRow
    from web.charts.axis import Axis

bp = Blueprint("effects", __name__)
signed_in_only(bp)

ACTIONS = {
    "ship": "Ship", "cannibalising": "Cannibalising", "harm": "Harm", "net_loss": "Net loss", "no_gain": "No gain",
    "inconclusive": "Inconclusive",
}  # fmt: skip


@bp.get("/learnings/effects")
def show() -> ResponseReturnValue:
    """The effects of one goal by facet."""
    with reading(deployment().engine) as session:
        record, found = told.all_effects(session, now_us(), request.args.get("goal") or None)
        names = {journey.key: journey.name for journey in catalogue.all_journeys(session)}
        names |= {family.key: family.name for family in catalogue.all_families(session)}
    facet = next((one for one in FACETS if one == request.args.get("by")), "journey")
    goals = {test.goal: test.goal_title for test in record.tests}
    return render_template(
        "pages/effects.html",
        title="Effects of past tests",
        found=found if found and found.rows else None,
        prior=prior_words(found.prior) if found else "",
        goals=goals,
        facet=facet,
        facets=FACETS,
        left_out=record.left_out,
        picture=_picture(found, facet, names) if found and found.rows else None,
    )


@bp.get("/learnings/effects.csv")
def export() -> ResponseReturnValue:
    """One row per test, of every goal."""
    head = ("experiment", "title", "goal", "gain", "se", "lo", "hi", "level", "shrunk", "shrunk_lo", "shrunk_hi",
            "prior", "prior_tests", "verdict", "shipped", "early", "measured", "measured_lo",
            "measured_hi", "final", "journey", "template", "families", "net",
            "net_lo", "net_hi", "currency", "ended_at")  # fmt: skip
    rows = []
    with reading(deployment().engine) as session:
        record, _ = told.all_effects(session, now_us())
        for goal in sorted({test.goal for test in record.tests}):
            _, found = told.all_effects(session, now_us(), goal)
            rows += [_cells(row) for row in found.rows] if found else []
    return csv_answer("effects", head, rows)


def _cells(row: TestRow) -> tuple[Any, ...]:
    test, net = row.test, row.test.net
    money = (net.value, net.lo, net.hi, net.currency) if net else ("", "", "", "")
    shrunk = (row.shrunk.mean, row.shrunk.lo, row.shrunk.hi) if row.fits else ("", "", "")
    return (test.key, test.title, test.goal, test.gain, test.se, test.lo, test.hi, test.level, *shrunk,
            row.prior.source, row.prior.tests, test.action, int(test.shipped),
            int(test.early), test.raw.gain, test.raw.lo, test.raw.hi, int(test.final), test.journey,
            test.template, " ".join(test.families), *money,
            to_iso(test.ended_at))  # fmt: skip


def _picture(found: MetaAnalysis, facet: Any, names: dict[str, str]) -> dict[str, Any]:
    """The dot plot as rows of a table: every test with its interval, and the mean of each group of two or more."""
    axis = shared_axis(Span(row.test.gain, row.test.lo, row.test.hi) for row in found.rows)
    by_key = {row.test.key: row for row in found.rows}
    made = [
        {
            "name": names.get(group.name, group.name) or f"No {facet} stated",
            "rows": [_row(by_key[test.key], axis) for test in reversed(group.tests)],
            "mean": _mean(group, axis),
        }
        for group in groups([row.test for row in found.rows], facet)
    ]
    return {"axis": axis_drawing(axis, current_reader()), "groups": made}


def _row(row: TestRow, axis: Axis) -> dict[str, Any]:
    test = row.test
    tone = "gain" if test.lo > 0 else "loss" if test.hi < 0 else "neutral"
    words = f"{test.title}: {_percent(test.gain)}, interval {_percent(test.lo)} to {_percent(test.hi)}"
    drawing = row_drawing(axis, Span(test.gain, test.lo, test.hi), tone, words)
    return {
        "test": test,
        "row": row,
        "stop": stop_words(test),
        "drawing": drawing,
        "action": ACTIONS.get(test.action, test.action),
    }


def _mean(group: Group, axis: Axis) -> dict[str, Any] | None:
    if group.spread is None:
        return None
    mean, se = group.spread.mean, group.spread.sd_mean
    lo, hi = mean - 1.96 * se, mean + 1.96 * se
    words = f"Mean: {_percent(mean)}, 95% interval {_percent(lo)} to {_percent(hi)}"
    return {
        "mean": mean, "lo": lo, "hi": hi, "spread": group.spread,
        "drawing": row_drawing(axis, Span(mean, lo, hi), "neutral", words),
    }  # fmt: skip


def _percent(value: float) -> str:
    return numbers.signed_percent(value, 1, reader=current_reader())
