"""Files with sales, contacts, customers and price lists: bring one, say what it means, check it, take it in or back."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

from flask import request, url_for
from marshmallow import Schema, fields

from experiments.domain.access import Right
from experiments.domain.checks import parse_enum
from experiments.domain.errors import NotFoundError
from experiments.services.clock import maybe_iso, now_us, to_iso
from experiments.services.fields import Fields
from experiments.services.import_desk import desk, files
from experiments.services.import_events.holds import Holds
from experiments.services.import_events.parse import describe_spec, read_spec
from web.api import tags
from web.api.document import blueprint, body, described, read, write
from web.api.import_specs import SpecSchema
from web.api.listing import Filter, Listing, listed
from web.api.queries import parameter
from web.api.schemas import KEY_IN_PATH, name_field
from web.auth import current_actor
from web.deployment import deployment

if TYPE_CHECKING:
    from pathlib import Path

    from experiments.services.import_desk.desk import FileImport

bp = blueprint("imports", "Files on their way in.")
MOST_IMPORTS = 1_000
#: What a mapping is shown with beside; whoever changes what they read may send it back.
READ_ONLY = ("name", "holds", "changed_at")
_UPLOAD = {
    "parameters": [
        parameter("holds", "What one row tells.", required=True, enum=[holds.value for holds in Holds]),
        parameter("name", "Name of the file."),
    ],
    "requestBody": {
        "required": True,
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    },
}


class ImportSchema(Schema):
    """One import."""

    id = fields.Integer()
    holds = fields.String()
    source = fields.String()
    origin = fields.String()
    file = fields.String()
    state = fields.String()
    position = fields.Integer(metadata={"description": "How much of the file was read."})
    size = fields.Integer()
    report = fields.Dict(metadata={"description": "Counts: rows, new, duplicates, refused, reasons, unknown products."})
    spec = fields.Dict()
    error = fields.String()
    who = fields.String()
    created_at = fields.String()
    finished_at = fields.String(allow_none=True)


class RefusedSchema(Schema):
    """A row that was refused; ids masked."""

    row = fields.Integer()
    field = fields.String()
    value = fields.String()
    reason = fields.String()


class ReasonSchema(Schema):
    """Why."""

    reason = name_field(required=True, at_most=4000)


class MappingSchema(Schema):
    """A saved mapping; files in the pick-up folder of its name are taken in by themselves where that is switched on."""

    name = fields.String()
    holds = fields.String()
    spec = fields.Nested(SpecSchema, required=True)
    picked_up = fields.Boolean()
    changed_at = fields.String()


@bp.url_value_preprocessor
def allow_a_file(endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """Let an uploaded file be larger than other requests."""
    if endpoint == "api-imports.bring":
        request.max_content_length = deployment().settings.max_upload_bytes


IMPORTS: Listing[FileImport] = Listing(
    ImportSchema,
    lambda run: _described(run),
    unique=lambda run: run.id,
    orders={"id": lambda run: run.id},
    usual="-id",
    filters=(
        Filter("state", "Only imports in this state.", lambda run: run.state),
        Filter("holds", "Only files that hold this.", lambda run: run.holds, tuple(Holds)),
        Filter("source", "Only of this source.", lambda run: run.source_key),
    ),
    searched=lambda run: (run.file, run.who),
    columns=("id", "file", "holds", "source", "state", "who", "created_at", "finished_at", "report"),
)
REFUSED: Listing[Any] = Listing(
    RefusedSchema,
    lambda one: {"row": one.row, "field": one.field, "value": one.value, "reason": one.reason},
    unique=lambda one: f"{one.field} {one.reason}",
    orders={"row": lambda one: one.row},
    usual="row",
    filters=(
        Filter("field", "Only about this column.", lambda one: one.field),
        Filter("reason", "Only for this reason.", lambda one: one.reason),
    ),
)
MAPPINGS: Listing[desk.Mapping] = Listing(
    MappingSchema,
    lambda one: _mapping(one),
    unique=lambda one: one.name,
    orders={"name": lambda one: one.name, "changed_at": lambda one: one.changed_at},
    usual="name",
    filters=(Filter("holds", "Only of files that hold this.", lambda one: one.holds, tuple(Holds)),),
    searched=lambda one: (one.name,),
)


@listed(bp, "/imports", IMPORTS)
def list_imports() -> Any:
    """The newest imports."""
    with read() as session:
        return IMPORTS.answer(desk.newest_imports(session, limit=MOST_IMPORTS))


@bp.post("/imports")
@bp.doc(**_UPLOAD)
@bp.response(201, ImportSchema)
def bring() -> Any:
    """Upload a file as the body of the request; nothing is taken in yet."""
    current_actor().require(Right.EDIT)
    holds = parse_enum(Holds, request.args.get("holds", ""), "holds")
    settings = deployment().settings
    stored = files.keep(settings.data_dir, _write_body, settings.max_upload_bytes)
    try:
        with write() as session:
            path, name = files.path_of(settings.data_dir, stored), request.args.get("name") or "upload"
            made = desk.upload(
                session, current_actor(), now_us(), holds=holds, file=name, stored=stored, path=path, origin=desk.API
            )
            run = desk.import_by_id(session, made)
    except BaseException:
        files.drop(settings.data_dir, stored)
        raise
    return _described(run), 201, {"Location": url_for("api-imports.show_import", key=str(made))}


@bp.get("/imports/<key>")
@bp.response(200, ImportSchema)
def show_import(key: str) -> Any:
    """One import: its state, how far it has come, and what came of it."""
    with read() as session:
        return tags.tagged(_described(_run(session, key)))


@listed(bp, "/imports/<key>/refused", REFUSED)
def list_refused(key: str) -> Any:
    """Rows that were refused, at most 10,000."""
    with read() as session:
        return REFUSED.answer(desk.refused_rows(session, _run(session, key).id))


@bp.put("/imports/<key>/spec")
@bp.doc(**described(SpecSchema))
@bp.doc(tagged=True)
@bp.response(200, ImportSchema)
def set_spec(key: str) -> Any:
    """Say what the columns mean."""
    spec = read_spec(body())
    with write() as session:
        run = _run(session, key)
        tags.check(_described(run))
        desk.set_mapping(session, current_actor(), run, spec)
        return _described(desk.import_by_id(session, run.id))


@bp.post("/imports/<key>/check")
@bp.response(200, ImportSchema)
def check(key: str) -> Any:
    """Have the worker find out what would be new, known and refused."""
    return _started(key, dry=True)


@bp.post("/imports/<key>/start")
@bp.response(200, ImportSchema)
def start(key: str) -> Any:
    """Have the worker take the file in."""
    return _started(key, dry=False)


@bp.post("/imports/<key>/cancel")
@bp.response(200, ImportSchema)
def cancel(key: str) -> Any:
    """Give an import up; what it stored stays."""
    with write() as session:
        run = _run(session, key)
        gone = desk.cancel(session, current_actor(), now_us(), run)
        after = _described(desk.import_by_id(session, run.id))
    files.drop(deployment().settings.data_dir, gone)
    return after


@bp.post("/imports/<key>/undo")
@bp.doc(**described(ReasonSchema))
@bp.response(200, ImportSchema)
def undo(key: str) -> Any:
    """Have the worker take back everything an import stored."""
    reason = Fields(body(), "", ("reason",)).text("reason")
    with write() as session:
        run = _run(session, key)
        desk.ask_undo(session, current_actor(), now_us(), run, reason)
        return _described(desk.import_by_id(session, run.id))


@listed(bp, "/mappings", MAPPINGS)
def list_mappings() -> Any:
    """Saved mappings, by name."""
    with read() as session:
        return MAPPINGS.answer(desk.all_mappings(session))


@bp.put("/mappings/<key>")
@bp.doc(**described(MappingSchema), parameters=KEY_IN_PATH)
@bp.doc(tagged=True)
@bp.response(200, MappingSchema)
def save_mapping(key: str) -> Any:
    """Keep a mapping under a name, in place of the one before."""
    given = Fields(body(), "", ("spec", "picked_up", *READ_ONLY))
    spec = read_spec(given.raw("spec"))
    with write() as session:
        known = next((one for one in desk.all_mappings(session) if one.name == key), None)
        tags.check(None if known is None else _mapping(known))
        desk.save_mapping(session, current_actor(), now_us(), key, spec, picked_up=given.flag("picked_up", False))
        return tags.tagged(_mapping(desk.mapping_by_name(session, key)))


@bp.delete("/mappings/<key>")
@bp.doc(tagged=True)
@bp.response(200, MappingSchema)
def delete_mapping(key: str) -> Any:
    """Forget a mapping."""
    with write() as session:
        gone = _mapping(desk.mapping_by_name(session, key))
        tags.check(gone)
        desk.delete_mapping(session, current_actor(), now_us(), key)
    return gone


def _started(key: str, *, dry: bool) -> Any:
    with write() as session:
        run = _run(session, key)
        desk.start(session, current_actor(), now_us(), run, dry=dry)
        return _described(desk.import_by_id(session, run.id))


def _write_body(path: Path) -> None:
    with path.open("wb") as handle:
        shutil.copyfileobj(request.stream, handle)


def _run(session: Any, key: str) -> FileImport:
    if not (key.isascii() and key.isdigit()) or len(key) > 18:
        raise NotFoundError("import", key)
    return desk.import_by_id(session, int(key))


def _described(run: FileImport) -> dict[str, Any]:
    names = ("id", "holds", "origin", "file", "state", "position", "size", "report", "spec", "error", "who")
    found = {name: getattr(run, name) for name in names}
    times = {"created_at": to_iso(run.created_at), "finished_at": maybe_iso(run.finished_at)}
    return found | {"source": run.source_key} | times


def _mapping(saved: desk.Mapping) -> dict[str, Any]:
    spec = describe_spec(read_spec(saved.spec))
    told = {"name": saved.name, "holds": saved.holds, "picked_up": saved.picked_up}
    return told | {"spec": spec, "changed_at": to_iso(saved.changed_at)}
