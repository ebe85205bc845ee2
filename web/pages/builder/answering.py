"""What follows while one types: the calculation, the estimate, and what history says of what stands in the form."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import render_template

from experiments.services.clock import now_us
from experiments.services.sessions import reading, writing
from web.auth import current_actor
from web.deployment import deployment
from web.pages.builder.apply import apply_step, form_of, size
from web.pages.builder.estimating import estimate_values
from web.pages.builder.measuring import ask, today_values, with_today
from web.pages.builder.view import TODAY, step_values

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from web.pages.builder.steps import Step
    from web.pages.builder.view import Draft


def answer(draft: Draft, step: Step, typed: Mapping[str, Sequence[str]]) -> str:
    """The part of the page that follows what is typed; nothing of it is saved, and what it names is measured."""
    draft, refusal = knowing(draft, typed), ""
    answers = {**draft.answers, **typed}
    if step.key in TODAY and draft.today.asked is not None and draft.today.newest is None:
        with writing(deployment().engine) as session:
            refusal = ask(session, current_actor(), now_us(), draft).refusal
        draft = knowing(draft, typed)
    form, sized = form_of(answers), size(answers, draft.catalogue, deployment().settings.currency)
    if sized.outcome is None:
        form = apply_step(step, draft.experiment, answers, draft.catalogue, deployment().settings.currency).form
    values = {**step_values(draft, step, form, sized=sized), **estimate_values(draft, step, form), "fragment": True}
    values |= today_values(draft, now_us(), refusal) if step.key in TODAY else {}
    return render_template(f"pages/builder/_{step.key}_answer.html", **values)


def knowing(draft: Draft, typed: Mapping[str, Sequence[str]]) -> Draft:
    """The draft with what is typed, and what history says of that."""
    answers = draft.answers | {name: list(texts) for name, texts in typed.items()}
    with reading(deployment().engine) as session:
        return with_today(session, draft, answers, deployment().settings.currency)
