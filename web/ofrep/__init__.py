"""OpenFeature remote evaluation (OFREP 0.4.0): every OpenFeature client in any language works with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from web.ofrep import routes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from flask import Blueprint, Flask


def register(app: Flask) -> Iterable[Blueprint]:
    """Add the blueprint; keys and not cookies say who calls."""
    app.register_blueprint(routes.bp)
    return [routes.bp]
