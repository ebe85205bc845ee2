"""The management API under /api/v1 and the config that SDKs fetch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from web.api import (
    arrivals,
    changes,
    comments,
    config,
    conflicts,
    decisions,
    evaluate,
    experiments,
    goals,
    identity_secrets,
    imports,
    keys,
    layers,
    metrics,
    privacy,
    products,
    quarantine,
    reconciliation,
    reports,
    shares,
    snapshots,
    tokens,
)
from web.api.document import Api

if TYPE_CHECKING:
    from collections.abc import Iterable

    from flask import Blueprint, Flask


def register(app: Flask) -> Iterable[Blueprint]:
    """Add every blueprint; returns them, because keys and not cookies say who calls."""
    modules = (
        experiments,
        changes,
        reports,
        snapshots,
        decisions,
        comments,
        shares,
        metrics,
        goals,
        products,
        layers,
        keys,
        identity_secrets,
        tokens,
        privacy,
        arrivals,
        conflicts,
        imports,
        quarantine,
        reconciliation,
    )
    documented = [module.bp for module in modules]
    api = Api(app)
    for blueprint in documented:
        api.register_blueprint(blueprint)
    for blueprint in (config.bp, evaluate.bp):
        app.register_blueprint(blueprint)
    return [*documented, config.bp, evaluate.bp]
