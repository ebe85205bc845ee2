"""Definitions every number links to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, render_template

from experiments.services.metrics import all_metrics
from experiments.services.sessions import reading
from web.deployment import deployment
from web.pages.frame import signed_in_only
from web.pages.metric_words import counted
from web.understanding import WORDS

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

bp = Blueprint("glossary", __name__)
signed_in_only(bp)


@bp.get("/definitions")
def index() -> ResponseReturnValue:
    """Words of the product and the metrics of this deployment."""
    with reading(deployment().engine) as session:
        metrics = all_metrics(session)
    return render_template(
        "pages/definitions.html",
        title="Definitions",
        words=sorted(WORDS, key=lambda word: word.title.lower()),
        metrics=[(metric, counted(metric)) for metric in metrics],
    )
