"""Keys of shops and back offices, and how to use them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, Response, flash, redirect, render_template, request

from experiments.domain.access import Right
from experiments.domain.environment import Environment
from experiments.domain.errors import DomainError, ForbiddenError
from experiments.domain.key import KeyKind
from experiments.services import access, describe
from experiments.services.clock import now_us
from experiments.services.sessions import reading, writing
from web.auth import current_actor
from web.deployment import deployment
from web.pages.fields import Form
from web.pages.frame import signed_in_only
from web.sheets import sheet

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from experiments.services.access import NewIdentitySecret, NewKey

bp = Blueprint("keys", __name__)
signed_in_only(bp)

BIGGEST_ID = 2**63 - 1
CSV_HEAD = ("label", "kind", "environment", "source", "prefix", "origins", "created_at", "revoked_at")
PLACES = {"kind": "kind", "environment": "environment", "key.label": "label", "key.origins": "origins"}
KINDS = (
    (KeyKind.CLIENT.value, "Client key", "Public: for pages and apps. Reads the published config, writes events."),
    (KeyKind.SERVER.value, "Server key", "Secret: for back offices. Also sends sales and manages tests over the API."),
)
ENVIRONMENTS = (
    (Environment.PRODUCTION.value, "Production", "What is analysed."),
    (Environment.TEST.value, "Test", "For rehearsals; never analysed."),
)


@bp.get("/keys")
def index() -> ResponseReturnValue:
    """All keys; secrets are never shown again."""
    return keys_page(Form(request.args))


@bp.post("/keys")
def make() -> ResponseReturnValue:
    """Make a key and show it, a server key this one time."""
    current_actor().require(Right.MAKE_KEYS)
    form = Form(request.form)
    made = _make(form)
    if made is None:
        return keys_page(form), 422
    shown = Response(keys_page(Form(request.args), made))
    shown.headers["Cache-Control"] = "no-store"  # a secret must not wait in a browser's history
    return shown


@bp.get("/keys.csv")
def export() -> ResponseReturnValue:
    """Every key as a table, revoked ones too; of server keys the first characters."""
    with reading(deployment().engine) as session:
        rows = [describe.key(item) for item in access.all_keys(session)]
    lines = ([" ".join(row[name]) if name == "origins" else row[name] for name in CSV_HEAD] for row in rows)
    return sheet("keys", CSV_HEAD, lines)


@bp.post(f"/keys/<int(max={BIGGEST_ID}):key_id>/revoke")
def revoke(key_id: int) -> ResponseReturnValue:
    """Revoke a key; senders that use it are refused from then on."""
    with writing(deployment().engine) as session:
        gone = access.revoke_key(session, current_actor(), now_us(), key_id)
    flash(f"The key “{gone.label}” is revoked.", "success")
    return redirect("/keys")


def _make(form: Form) -> NewKey | None:
    """The key, None where a field needs attention; errors stay in the form."""
    label = form.required("label", "The label")
    kind = form.choice("kind", KeyKind, KeyKind.CLIENT)
    environment = form.choice("environment", Environment, Environment.PRODUCTION)
    if form.errors:
        return None
    try:
        with writing(deployment().engine) as session:
            return access.create_key(
                session, current_actor(), now_us(), kind, label, environment, origins=form.text("origins").split()
            )
    except ForbiddenError:
        raise
    except DomainError as error:
        form.refuse(error, PLACES)
        return None


def keys_page(form: Form, made: NewKey | None = None, *, made_secret: NewIdentitySecret | None = None) -> str:
    """The whole page, with what was just made and is shown this once."""
    with reading(deployment().engine) as session:
        found = access.all_keys(session)
        secrets = access.all_identity_secrets(session)
    return render_template(
        "pages/keys.html",
        title="Keys",
        keys=[describe.key(item) for item in found],
        made=made,
        made_secret=made_secret,
        secrets=[describe.identity_secret(item) for item in secrets],
        form=form,
        kinds=KINDS,
        environments=ENVIRONMENTS,
        may_make=current_actor().may(Right.MAKE_KEYS),
    )
