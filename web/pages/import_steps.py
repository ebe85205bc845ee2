"""One import: say what the columns mean, have it checked, take it in, look at what came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, flash, redirect, render_template, request

from experiments.domain.access import Right
from experiments.domain.errors import ConflictError, DomainError
from experiments.services.catalogue import all_products, all_sources
from experiments.services.clock import now_us
from experiments.services.import_desk import desk, files
from experiments.services.import_desk.sniff import beginning_of
from experiments.services.import_events.holds import Holds
from experiments.services.import_events.parse import read_spec
from experiments.services.sessions import reading, writing
from web.auth import current_actor
from web.deployment import deployment
from web.pages import import_form
from web.pages.data_frame import area_tabs, csv_answer
from web.pages.fields import Form, slug
from web.pages.frame import is_fragment, signed_in_only
from web.pages.import_form import MappingForm
from web.pages.import_words import import_row

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from experiments.services.import_desk.desk import FileImport

bp = Blueprint("import_steps", __name__, url_prefix="/data/imports/<int(max=9223372036854775807):import_id>")
signed_in_only(bp)
#: Refused rows and first rows of the file that the page shows.
SHOWN = 25
FIRST = 6


@bp.get("")
def show(import_id: int) -> ResponseReturnValue:
    """The step the import is at."""
    run = _find(import_id)
    if run.state == "uploaded" or (run.state == "checked" and "edit" in request.args):
        try:
            return _mapping_page(run, _mapping_form(run))
        except DomainError as error:
            flash(error.message, "error")
            return redirect("/data/imports")
    return _report_page(run)


@bp.post("/mapping")
def save_mapping(import_id: int) -> ResponseReturnValue:
    """Say what the columns mean, and have the file checked."""
    current_actor().require(Right.EDIT)
    run, filled = _find(import_id), Form(request.form)
    form = _mapping_form(run)
    form.document = import_form.read_mapping(filled, form.holds, form.document, form.beginning.header)
    try:
        if filled.text("action") == "reread":
            form.beginning = beginning_of(_path(run), _options(form))
            return _mapping_page(run, form)
        spec = read_spec(form.document)
        with writing(deployment().engine) as session:
            desk.set_mapping(session, current_actor(), run, spec)
            desk.start(session, current_actor(), now_us(), desk.import_by_id(session, import_id), dry=True)
    except DomainError as error:
        nobody = not filled.text("source_key") and not filled.text("source_name")
        filled.refuse(error, import_form.places(form.document) | ({"source.key": "source_key"} if nobody else {}))
        if "source_key" in filled.errors:
            filled.errors["source_key"] = "Source is empty, must be chosen."
        form.errors = filled.errors
        return _mapping_page(run, form), 422
    return redirect(f"/data/imports/{import_id}")


@bp.post("/use")
def use_saved(import_id: int) -> ResponseReturnValue:
    """Take a saved mapping."""
    current_actor().require(Right.EDIT)
    run = _find(import_id)
    try:
        with writing(deployment().engine) as session:
            desk.use_saved(session, current_actor(), run, request.form.get("mapping", ""), _path(run))
    except DomainError as error:
        flash(error.message, "error")
    return redirect(f"/data/imports/{import_id}")


@bp.post("/start")
def start(import_id: int) -> ResponseReturnValue:
    """Take the file in; translated values first have it checked again."""
    current_actor().require(Right.EDIT)
    run, filled = _find(import_id), Form(request.form)
    dry = filled.text("action") == "check"
    try:
        with writing(deployment().engine) as session:
            if dry:
                document = _translated(run, filled)
                desk.set_mapping(session, current_actor(), run, read_spec(document))
                run = desk.import_by_id(session, import_id)
            desk.start(session, current_actor(), now_us(), run, dry=dry)
    except ConflictError as error:
        flash(error.message, "error")
    return redirect(f"/data/imports/{import_id}")


@bp.post("/cancel")
def cancel(import_id: int) -> ResponseReturnValue:
    """Give the import up."""
    current_actor().require(Right.EDIT)
    run = _find(import_id)
    try:
        with writing(deployment().engine) as session:
            gone = desk.cancel(session, current_actor(), now_us(), run)
        files.drop(deployment().settings.data_dir, gone)
    except ConflictError as error:
        flash(error.message, "error")
    return redirect(f"/data/imports/{import_id}")


@bp.post("/undo")
def undo(import_id: int) -> ResponseReturnValue:
    """Take the import back."""
    current_actor().require(Right.LAUNCH)
    try:
        with writing(deployment().engine) as session:
            run = desk.import_by_id(session, import_id)
            desk.ask_undo(session, current_actor(), now_us(), run, request.form.get("reason", ""))
    except (ConflictError, DomainError) as error:
        flash(error.message, "error")
    return redirect(f"/data/imports/{import_id}")


@bp.post("/keep")
def keep_mapping(import_id: int) -> ResponseReturnValue:
    """Keep the mapping under a name for the next file."""
    current_actor().require(Right.EDIT)
    run = _find(import_id)
    name, picked_up = slug(request.form.get("name", "")), bool(request.form.get("picked_up"))
    try:
        with writing(deployment().engine) as session:
            desk.save_mapping(session, current_actor(), now_us(), name, read_spec(run.spec), picked_up=picked_up)
        flash(f"The mapping “{name}” is saved.", "success")
    except DomainError as error:
        flash(error.message, "error")
    return redirect(f"/data/imports/{import_id}")


@bp.get("/progress")
def progress(import_id: int) -> ResponseReturnValue:
    """The bar; once there is nothing to wait for the whole page is asked for again."""
    run = _find(import_id)
    if run.state not in desk.BUSY and is_fragment():
        return Response(status=204, headers={"HX-Refresh": "true"})
    return render_template("pages/_import_progress.html", run=run, row=import_row(run))


@bp.get("/errors.csv")
def errors(import_id: int) -> ResponseReturnValue:
    """The refused rows as a file."""
    with reading(deployment().engine) as session:
        desk.import_by_id(session, import_id)
        found = desk.refused_rows(session, import_id)
    rows = [(one.row, one.field, one.value, one.reason) for one in found]
    return csv_answer(f"import-{import_id}-refused", ("row", "field", "value", "reason"), rows)


def _find(import_id: int) -> FileImport:
    with reading(deployment().engine) as session:
        return desk.import_by_id(session, import_id)


def _path(run: FileImport) -> Any:
    return files.path_of(deployment().settings.data_dir, run.stored)


def _mapping_form(run: FileImport) -> MappingForm:
    """The form as it was saved, else with guesses."""
    holds, path = Holds(run.holds), _path(run)
    if run.spec:
        return MappingForm(holds, dict(run.spec), beginning_of(path, read_spec(run.spec).file))
    with reading(deployment().engine) as session:
        columns, file = desk.guessed(session, run, path, deployment().settings.time_zone)
    return MappingForm(holds, {"holds": holds.value, "columns": columns, "file": file}, beginning_of(path))


def _options(form: MappingForm) -> Any:
    from experiments.services.import_events.spec import FileOptions

    return FileOptions(**form.document["file"])


def _translated(run: FileImport, filled: Form) -> dict[str, Any]:
    """The document with what people said about values it did not know."""
    document = dict(run.spec)
    columns = {name: dict(rule) for name, rule in document["columns"].items()}
    for name, rule in columns.items():
        words = import_form.read_words(filled, name, rule.get("values", {}))
        if words:
            rule["values"] = words
    return document | {"columns": columns}


def _mapping_page(run: FileImport, form: MappingForm) -> str:
    with reading(deployment().engine) as session:
        known = [source for source in all_sources(session) if source.kind.value == "import"]
        saved = [mapping.name for mapping in desk.all_mappings(session) if mapping.holds == run.holds]
    sources = [(source.key, source.name) for source in known]
    if sources and not form.source.get("key"):  # a file under the name of another feed would say how far that one is
        sources.insert(0, ("", "Choose who sends it"))
    return render_template(
        "pages/import_mapping.html",
        title=run.file,
        area=area_tabs(),
        run=run,
        row=import_row(run),
        form=form,
        saved=saved,
        sources=[*sources, (import_form.NEW_SOURCE, "a new one, named below")],
        first=form.beginning.rows[:FIRST],
        choices=import_form,
    )


def _report_page(run: FileImport) -> str:
    with reading(deployment().engine) as session:
        problems = desk.refused_rows(session, run.id, SHOWN)
        products = [(product.key, f"{product.name} ({product.key})") for product in all_products(session)]
    actor = current_actor()
    return render_template(
        "pages/import_report.html",
        title=run.file,
        area=area_tabs(),
        run=run,
        row=import_row(run),
        report=run.report,
        problems=problems,
        products=products,
        channels=import_form.CHANNELS,
        busy=run.state in desk.BUSY,
        why_not_undo=desk.why_not_undo(run),
        may_edit=actor.may(Right.EDIT),
        may_undo=actor.may(Right.LAUNCH),
        pick_up=deployment().settings.pick_up_dir,
    )
