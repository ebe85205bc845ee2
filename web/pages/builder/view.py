"""What a page of the builder prints."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from experiments.domain.channel import Channel
from experiments.domain.holding import Relation
from experiments.domain.template import BLANK
from experiments.domain.variant import MAX_VARIANTS
from experiments.services import drafts, goals, pictures
from experiments.services.catalogue import all_families, all_layers, all_products
from experiments.services.clock import maybe_iso, now_us
from experiments.services.metrics import all_metrics
from experiments.services.neighbours import APART, BESIDE, CLASH, neighbours
from experiments.services.sessions import reading
from web.deployment import deployment
from web.formatters.numbers import minor_digits
from web.pages.builder.answers import answers_of
from web.pages.builder.apply import form_of
from web.pages.builder.audience_fields import OPERATORS
from web.pages.builder.catalogue import Catalogue
from web.pages.builder.measuring import Today, today_values, with_today
from web.pages.builder.rail import rail
from web.pages.builder.steps import ATTRIBUTE_ROWS, LINES, STEPS, after, before
from web.pages.goal_form import agreed_losses
from web.pages.hypothesis import PARTS
from web.pages.sizing_answer import field_values, power_chart

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy.orm import Session

    from experiments.domain.experiment import Experiment
    from experiments.domain.typed import Clash
    from experiments.services.neighbours import Neighbour
    from web.pages.builder.steps import Step
    from web.pages.fields import Form
    from web.pages.sizing_form import Sized

CHANNELS = tuple(
    (channel.value, {Channel.TV: "Smart TV", Channel.EMAIL: "E-mail"}.get(channel, channel.value.capitalize()))
    for channel in Channel
)
RELATIONS = (
    (Relation.CROSS.value, "Cross-sell", "a family not held"),
    (Relation.UP.value, "Up-sell", "a higher tier of a held family"),
    (Relation.ADD.value, "One more of the same", ""),
    (Relation.SAME.value, "Renewal", ""),
    (Relation.DOWN.value, "Lower tier", ""),
    (Relation.NEW.value, "First product", ""),
)
Answers = dict[str, list[str]]
#: Steps that show what was measured.
TODAY = ("metrics", "plan")


@dataclass(frozen=True)
class Draft:
    """A draft as the builder shows it."""

    experiment: Experiment
    answers: Answers
    saved_by: str
    saved_at: int | None
    catalogue: Catalogue
    today: Today = field(default_factory=Today)


@dataclass(frozen=True)
class Remark:
    """What happened to the last attempt to save.

    Args:
        clashes: (label of the field, what the other person saved, what was typed) where both changed it.
        by: who saved in between.
        resumed: whether the values come from before a sign-in and are not saved yet.
        saved: whether what was typed is kept although some of it does not fit yet.
    """

    clashes: tuple[tuple[str, str, str], ...] = ()
    by: str = ""
    resumed: bool = False
    saved: bool = False


def load_draft(session: Session, key: str) -> Draft:
    """The draft with its answers, values of today filled in where history knows them; raises NotFoundError."""
    found = drafts.load(session, key)
    catalogue = Catalogue(all_metrics(session), all_families(session), all_products(session))
    products = [product for family in catalogue.families for product in catalogue.products_of(family.key)]
    digits = minor_digits(deployment().settings.currency)
    typed = {**answers_of(found.experiment, products, digits), **(found.answers or {})}
    answers = {name: list(values) for name, values in typed.items()}
    draft = Draft(found.experiment, answers, found.saved_by, found.saved_at, catalogue)
    return with_today(session, draft, answers, deployment().settings.currency)


def seen_of(step: Step, answers: Mapping[str, Sequence[str]]) -> str:
    """What a form says of the answers its person saw, so that a save knows what they changed."""
    return json.dumps({name: answers[name] for name in step.fields if answers.get(name)})


def step_values(
    draft: Draft, step: Step, form: Form | None = None, remark: Remark | None = None, sized: Sized | None = None
) -> dict[str, Any]:
    """What templates/pages/builder.html and the template of the step print.

    Args:
        form: what was just typed, with its errors; None = what is saved.
    """
    settings = deployment().settings
    shown = form_of(draft.answers) if form is None else form
    stops = rail(draft.experiment, draft.answers, draft.catalogue, settings.currency, step)
    with reading(deployment().engine) as session:
        agreed = agreed_losses(goals.current(session), draft.catalogue.metrics, settings.currency)
        layers = [(layer.key, layer.name) for layer in all_layers(session)]
        shots = pictures.pictures_of(session, draft.experiment.key) if step.key == "variants" else ()
        beside = neighbours(session, draft.experiment, shown.text("place")) if step.key == "plan" else ()
    return {
        **field_values(shown, draft.catalogue.metrics, deployment().settings.currency),
        **answer_values(draft, shown, sized),
        **(today_values(draft, now_us()) if step.key in TODAY else {}),
        "title": f"{step.title} · {draft.experiment.name}",
        "experiment": draft.experiment,
        "base": f"/experiments/{draft.experiment.key}/build",
        "step": step,
        "stops": stops,
        **_errors(draft.experiment.key, step, shown),
        "next_step": after(step),
        "previous_step": before(step),
        "remark": remark or Remark(),
        "seen": seen_of(step, draft.answers),
        "saved_by": draft.saved_by,
        "saved_at": maybe_iso(draft.saved_at),
        "agreed": agreed,
        "related": _related(shown),
        "pictures": {shot.variant: shot for shot in shots},
        "picture_errors": {},
        "neighbours": [_neighbour(each) for each in beside],
        "parts": PARTS,
        "layers": layers,
        "channels": CHANNELS,
        "relations": RELATIONS,
        "operators": OPERATORS,
        "attribute_numbers": range(1, ATTRIBUTE_ROWS + 1),
        "variant_numbers": range(1, MAX_VARIANTS + 1),
        "lines": LINES,
        "families": families_of(draft.catalogue),
        "metric_choices": [(each.key, each.name, each.description) for each in draft.catalogue.metrics],
    }


def _related(form: Form) -> str:
    """Where the part of a page lies that says what was learned near this plan; empty where nothing is known of it."""
    asked = [("template", form.text("template")), *(("families", key) for key in form.many("net_promoted_families"))]
    known = [(name, text) for name, text in asked if text and text != BLANK]
    return f"/learnings/related?{urlencode(known)}" if known else ""


def _errors(key: str, step: Step, form: Form) -> dict[str, Any]:
    """Messages beside fields of this page, and those that another step asks for."""
    owners = {name: each.key for each in reversed(STEPS) for name in each.fields}
    here = {name: text for name, text in form.errors.items() if name in step.fields or name not in owners}
    elsewhere = [
        (f"/experiments/{key}/build/{owners[name]}#field-{name}", text)
        for name, text in form.errors.items()
        if name not in here
    ]
    return {"here": here, "elsewhere": elsewhere}


def _neighbour(each: Neighbour) -> dict[str, str]:
    words = {CLASH: ("Clash", "loss"), BESIDE: ("Runs beside it", "warn"), APART: ("Kept apart", "neutral")}
    word, tone = words[each.kind]
    return {"key": each.key, "name": each.name, "reason": each.reason, "word": word, "tone": tone}


def answer_values(draft: Draft, form: Form, sized: Sized | None) -> dict[str, Any]:
    """The calculation as the aside and the plan show it."""
    if sized is None or sized.outcome is None or sized.sizing is None:
        return {"outcome": None, "unit": form.text("unit") or draft.experiment.unit.value, "fragment": False}
    titles = {metric.key: metric.name for metric in draft.catalogue.metrics}
    chart, table = power_chart(sized.sizing, sized.outcome, titles)
    return {
        "outcome": sized.outcome,
        "unit": form.text("unit") or draft.experiment.unit.value,
        "fragment": False,
        "chart": chart,
        "chart_table": table,
        "chart_columns": ["Week", *(titles.get(line.key, line.key) for line in sized.outcome.lines)],
    }


def families_of(catalogue: Catalogue) -> list[tuple[str, str, str]]:
    """Families that can be held, with their products as hint."""
    return [
        (family.key, family.name, ", ".join(product.name for product in products))
        for family in catalogue.families
        if (products := catalogue.products_of(family.key))
    ]


def clash_words(clashes: Sequence[Clash]) -> tuple[tuple[str, str, str], ...]:
    """Fields where two people met, in words."""
    return tuple(
        (label_of(clash.field), ", ".join(clash.theirs) or "nothing",
         ", ".join(clash.mine) or "nothing")
        for clash in clashes
    )  # fmt: skip


def label_of(name: str) -> str:
    """A field's name as words: "variant2_weight" → "Variant 2: weight"."""
    head, _, tail = name.partition("_")
    kind, number = head.rstrip("0123456789"), head[len(head.rstrip("0123456789")) :]
    if not number:
        return name.replace("_", " ").capitalize()
    return f"{kind.capitalize()} {number}" + (f": {tail.replace('_', ' ')}" if tail else "")
