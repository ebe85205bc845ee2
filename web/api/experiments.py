"""Experiments: list, show, create, change, clone, and their history."""

from __future__ import annotations

from typing import Any

from flask import request, url_for
from marshmallow import Schema, fields

from experiments.domain.checks import parse_enum
from experiments.domain.experiment import Status
from experiments.services import audit, changing, describe
from experiments.services import experiments as service
from experiments.services.clock import now_us, to_iso
from experiments.services.definitions import read_definition, read_revised
from experiments.services.fields import Fields
from web.api.document import blueprint, body, described, read, write
from web.api.schemas import DefinitionSchema, ExperimentSchema, RevisedDefinitionSchema, page, page_of
from web.auth import current_actor

bp = blueprint("experiments", "Tests and their definitions.")
STATUS = {
    "name": "status",
    "in": "query",
    "description": "Only tests in this state; may be given several times.",
    "schema": {"type": "array", "items": {"type": "string", "enum": [status.value for status in Status]}},
}


class CloneSchema(Schema):
    """Key and name of the copy."""

    key = fields.String(required=True)
    name = fields.String()


class DeedSchema(Schema):
    """One line of the audit log."""

    at = fields.String()
    who = fields.String()
    action = fields.String()
    before = fields.Dict(allow_none=True)
    after = fields.Dict(allow_none=True)
    reason = fields.String()


@bp.get("/experiments")
@bp.doc(parameters=[STATUS])
@bp.response(200, page_of(ExperimentSchema))
def list_experiments() -> Any:
    """Tests, newest first."""
    statuses = [parse_enum(Status, value, "status") for value in request.args.getlist("status")]
    with read() as session:
        found = service.all_experiments(session, statuses or None)
    return page([describe.experiment(experiment) for experiment in found])


@bp.post("/experiments")
@bp.doc(**described(DefinitionSchema))
@bp.response(201, ExperimentSchema)
def create_experiment() -> Any:
    """Add a draft."""
    definition = read_definition(body())
    with write() as session:
        made = service.create(session, current_actor(), now_us(), definition)
    return describe.experiment(made), 201, {"Location": url_for("api-experiments.show_experiment", key=made.key)}


@bp.get("/experiments/<key>")
@bp.response(200, ExperimentSchema)
def show_experiment(key: str) -> Any:
    """One test."""
    with read() as session:
        return describe.experiment(service.by_key(session, key))


@bp.put("/experiments/<key>")
@bp.doc(**described(RevisedDefinitionSchema))
@bp.response(200, ExperimentSchema)
def change_experiment(key: str) -> Any:
    """Replace the definition of a draft or of a test in rehearsal; what only the product sets is ignored."""
    definition, revision = read_revised(body())
    with write() as session:
        changed = service.update(session, current_actor(), now_us(), key, definition, revision=revision)
    return describe.experiment(changed)


@bp.post("/experiments/<key>/clone")
@bp.doc(**described(CloneSchema))
@bp.response(201, ExperimentSchema)
def clone_experiment(key: str) -> Any:
    """Add a draft with the same definition and a salt of its own."""
    given = Fields(body(), "", ("key", "name"))
    name = given.text("name") if given.has("name") else None
    with write() as session:
        made = service.clone(session, current_actor(), now_us(), key, new_key=given.text("key"), name=name)
    return describe.experiment(made), 201, {"Location": url_for("api-experiments.show_experiment", key=made.key)}


@bp.get("/experiments/<key>/history")
@bp.response(200, page_of(DeedSchema))
def show_history(key: str) -> Any:
    """Who changed what, newest first."""
    with read() as session:
        service.by_key(session, key)
        deeds = audit.history(session, noun=changing.NOUN, key=key)
    return page(
        [
            {
                "at": to_iso(deed.at),
                "who": deed.who,
                "action": deed.action,
                "before": deed.before,
                "after": deed.after,
                "reason": deed.reason,
            }
            for deed in deeds
        ]
    )
