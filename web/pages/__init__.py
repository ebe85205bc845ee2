"""Pages for people, one blueprint per step of the cycle."""

from __future__ import annotations

from typing import TYPE_CHECKING

from web.pages import (
    account,
    create,
    deciding,
    documents,
    doors,
    experiments,
    frame,
    glossary,
    goals,
    identity,
    import_steps,
    imports,
    journeys,
    keys,
    metrics,
    my_account,
    people,
    planner,
    products,
    quarantine,
    reconciliation,
    report_page,
    results,
    rolling,
    setup,
)

if TYPE_CHECKING:
    from flask import Flask


def register(app: Flask) -> None:
    """Add every page and what its frame needs."""
    frame.register(app)
    cycle = (goals, journeys, experiments, create, results, report_page, deciding, rolling, planner)
    for module in (account, *cycle, setup, keys, identity, glossary, documents):
        app.register_blueprint(module.bp)
    for module in (imports, import_steps, products, metrics, quarantine, reconciliation):
        app.register_blueprint(module.bp)
    for module in (doors, my_account, people):
        app.register_blueprint(module.bp)
