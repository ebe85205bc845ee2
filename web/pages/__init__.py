"""Pages for people, one blueprint per step of the cycle."""

from __future__ import annotations

from typing import TYPE_CHECKING

from web.pages import (
    account,
    admin_settings,
    admin_worker,
    api_reference,
    approvals,
    audit_log,
    backlog,
    builder,
    contact_centre,
    deciding,
    documents,
    doors,
    effects,
    experiments,
    finding,
    frame,
    glossary,
    goals,
    identity,
    import_steps,
    imports,
    journeys,
    kept_blocks,
    keys,
    learnings,
    messages,
    metrics,
    my_account,
    opportunities,
    overview,
    people,
    planner,
    products,
    quarantine,
    reconciliation,
    report_page,
    result_files,
    results,
    returns,
    rolling,
    setup,
    sharing,
    single_sign_on,
    talking,
    touring,
)

if TYPE_CHECKING:
    from flask import Flask


def register(app: Flask) -> None:
    """Add every page and what its frame needs."""
    frame.register(app)
    touring.register(app)
    kept_blocks.register(app)
    builder.register(app)
    cycle = (
        overview,
        finding,
        goals,
        opportunities,
        journeys,
        experiments,
        results,
        result_files,
        report_page,
        deciding,
        rolling,
        planner,
    )
    for module in (account, *cycle, setup, keys, identity, glossary, documents):
        app.register_blueprint(module.bp)
    for module in (backlog, contact_centre, returns, learnings, effects, talking, sharing):
        app.register_blueprint(module.bp)
    app.register_blueprint(sharing.open_bp)
    for module in (imports, import_steps, products, metrics, quarantine, reconciliation):
        app.register_blueprint(module.bp)
    for module in (doors, my_account, people, audit_log, approvals, single_sign_on, messages):
        app.register_blueprint(module.bp)
    for module in (admin_settings, admin_worker):
        app.register_blueprint(module.bp)
    app.register_blueprint(touring.bp)
    app.register_blueprint(api_reference.bp)
