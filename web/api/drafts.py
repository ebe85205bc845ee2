"""Drafts on their way to a launch: templates, changes in part, checklist, A/A check, pictures, comparison."""

from __future__ import annotations

from typing import Any

from flask import Response, request, url_for
from marshmallow import Schema, fields, validate

from experiments.domain.screenshot import MAX_BYTES
from experiments.domain.template import BLANK, TEMPLATES, template_by_key
from experiments.services import aa, describe, drafts, pictures
from experiments.services import experiments as service
from experiments.services.audience_estimate import estimate
from experiments.services.checklist import checklist
from experiments.services.clock import now_us
from experiments.services.compare_plans import compare
from experiments.services.definition_patch import read_patched
from experiments.services.fields import WHOLE_MAX, Fields
from web.api import tags
from web.api.document import blueprint, body, described, read, write
from web.api.queries import parameter, whole_number
from web.api.schemas import DefinitionSchema, ExperimentSchema, maybe_key_field, name_field, within
from web.auth import current_actor
from web.picture_answer import picture_answer

bp = blueprint("drafts", "Drafts on their way to a launch.")
SIDES = ("left", "right")
MOST_REVISIONS = 999_999_999
_PICTURE = {"type": "string", "format": "binary"}
_UPLOAD: dict[str, Any] = {
    "parameters": [parameter("alt", "What the picture shows.", required=True, minLength=1, maxLength=300)],
    "requestBody": {
        "required": True,
        "content": {kind: {"schema": _PICTURE} for kind in ("image/png", "image/jpeg", "image/webp")},
    },
}


class TemplateSchema(Schema):
    """A starting point; it never holds a margin, an effect or a value of today."""

    key = fields.String()
    name = fields.String()
    summary = fields.String()
    goal = fields.String()
    guardrails = fields.List(fields.String())
    secondary = fields.List(fields.String())
    hypothesis = fields.String()


class TemplatesSchema(Schema):
    """Every template."""

    items = fields.List(fields.Nested(TemplateSchema))


class NewDraftSchema(Schema):
    """What a draft begins with."""

    name = name_field(required=True)
    template = fields.String(validate=validate.OneOf([each.key for each in TEMPLATES]))
    key = maybe_key_field("Made of the name where it is left out, which then needs a Latin letter or a digit.")


class PatchSchema(DefinitionSchema):
    """Only what changes, as a JSON merge patch (RFC 7396): null takes a part out, lists are replaced as a whole."""

    class Meta:
        """Nothing is required, and the state that was seen may stand in the body."""

        partial = True

    revision = fields.Integer(
        metadata={"description": "What you last saw; not needed beside If-Match."} | within(0, WHOLE_MAX)
    )


class LineSchema(Schema):
    """One line of the checklist."""

    key = fields.String()
    title = fields.String()
    state = fields.String(metadata={"enum": ["ok", "attention", "open"]})
    reason = fields.String()
    mend = fields.String(allow_none=True)
    blocks = fields.Boolean()


class ChecklistSchema(Schema):
    """What should be true before the first visitor is enrolled."""

    items = fields.List(fields.Nested(LineSchema))
    ready = fields.Boolean(metadata={"description": "Whether every line is right."})


class EstimateSchema(Schema):
    """The size of the audience in stored traffic; numbers are null unless the status is ok."""

    status = fields.String(metadata={"enum": ["ok", "unknown_page", "too_short", "no_traffic", "too_few", "too_slow"]})
    unit = fields.String()
    units_per_week = fields.Float(allow_none=True)
    share = fields.Float(allow_none=True)
    weeks = fields.Integer()
    since = fields.String(allow_none=True)
    until = fields.String(allow_none=True)
    sampled = fields.Float()
    place = fields.String(allow_none=True)
    not_counted = fields.List(fields.String())


class CheckSchema(Schema):
    """The A/A splits of history."""

    state = fields.String(metadata={"enum": ["none", "waiting", "running", "done", "failed", "outdated"]})
    done = fields.Integer()
    total = fields.Integer()
    sound = fields.Boolean(allow_none=True)
    reason = fields.String(allow_none=True)
    metrics = fields.List(fields.Dict())
    split = fields.Dict(allow_none=True)
    units = fields.Integer(allow_none=True)
    days = fields.Integer(allow_none=True)
    sampled = fields.Float(allow_none=True)
    asked_by = fields.String(allow_none=True)
    finished_at = fields.String(allow_none=True)


class PictureSchema(Schema):
    """A picture without its content."""

    variant = fields.String()
    alt = fields.String()
    media_type = fields.String()
    width = fields.Integer()
    height = fields.Integer()
    digest = fields.String()
    added_by = fields.String()
    added_at = fields.String()


class PicturesSchema(Schema):
    """The pictures of a test."""

    items = fields.List(fields.Nested(PictureSchema))


class ComparisonSchema(Schema):
    """Two plans, part by part."""

    left = fields.Dict()
    right = fields.Dict()
    rows = fields.List(fields.Dict())
    differences = fields.Integer()


