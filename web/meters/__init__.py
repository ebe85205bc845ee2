"""What the server counts of itself, and who may read it: Prometheus metrics at `/metrics`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from web.meters import page, requests

if TYPE_CHECKING:
    from flask import Flask


def register(app: Flask) -> None:
    """Time every request and serve what was counted."""
    requests.register(app)
    app.register_blueprint(page.bp)
