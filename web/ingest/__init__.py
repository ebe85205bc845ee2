"""Events over HTTP in the shape of the Segment spec: /v1/track, /v1/identify, /v1/page, /v1/batch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from web.ingest import keys, metering, routes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from flask import Blueprint, Flask


def register(app: Flask) -> Iterable[Blueprint]:
    """Add the blueprint; keys and not cookies say who calls."""
    keys.attach(app)
    metering.attach(app)
    app.register_blueprint(routes.bp)
    return [routes.bp]
