"""Search: a page that works without scripts, and suggestions under the field."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, render_template, request

from experiments.services.search import search
from experiments.services.sessions import reading
from web.deployment import deployment
from web.pages.finding.texts import OUTSIDE
from web.pages.frame import signed_in_only

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from experiments.services.search import Hit

bp = Blueprint("finding", __name__)
signed_in_only(bp)
SUGGESTED = 8


@bp.get("/search")
def page() -> ResponseReturnValue:
    """All hits."""
    return render_template("pages/search.html", title="Search", asked=_asked(), hits=_found())


@bp.get("/search/suggest")
def suggest() -> ResponseReturnValue:
    """The first hits as options of the field's list."""
    hits = _found()
    return render_template("pages/_search_options.html", asked=_asked(), hits=hits[:SUGGESTED], total=len(hits))


def _asked() -> str:
    return request.args.get("q", "").strip()


def _found() -> tuple[Hit, ...]:
    with reading(deployment().engine) as session:
        return search(session, _asked(), more=OUTSIDE)