@bp.url_value_preprocessor
def allow_a_picture(endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """Let a picture be larger than other requests."""
    if endpoint == "api-drafts.put_picture":
        request.max_content_length = MAX_BYTES


@bp.get("/templates")
@bp.response(200, TemplatesSchema)
def list_templates() -> Any:
    """Where a draft may start from."""
    return {
        "items": [
            {
                "key": each.key,
                "name": each.name,
                "summary": each.summary,
                "goal": each.goal,
                "guardrails": each.guardrails,
                "secondary": each.secondary,
                "hypothesis": drafts.sentence(each),
            }
            for each in TEMPLATES
        ]
    }


@bp.post("/drafts")
@bp.doc(**described(NewDraftSchema))
@bp.response(201, ExperimentSchema)
def begin_draft() -> Any:
    """Add a draft from a template; guardrails wait in the builder until their accepted loss is agreed."""
    given = Fields(body(), "", ("name", "template", "key"))
    template = template_by_key(given.text("template", BLANK))
    with write() as session:
        made = drafts.start(
            session, current_actor(), now_us(), name=given.text("name"), template=template, key=given.text("key", "")
        )
    address = url_for("api-experiments.show_experiment", key=made.key)
    return tags.tagged(describe.experiment(made)), 201, {"Location": address}


@bp.patch("/experiments/<key>")
@bp.doc(**described(PatchSchema))
@bp.response(200, ExperimentSchema)
def change_part(key: str) -> Any:
    """Change parts of a draft or of a test in rehearsal; what is not named stays.

    Say what you changed: the ETag you read in If-Match, or its `revision` in the body.
    """
    given = body()
    with write() as session:
        before = service.by_key(session, key)
        definition, revision = read_patched(before, given)
        tags.require(revision)
        tags.check(describe.experiment(before))
        seen = before.revision if revision is None else revision
        changed = service.update(session, current_actor(), now_us(), key, definition, revision=seen)
        return tags.tagged(describe.experiment(changed))


@bp.get("/experiments/<key>/checklist")
@bp.response(200, ChecklistSchema)
def show_checklist(key: str) -> Any:
    """What should be true before the first visitor is enrolled, line by line."""
    with read() as session:
        lines = checklist(session, service.by_key(session, key), now_us())
    return {"items": [line.to_dict() for line in lines], "ready": all(line.state == "ok" for line in lines)}


@bp.get("/experiments/<key>/audience-estimate")
@bp.doc(parameters=[parameter("place", "Path pattern with * of the pages where the offer is shown.", maxLength=500)])
@bp.response(200, EstimateSchema)
def show_estimate(key: str) -> Any:
    """How many units a week the audience has, from stored traffic."""
    with read() as session:
        test = service.by_key(session, key)
        place = request.args.get("place", "")
        return estimate(session, test.phase.audience, test.unit, now_us(), place=place).to_dict()


@bp.post("/experiments/<key>/aa-check")
@bp.response(202, CheckSchema)
def ask_for_splits(key: str) -> Any:
    """Have 200 A/A splits made on history; the worker makes them."""
    with write() as session:
        return aa.ask(session, current_actor(), now_us(), key).to_dict()


@bp.get("/experiments/<key>/aa-check")
@bp.response(200, CheckSchema)
def show_splits(key: str) -> Any:
    """The A/A splits as they stand."""
    with read() as session:
        check = aa.check_of(session, service.by_key(session, key))
    return {"state": "none"} if check is None else check.to_dict()


@bp.get("/experiments/<key>/screenshots")
@bp.response(200, PicturesSchema)
def list_pictures(key: str) -> Any:
    """The pictures of a test's variants."""
    with read() as session:
        return {"items": [pictures.describe(shot) for shot in pictures.pictures_of(session, key)]}


@bp.get("/experiments/<key>/screenshots/<variant>")
@bp.doc(
    responses={
        "200": {
            "description": "The picture itself.",
            "content": {kind: {"schema": _PICTURE} for kind in ("image/png", "image/jpeg", "image/webp")},
        }
    }
)
def show_picture(key: str, variant: str) -> Response:
    """One picture, with its own type."""
    with read() as session:
        return picture_answer(*pictures.content_of(session, key, variant))


@bp.put("/experiments/<key>/screenshots/<variant>")
@bp.doc(**_UPLOAD)
@bp.response(200, PictureSchema)
def put_picture(key: str, variant: str) -> Any:
    """Keep a PNG, JPEG or WebP of a variant, sent as the body; it is recognised by content and drawn anew."""
    data, alt = request.get_data(), request.args.get("alt", "")
    with write() as session:
        shot = pictures.add_picture(session, current_actor(), now_us(), key, variant, data, alt)
    return pictures.describe(shot)


@bp.delete("/experiments/<key>/screenshots/<variant>")
@bp.response(204)
def drop_picture(key: str, variant: str) -> Any:
    """Delete a picture."""
    with write() as session:
        pictures.drop_picture(session, current_actor(), now_us(), key, variant)


@bp.get("/plans/compare")
@bp.doc(
    parameters=[
        *(parameter(side, "Key of a test.", required=True) for side in SIDES),
        *(
            parameter(
                f"{side}_revision",
                "A revision of its history; left out, as it is now.",
                type="integer",
                minimum=1,
                maximum=MOST_REVISIONS,
            )
            for side in SIDES
        ),
    ]
)
@bp.response(200, ComparisonSchema)
def compare_plans() -> Any:
    """Two plans side by side: of two tests, or of one test at two revisions."""
    left, right = (request.args.get(side, "") for side in SIDES)
    of_left, of_right = (whole_number(f"{side}_revision", 1, MOST_REVISIONS) for side in SIDES)
    with read() as session:
        return compare(session, left, right, left_revision=of_left, right_revision=of_right).to_dict()
