"""The management API under /api/v1 and the config that SDKs fetch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from web.api import (
    approvals,
    arrivals,
    audiences,
    audit,
    backlog,
    changes,
    comments,
    config,
    conflicts,
    contact_centre,
    decisions,
    drafts,
    evaluate,
    experiments,
    goals,
    identity_secrets,
    imports,
    journey_counts,
    journeys,
    keys,
    layers,
    learnings,
    look_backs,
    me,
    messages,
    metrics,
    opportunities,
    overview,
    plans,
    privacy,
    products,
    quarantine,
    reading,
    reconciliation,
    reports,
    results,
    returns,
    roll_outs,
    search,
    shares,
    snapshots,
    tokens,
    users,
)
from web.api.document import Api

if TYPE_CHECKING:
    from collections.abc import Iterable

    from flask import Blueprint, Flask


#: The parts of the management API, in the order of its document.
MODULES = (
    experiments,
    drafts,
    changes,
    roll_outs,
    reports,
    results,
    reading,
    snapshots,
    decisions,
    returns,
    comments,
    shares,
    plans,
    look_backs,
    audiences,
    metrics,
    goals,
    backlog,
    learnings,
    products,
    journeys,
    journey_counts,
    opportunities,
    layers,
    keys,
    identity_secrets,
    tokens,
    messages,
    me,
    users,
    audit,
    approvals,
    privacy,
    arrivals,
    conflicts,
    imports,
    quarantine,
    reconciliation,
    overview,
    contact_centre,
    search,
)
DOCUMENTED = frozenset(module.bp.name for module in MODULES)


def register(app: Flask) -> Iterable[Blueprint]:
    """Add every blueprint; returns them, because keys and not cookies say who calls."""
    documented = [module.bp for module in MODULES]
    Api(app, documented)
    for blueprint in (config.bp, evaluate.bp):
        app.register_blueprint(blueprint)
    return [*documented, config.bp, evaluate.bp]
