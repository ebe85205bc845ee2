"""The steps of a draft: shown, saved, calculated while one types."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from flask import Blueprint, flash, redirect, render_template, request

from experiments.domain.access import Right
from experiments.domain.errors import ConflictError, NotFoundError
from experiments.domain.experiment import EDITABLE
from experiments.domain.typed import merge
from experiments.services import drafts
from experiments.services.clock import now_us
from experiments.services.sessions import reading, writing
from web.auth import current_actor
from web.deployment import deployment
from web.pages.builder.answering import answer, knowing
from web.pages.builder.apply import apply_step, form_of, size
from web.pages.builder.estimating import estimate_values
from web.pages.builder.guard import keep_typed
from web.pages.builder.measuring import ask, open_errors, take
from web.pages.builder.rail import first_open, rail
from web.pages.builder.steps import BY_KEY, KEYS, STEPS, after
from web.pages.builder.view import TODAY, Remark, clash_words, load_draft, seen_of, step_values
from web.pages.frame import is_fragment

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue
    from sqlalchemy.orm import Session

    from experiments.domain.typed import Merged
    from web.pages.builder.steps import Step
    from web.pages.builder.view import Draft
    from web.pages.fields import Form

bp = Blueprint("builder", __name__)
keep_typed(bp)

#: Steps with a calculation.
SIZED = ("metrics", "plan")
SAID = {"measure": "Saved. The worker measures.", "take": "Saved with the values that were measured."}
WORDS = f"any({', '.join(key for key in KEYS if key != 'review')})"


@bp.get("/experiments/<key>/build")
def resume_at(key: str) -> ResponseReturnValue:
    """Go on where something is missing."""
    draft = editable(key)
    if isinstance(draft, str):
        return redirect(draft)
    stops = rail(draft.experiment, draft.answers, draft.catalogue, deployment().settings.currency, STEPS[0])
    return redirect(f"/experiments/{key}/build/{first_open(stops).key}")


@bp.get(f"/experiments/<key>/build/<{WORDS}:name>")
def show(key: str, name: str) -> ResponseReturnValue:
    """One step with what is saved."""
    draft = editable(key)
    return redirect(draft) if isinstance(draft, str) else _page(draft, BY_KEY[name])


@bp.post(f"/experiments/<key>/build/<{WORDS}:name>")
def save(key: str, name: str) -> ResponseReturnValue:
    """Save the step as typed; `action` says whether to go on, to stay, or only to calculate."""
    step, draft = BY_KEY[name], editable(key)
    if isinstance(draft, str):
        return redirect(draft)
    typed = {field: request.form.getlist(field) for field in step.fields}
    action = request.form.get("action", "save")
    if is_fragment():
        return answer(draft, step, typed)
    if action in ("measure", "take") and step.key not in TODAY:
        action = "save"
    if action == "resume" and (page := resume(request.path, request.form.to_dict(flat=False))):
        return page
    if action == "try":
        return _page(draft, step, form_of({**draft.answers, **typed}), counted=True)
    merged = merge(step.fields, _seen(), draft.answers, typed)
    if merged.clashes:
        return _clash(draft, step, merged)
    return _save(draft, step, merged, action)


def resume(path: str, values: dict[str, list[str]]) -> ResponseReturnValue | None:
    """The step as it was typed before the session ended; None where the address is no step of a draft."""
    parts = path.strip("/").split("/")
    if len(parts) != 4 or parts[2] != "build" or parts[3] not in BY_KEY:
        return None
    step = BY_KEY[parts[3]]
    try:
        draft = editable(parts[1])
    except NotFoundError:
        return None
    if isinstance(draft, str):
        return None
    typed = {field: values.get(field, []) for field in step.fields}
    form = form_of({**draft.answers, **typed})
    seen = (values.get("seen") or [""])[0]
    return _page(draft, step, form, Remark(resumed=True), seen=seen)


def _save(draft: Draft, step: Step, merged: Merged, action: str) -> ResponseReturnValue:
    answers = {**draft.answers, **{name: list(texts) for name, texts in merged.answers.items()}}
    traffic = request.form.get("use_traffic", "")
    if traffic.isdecimal():  # the estimate becomes the traffic of the plan
        answers["traffic"] = [traffic]
    known = knowing(draft, answers)
    answers = take(known.answers, known.today) if action == "take" else known.answers
    applied = apply_step(
        step, draft.experiment, answers, known.catalogue, deployment().settings.currency, draft.answers
    )
    try:
        with writing(deployment().engine) as session:
            drafts.save(session, current_actor(), now_us(), draft.experiment, applied.definition, answers)
            if traffic.isdecimal():
                _plan_anew(session, draft.experiment.key)
            reply = ask(session, current_actor(), now_us(), known, anew=action == "measure")
    except ConflictError as error:
        if error.code != "stale":
            raise
        flash("Somebody saved at the same moment. Look again, then save.", "error")
        return _page(reload_draft(draft), step, form_of(answers)), 409
    if set(merged.taken) - set(draft.today.filled or ()):
        flash(f"{_by(draft)} changed this step meanwhile; both changes are kept.", "info")
    if reply.refusal and step.key in TODAY:
        flash(f"The values of today cannot be measured: {reply.refusal}", "error")
    applied.form.errors = open_errors(applied.form, reply)
    if applied.form.errors:
        return _page(reload_draft(draft), step, applied.form, Remark(saved=True)), 422
    said = "measure" if reply.busy and step.key in TODAY else action
    flash(SAID.get(said, "Saved."), "success")
    onward = BY_KEY["plan"] if traffic.isdecimal() else after(step) if action == "continue" else step
    return redirect(f"/experiments/{draft.experiment.key}/build/{onward.key}")


def _plan_anew(session: Session, key: str) -> None:
    """The plan with what was just saved elsewhere, as if its step had been saved."""
    draft = load_draft(session, key)
    currency = deployment().settings.currency
    applied = apply_step(BY_KEY["plan"], draft.experiment, draft.answers, draft.catalogue, currency)
    drafts.save(session, current_actor(), now_us(), draft.experiment, applied.definition, draft.answers)


def _clash(draft: Draft, step: Step, merged: Merged) -> ResponseReturnValue:
    """Both changed the same field: show both, keep what was typed, save nothing."""
    form = form_of({**draft.answers, **merged.answers})
    remark = Remark(clashes=clash_words(merged.clashes), by=_by(draft))
    return _page(draft, step, form, remark), 409


def _page(
    draft: Draft,
    step: Step,
    form: Form | None = None,
    remark: Remark | None = None,
    *,
    seen: str | None = None,
    counted: bool = False,
) -> str:
    sized, saved = None, draft.answers  # what a change is held against is what is saved, not what is typed
    if form is not None and (counted or step.key in SIZED):
        draft = knowing(draft, form.answers())
    if step.key in SIZED:
        shown = saved if form is None else form.answers()
        sized = size(shown, draft.catalogue, deployment().settings.currency)
    values = step_values(draft, step, form, remark, sized)
    if counted and form is not None:
        values |= estimate_values(draft, step, form)
    values["seen"] = seen or seen_of(step, saved)
    return render_template(f"pages/builder/{step.key}.html", **values)


def editable(key: str) -> Draft | str:
    """The draft, or where to go instead because it is launched.

    Raises:
        NotFoundError: there is no such test.
        ForbiddenError: the person may not edit.
    """
    current_actor().require(Right.EDIT)
    with reading(deployment().engine) as session:
        draft = load_draft(session, key)
    if draft.experiment.status in EDITABLE and not draft.experiment.imported:
        return draft
    flash("The plan of a launched test is frozen. Copy it into a new draft to change it.", "info")
    return f"/experiments/{key}"


def reload_draft(draft: Draft) -> Draft:
    """The draft as it is now."""
    with reading(deployment().engine) as session:
        return load_draft(session, draft.experiment.key)


def _seen() -> dict[str, list[str]]:
    """What the fields showed when the page was drawn."""
    try:
        found = json.loads(request.form.get("seen", "") or "{}")
    except ValueError:
        return {}
    return {str(name): list(map(str, texts)) for name, texts in found.items()} if isinstance(found, dict) else {}


def _by(draft: Draft) -> str:
    return draft.saved_by or "Somebody"
