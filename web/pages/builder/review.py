"""The last step: the checklist, the A/A check, the rehearsal and the launch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, flash, redirect, render_template, request

from experiments.domain.access import Right
from experiments.domain.errors import ConflictError, DomainError
from experiments.services import aa, launch
from experiments.services.approvals import requests
from experiments.services.checklist import ATTENTION, OK, checklist
from experiments.services.clock import now_us
from experiments.services.sessions import reading, writing
from web.auth import current_actor
from web.deployment import deployment
from web.pages.builder.guard import keep_typed
from web.pages.builder.routes import editable, reload_draft
from web.pages.builder.steps import BY_KEY
from web.pages.builder.view import step_values
from web.pages.fields import Form

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from experiments.services.checklist import Line
    from web.pages.builder.view import Draft

bp = Blueprint("review", __name__)
keep_typed(bp)
STEP = BY_KEY["review"]
ICONS = {OK: "circle-check", ATTENTION: "triangle-alert"}
WORDS = {OK: "Right", ATTENTION: "Look at this"}


@bp.get("/experiments/<key>/build/review")
def show(key: str) -> ResponseReturnValue:
    """The checklist, each line with its state, its reason and the way to mend it."""
    draft = editable(key)
    return redirect(draft) if isinstance(draft, str) else _page(draft)


@bp.post("/experiments/<key>/build/review")
def act(key: str) -> ResponseReturnValue:
    """Launch, begin or end the rehearsal, or ask for the A/A splits."""
    draft = editable(key)
    if isinstance(draft, str):
        return redirect(draft)
    action, here = request.form.get("action", ""), f"/experiments/{key}/build/review"
    if action == "launch":
        return _launch(draft)
    try:
        with writing(deployment().engine) as session:
            flash(_do(session, key, action), "success")
    except ConflictError as error:
        flash(error.message, "error")
    return redirect(here)


@bp.get("/experiments/<key>/build/review/splits")
def splits(key: str) -> ResponseReturnValue:
    """The progress of the A/A splits; the whole page is asked for again when they are made."""
    draft = editable(key)
    if isinstance(draft, str):
        return "", 200, {"HX-Refresh": "true"}
    with reading(deployment().engine) as session:
        check = aa.check_of(session, draft.experiment)
    if check is None or not check.is_busy:
        return "", 200, {"HX-Refresh": "true"}
    return render_template("pages/builder/_splits.html", check=check, base=f"/experiments/{key}/build")


def _do(session: Any, key: str, action: str) -> str:
    actor, now = current_actor(), now_us()
    if action == "splits":
        aa.ask(session, actor, now, key)
        return "The splits are being made; you can leave this page."
    if action == "rehearse":
        launch.start_testing(session, actor, now, key)
        return "The rehearsal is on: keys of the test environment see the variants."
    if action == "end-rehearsal":
        launch.back_to_draft(session, actor, now, key)
        return "The rehearsal is over."
    raise DomainError("unknown_choice", f"action == {action!r}, is nothing this page does.", "action")


def _launch(draft: Draft) -> ResponseReturnValue:
    form, key = Form(request.form), draft.experiment.key
    lines = _lines(draft)
    undone = [line.title for line in lines if line.state != OK]
    reason = form.text("reason")
    if undone and not reason:
        form.errors["reason"] = "The reason is empty, must be given: some lines of the checklist are not right yet."
        return _page(draft, form), 422
    said = f"{reason} (not right at launch: {', '.join(undone)})" if undone else reason
    try:
        with writing(deployment().engine) as session:
            outcome = requests.launch_or_ask(
                session, current_actor(), now_us(), key, revision=_revision(form, draft), reason=said
            )
    except ConflictError as error:
        flash(error.message, "error")
        return _page(reload_draft(draft), form), 409
    name = draft.experiment.name
    asked = f"A second person must agree before “{name}” is launched; it waits under Approvals."
    flash(asked if outcome.asked else f"“{name}” runs. Its plan is frozen.", "success")
    return redirect(f"/experiments/{key}")


def _revision(form: Form, draft: Draft) -> int:
    """The revision the checklist was read at, so that nobody launches what they have not seen."""
    return form.whole("revision", "The revision", draft.experiment.revision)


def _lines(draft: Draft) -> tuple[Line, ...]:
    with reading(deployment().engine) as session:
        return checklist(session, draft.experiment, now_us())


def _page(draft: Draft, form: Form | None = None) -> str:
    lines = _lines(draft)
    with reading(deployment().engine) as session:
        check = aa.check_of(session, draft.experiment)
    base = f"/experiments/{draft.experiment.key}/build"
    values = step_values(draft, STEP, form)
    values |= {
        "lines": [_line(line, base) for line in lines],
        "undone": sum(line.state != OK for line in lines),
        "blocked": [line.title for line in lines if line.blocks and line.state != OK],
        "check": check,
        "may_launch": current_actor().may(Right.LAUNCH),
        "reason": form.text("reason") if form else "",
    }
    return render_template("pages/builder/review.html", **values)


def _line(line: Line, base: str) -> dict[str, Any]:
    mend = f"{base}/{line.mend}" if line.mend and not line.mend.startswith("/") else line.mend
    word = WORDS.get(line.state, "To do")
    return {"line": line, "icon": ICONS.get(line.state, "circle-dashed"), "word": word, "mend": mend}
