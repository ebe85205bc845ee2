"""The experiment builder: steps with addresses of their own on a saved draft, to be left and resumed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from web.pages import kept_form
from web.pages.builder.begin import bp as begin_bp
from web.pages.builder.compare import bp as compare_bp
from web.pages.builder.guard import register as register_guard
from web.pages.builder.pictures import bp as pictures_bp
from web.pages.builder.review import bp as review_bp
from web.pages.builder.routes import bp, resume

if TYPE_CHECKING:
    from flask import Flask


def register(app: Flask) -> None:
    """Add the pages, and keep what was typed when a session ends."""
    register_guard(app)
    kept_form.on_return("/experiments/", resume)
    for each in (begin_bp, bp, review_bp, pictures_bp, compare_bp):
        app.register_blueprint(each)
