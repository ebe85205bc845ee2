"""The documents inside the app: the method every number links to, and the others beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, render_template

from experiments.domain.errors import NotFoundError
from web.documents import document, titles
from web.pages.frame import signed_in_only

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

bp = Blueprint("documents", __name__)
signed_in_only(bp)


@bp.get("/docs/<name>")
def show(name: str) -> ResponseReturnValue:
    """One document with its contents; works without scripts."""
    found = document(name)
    if found is None:
        raise NotFoundError("document", name)
    return render_template("pages/document.html", title=found.title, document=found, name=name, titles=titles())
