"""Imports: bring a file, see what came before, keep mappings for the next time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, flash, redirect, render_template, request
from werkzeug.exceptions import Unauthorized

from experiments.domain.access import Right
from experiments.domain.checks import parse_enum
from experiments.domain.errors import DomainError
from experiments.services.clock import now_us, to_iso
from experiments.services.import_desk import desk, files
from experiments.services.import_events.holds import Holds
from experiments.services.sessions import reading, writing
from web.auth import current_actor, current_person
from web.deployment import deployment
from web.pages.data_frame import area_tabs, csv_answer
from web.pages.fields import Form
from web.pages.frame import signed_in_only
from web.pages.import_form import HOLDS
from web.pages.import_words import import_row

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

bp = Blueprint("imports", __name__, url_prefix="/data")
signed_in_only(bp)
PER_PAGE = 25
MOST_EXPORTED = 10_000
CSV_HEAD = ("id", "file", "holds", "source", "origin", "state", "who", "created_at", "new", "changed", "duplicates",
            "refused", "waiting")  # fmt: skip
#: Room for the other fields of the form around the file.
AROUND = 100_000


@bp.url_value_preprocessor
def allow_a_file(endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """Let the upload, and only it, be larger than other requests; it runs before the form and its token are read.

    Whoever may not upload is refused here: else a stranger could fill the disk with what is refused afterwards.
    """
    if endpoint == "imports.upload":
        if current_person() is None:
            raise Unauthorized("Sign in first.")
        current_actor().require(Right.EDIT)
        request.max_content_length = deployment().settings.max_upload_bytes + AROUND


@bp.get("")
def area() -> ResponseReturnValue:
    """The area begins with the imports."""
    return redirect("/data/imports")


@bp.get("/imports")
def index() -> ResponseReturnValue:
    """What came in, newest first, and the way to bring the next file."""
    return _page(Form(request.args))


@bp.post("/imports")
def upload() -> ResponseReturnValue:
    """Keep the file and go on with saying what its columns mean."""
    form, given = Form(request.form), request.files.get("file")
    try:
        holds = parse_enum(Holds, form.text("holds"), "holds")
        if given is None or not given.filename:
            raise DomainError("required", "file is empty, must be chosen.", "file")
        settings = deployment().settings
        stored = files.keep(settings.data_dir, given.save, settings.max_upload_bytes)
        made = _note(holds, given.filename, stored)
    except DomainError as error:
        form.refuse(error, {"holds": "holds", "file": "file"})
        return _page(form), 422
    finally:
        if given is not None:
            given.close()
    return redirect(f"/data/imports/{made}")


@bp.get("/imports.csv")
def export() -> ResponseReturnValue:
    """The newest imports as a table."""
    with reading(deployment().engine) as session:
        rows = [import_row(run) for run in desk.newest_imports(session, limit=MOST_EXPORTED)]
    lines = ([to_iso(row[name]) if name == "created_at" else row[name] for name in CSV_HEAD] for row in rows)
    return csv_answer("imports", CSV_HEAD, lines)


@bp.get("/mappings.csv")
def export_mappings() -> ResponseReturnValue:
    """The saved mappings as a table; what one says of columns is a document, in the last cell."""
    head = ("name", "holds", "picked_up", "changed_at", "who", "spec")
    with reading(deployment().engine) as session:
        rows = [(one.name, one.holds, one.picked_up, to_iso(one.changed_at), one.who, one.spec)
                for one in desk.all_mappings(session)]  # fmt: skip
    return csv_answer("mappings", head, rows)


@bp.post("/mappings/<name>/delete")
def delete_mapping(name: str) -> ResponseReturnValue:
    """Forget a saved mapping."""
    with writing(deployment().engine) as session:
        desk.delete_mapping(session, current_actor(), now_us(), name)
    flash(f"The mapping “{name}” is deleted.", "success")
    return redirect("/data/imports")


def _note(holds: Holds, file: str, stored: str) -> int:
    folder = deployment().settings.data_dir
    try:
        with writing(deployment().engine) as session:
            path = files.path_of(folder, stored)
            return desk.upload(session, current_actor(), now_us(), holds=holds, file=file, stored=stored, path=path)
    except BaseException:
        files.drop(folder, stored)
        raise


def _page(form: Form) -> str:
    after = request.args.get("after", type=int)
    with reading(deployment().engine) as session:
        found = desk.newest_imports(session, limit=PER_PAGE + 1, after=after)
        saved = desk.all_mappings(session)
    settings = deployment().settings
    return render_template(
        "pages/imports.html",
        title="Imports",
        area=area_tabs(),
        rows=[import_row(run) for run in found[:PER_PAGE]],
        older=found[PER_PAGE - 1].id if len(found) > PER_PAGE else None,
        first_page=after is None,
        mappings=saved,
        form=form,
        holds=HOLDS,
        most=settings.max_upload_bytes // 1_000_000,
        pick_up=settings.pick_up_dir,
        may_edit=current_actor().may(Right.EDIT),
    )
