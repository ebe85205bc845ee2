"""The report of one experiment to print or to send: one sheet of paper, and behind it everything else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, Response, render_template

from experiments.domain.errors import NotFoundError
from web.pages.frame import signed_in_only
from web.pages.one_file import inline_style, self_contained
from web.pages.results import find_page

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from web.pages.results_page import ResultsPage

bp = Blueprint("report_page", __name__)
signed_in_only(bp)


@bp.get("/experiments/<key>/report")
def show(key: str) -> ResponseReturnValue:
    """The sheet on the screen, with a button that prints it."""
    return render_template("pages/report.html", page=_reported(find_page(key)), title=key, file=False)


@bp.get("/experiments/<key>/report.html")
def download(key: str) -> ResponseReturnValue:
    """The same as one self-contained file."""
    headers = {"Content-Disposition": f"attachment; filename={key}.html"}
    return Response(report_file(find_page(key)), mimetype="text/html", headers=headers)


def report_file(page: ResultsPage, *, shared: bool = False) -> str:
    """The report as one HTML file that asks for nothing; raises NotFoundError where there is no report yet.

    Args:
        shared: for people without an account: search engines are told to stay away.
    """
    reported = _reported(page)
    html = render_template(
        "pages/report.html", page=reported, title=page.experiment.name, file=True, shared=shared, style=inline_style()
    )
    return self_contained(html)


def _reported(page: ResultsPage) -> ResultsPage:
    if page.decision is None:
        raise NotFoundError("report", page.experiment.key)
    return page
