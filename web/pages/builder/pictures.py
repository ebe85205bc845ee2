"""Screenshots of variants: uploaded in the step of the variants, shown wherever the test is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, flash, redirect, render_template, request

from experiments.domain.errors import DomainError
from experiments.domain.screenshot import MAX_BYTES
from experiments.services import pictures
from experiments.services.clock import now_us
from experiments.services.sessions import reading, writing
from web.auth import current_actor
from web.deployment import deployment
from web.pages.builder.guard import keep_typed
from web.pages.builder.routes import editable
from web.pages.builder.steps import BY_KEY
from web.pages.builder.view import step_values
from web.pages.fields import Form
from web.picture_answer import picture_answer

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

bp = Blueprint("pictures", __name__)
keep_typed(bp)
#: Room for the other fields of the form around the file.
AROUND = 100_000


@bp.url_value_preprocessor
def allow_a_file(endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """Let the upload, and only it, be larger than other requests; it runs before the form and its token are read."""
    if endpoint == "pictures.upload":
        request.max_content_length = MAX_BYTES + AROUND


@bp.get("/experiments/<key>/screenshots/<variant>")
def show(key: str, variant: str) -> Response:
    """The picture itself; raises NotFoundError."""
    with reading(deployment().engine) as session:
        return picture_answer(*pictures.content_of(session, key, variant))


@bp.post("/experiments/<key>/build/variants/screenshots")
def upload(key: str) -> ResponseReturnValue:
    """Keep a picture of a variant, or delete it."""
    form, given = Form(request.form), request.files.get("screenshot")
    variant, here = form.text("variant"), f"/experiments/{key}/build/variants"
    try:
        with writing(deployment().engine) as session:
            if form.text("action") == "drop":
                pictures.drop_picture(session, current_actor(), now_us(), key, variant)
                flash("The picture is deleted.", "success")
                return redirect(here)
            data = given.read(MAX_BYTES + 1) if given is not None and given.filename else b""
            if not data:
                raise DomainError("required", "The picture is empty, choose a file.", "screenshot")
            pictures.add_picture(session, current_actor(), now_us(), key, variant, data, form.text("alt"))
    except DomainError as error:
        if error.field not in ("screenshot", "screenshot.alt"):
            raise
        return _refused(key, form, error)
    finally:
        if given is not None:
            given.close()
    flash("The picture is kept.", "success")
    return redirect(here)


def _refused(key: str, form: Form, error: DomainError) -> ResponseReturnValue:
    draft = editable(key)
    if isinstance(draft, str):
        flash(error.message, "error")
        return redirect(draft)
    field = "alt" if error.field == "screenshot.alt" else "screenshot"
    told = {f"{field}-{form.text('variant')}": error.message}
    values = step_values(draft, BY_KEY["variants"]) | {"picture_errors": told, "typed_alt": form.text("alt")}
    return render_template("pages/builder/variants.html", **values), 422
