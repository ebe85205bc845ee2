"""The first page of the builder: a template, nothing, or an existing test to start from."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from flask import Blueprint, flash, redirect, render_template, request

from experiments.domain.access import Right
from experiments.domain.errors import DomainError, NotFoundError
from experiments.domain.template import BLANK, TEMPLATES, template_by_key
from experiments.services import drafts, experiments
from experiments.services.clock import now_us
from experiments.services.sessions import reading, writing
from web.auth import current_actor
from web.deployment import deployment
from web.pages.builder.apply import apply_step
from web.pages.builder.guard import keep_typed
from web.pages.builder.measuring import ask
from web.pages.builder.steps import BY_KEY, STEPS
from web.pages.builder.view import load_draft
from web.pages.fields import Form

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flask.typing import ResponseReturnValue
    from sqlalchemy.orm import Session

    from experiments.domain.experiment import Experiment

bp = Blueprint("begin", __name__)
keep_typed(bp)

#: Answers that may come along in the address, as the planner sends them.
_ASKABLE = frozenset(name for step in STEPS for name in step.fields)
_OWN = frozenset({"template", "from", "name", "key", "csrf_token", "action"})


@bp.get("/experiments/new")
def old_address() -> ResponseReturnValue:
    """Where the one long form was; calculations that were shared go on working."""
    query = urlencode([(name, text) for name, texts in request.args.lists() for text in texts])
    return redirect(f"/experiments/build?{query}" if query else "/experiments/build")


@bp.get("/experiments/build")
def choose() -> ResponseReturnValue:
    """Templates, tests to copy, and what the address brings along."""
    current_actor().require(Right.EDIT)
    return _page(Form(request.args))


@bp.post("/experiments/build")
def begin() -> ResponseReturnValue:
    """Save a draft and go to its first open step."""
    current_actor().require(Right.EDIT)
    form = Form(request.form)
    name = form.required("name", "The name")
    if not form.errors:
        try:
            made = _make(form, name, _more(request.form.to_dict(flat=False)))
        except NotFoundError as error:
            form.errors["template"] = error.message
        except DomainError as error:
            places = {"name": "name", "experiment.name": "name", "key": "key", "experiment.key": "key"}
            form.refuse(error, {**places, "experiment": "key"})
        else:
            flash(f"The draft “{made.name}” is saved.", "success")
            return redirect(f"/experiments/{made.key}/build")
    return _page(form), 422


def _make(form: Form, name: str, more: Mapping[str, list[str]]) -> Experiment:
    source, stated = form.text("from"), form.text("template", BLANK)
    with writing(deployment().engine) as session:
        if source:
            return drafts.copy(session, current_actor(), now_us(), source, name=name)
        template = template_by_key(stated)
        made = drafts.start(
            session, current_actor(), now_us(), name=name, template=template, key=form.text("key"), more=more
        )
        return _with_plan(session, made) if more else made


def _with_plan(session: Session, made: Experiment) -> Experiment:
    """The draft with the audience, metrics and plan that came along, as if their steps had been saved."""
    for name in ("audience", "metrics", "plan"):
        draft = load_draft(session, made.key)
        currency = deployment().settings.currency
        applied = apply_step(BY_KEY[name], draft.experiment, draft.answers, draft.catalogue, currency)
        made = drafts.save(session, current_actor(), now_us(), draft.experiment, applied.definition, draft.answers)
        ask(session, current_actor(), now_us(), draft)
    return made


def _more(values: Mapping[str, list[str]]) -> dict[str, list[str]]:
    return {name: texts for name, texts in values.items() if name in _ASKABLE - _OWN and any(texts)}


def _page(form: Form) -> str:
    with reading(deployment().engine) as session:
        every = experiments.all_experiments(session)
    source = next((each for each in every if each.key == form.text("from")), None)
    brought = (request.form if request.method == "POST" else request.args).to_dict(flat=False)
    return render_template(
        "pages/builder/begin.html",
        title="New experiment",
        form=form,
        templates=TEMPLATES,
        chosen=form.text("template") or ("" if source else BLANK if _more(brought) else ""),
        source=source,
        tests=[(each.key, each.name) for each in every if not each.imported],
        suggested=form.text("name") or (f"{source.name} (copy)" if source else ""),
        brought=[(name, text) for name, texts in _more(brought).items() for text in texts],
    )
