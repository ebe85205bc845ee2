"""Values of today from history: asked for by itself once audience and metrics are chosen, filled in where nobody typed.

What was filled in is remembered beside the answers, so that a value nobody changed follows a new measurement, and one
that somebody typed stays.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from experiments.domain.errors import DomainError
from experiments.domain.experiment import UnitKind
from experiments.services import measuring
from experiments.services.history_result import Lookback
from web.pages.builder.apply import form_of
from web.pages.builder.steps import ATTRIBUTE_ROWS, LINES
from web.pages.measured import measurement, measuring_bar
from web.pages.sizing_form import AGENTS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy.orm import Session

    from experiments.services.actor import Actor
    from experiments.services.measuring import Asked, Measured
    from web.pages.builder.catalogue import Catalogue
    from web.pages.builder.view import Answers, Draft
    from web.pages.fields import Form
    from web.pages.measured import Measurement

#: Answer that holds, as JSON, what was filled in by field.
FILLED = "measured"
#: Where in the builder a part of the question is asked.
STEP_OF = {"page": "audience", "holdings_any": "audience", "holdings_not": "audience", "holdings": "audience"}


@dataclass(frozen=True)
class Today:
    """What is known of today for the answers of a draft.

    Args:
        asked: what would be measured; None until audience and metrics are chosen.
        newest: the last look back with this question, under way, done or refused; None where nobody asked yet.
        found: the last one that was answered.
        filled: what was filled into the answers, by field.
        left_out: what the audience asks beyond what events hold, in words.
    """

    asked: Asked | None = None
    newest: Measured | None = None
    found: Measurement | None = None
    filled: Mapping[str, str] | None = None
    left_out: tuple[str, ...] = ()


def today(
    session: Session, answers: Mapping[str, Sequence[str]], catalogue: Catalogue, currency: str
) -> tuple[Today, Answers]:
    """What history says of these answers, and the answers with it filled in."""
    kept = {name: list(texts) for name, texts in answers.items()}
    asked = question(kept, catalogue)
    if asked is None:
        return Today(filled=_remembered(kept)), kept
    newest = measuring.newest(session, asked)
    done = newest if newest is None or newest.state == "done" else measuring.newest(session, asked, done=True)
    found = None if done is None else measurement(done, _chosen(kept, catalogue), catalogue.by_key, currency)
    known = Today(asked, newest, found, _remembered(kept), _left_out(kept))
    return known, kept if found is None else _fill(kept, known, found)


@dataclass(frozen=True)
class Reply:
    """What asking led to: why it cannot be measured (else nothing), and whether the worker has it before it."""

    refusal: str = ""
    busy: bool = False


def ask(session: Session, actor: Actor, now: int, draft: Draft, *, anew: bool = False) -> Reply:
    """Have the worker measure what the draft needs, unless it is known."""
    if draft.today.asked is None:
        return Reply()
    try:
        return Reply(busy=measuring.ask(session, actor, now, draft.today.asked, anew=anew).is_busy)
    except DomainError as error:
        return Reply(error.message)


def open_errors(form: Form, reply: Reply) -> dict[str, str]:
    """The errors of a form but those of empty fields that the worker is about to fill."""
    alone, ends = ("traffic", *AGENTS), ("_baseline", "_sd")
    return {
        name: text
        for name, text in form.errors.items()
        if not (reply.busy and not form.text(name) and (name in alone or name.endswith(ends)))
    }


def question(answers: Mapping[str, Sequence[str]], catalogue: Catalogue) -> Asked | None:
    """The goal and its guardrails among the people of the audience; None while one of them is not chosen."""
    form, lines = form_of(answers), _chosen(answers, catalogue)
    if "goal" not in lines or len(lines) < 2 or len(set(lines.values())) < len(lines):
        return None
    try:
        unit = form.choice("unit", UnitKind, UnitKind.VISITOR)
        holds, lacks = (tuple(sorted(form.many(name))) for name in ("holds", "holds_not"))
        back = Lookback(unit=unit, page=form.text("place") or None, holds_any=holds, lacks=lacks)
        if unit is UnitKind.AGENT:  # of whom neither pages nor holdings are known
            back = Lookback(unit=unit)
        return measuring.Asked(tuple(lines.values()), back, shorten=True)
    except DomainError:
        return None  # the audience step says what is wrong with it


def take(answers: Answers, known: Today) -> Answers:
    """The answers with every measured value, also where something else was typed."""
    if known.found is None:
        return answers
    texts = _texts(known.found)
    return answers | {field: [text] for field, text in texts.items()} | {FILLED: [json.dumps(texts)]}


def today_values(draft: Draft, now: int, refusal: str = "") -> dict[str, Any]:
    """What the block of values of today prints."""
    known, form = draft.today, form_of(draft.answers)
    failed = known.newest if known.newest is not None and known.newest.state == "failed" else None
    own = set() if known.found is None else known.found.own(form.text)
    return {
        "today": known,
        "bar": None if known.newest is None else measuring_bar(known.newest, now),
        "refusal": refusal or ("" if failed is None else failed.reason),
        "refused_step": STEP_OF.get("" if failed is None else failed.field, ""),
        "notes": {} if known.found is None else known.found.notes,
        "own": own,
        "family_names": {family.key: family.name for family in draft.catalogue.families},
        "fills": [] if known.found is None else _fills(known),
    }


def _fills(known: Today) -> list[dict[str, str]]:
    """Field, text and what it was filled with before, for the script that fills the form."""
    assert known.found is not None
    before = known.filled or {}
    return [{"field": name, "text": text, "was": before.get(name, "")} for name, text in _texts(known.found).items()]


def _fill(answers: Answers, known: Today, found: Measurement) -> Answers:
    before = known.filled or {}
    free = {
        field: text
        for field, text in _texts(found).items()
        if not any(answers.get(field, ())) or answers[field][0] == before.get(field)
    }
    return answers | {field: [text] for field, text in free.items()} | {FILLED: [json.dumps({**before, **free})]}


def _texts(found: Measurement) -> dict[str, str]:
    """Of what was measured, the fields that the builder has."""
    ends = ("_baseline", "_sd")
    alone = ("traffic", *AGENTS)
    return {field: text for field, text in found.texts.items() if field in alone or field.endswith(ends)}


def _remembered(answers: Mapping[str, Sequence[str]]) -> dict[str, str]:
    try:
        told = json.loads(next(iter(answers.get(FILLED, ())), "{}"))
    except ValueError:
        return {}
    return {str(name): str(text) for name, text in told.items()} if isinstance(told, dict) else {}


def _chosen(answers: Mapping[str, Sequence[str]], catalogue: Catalogue) -> dict[str, str]:
    form = form_of(answers)
    return {line: form.text(line) for line in LINES if form.text(line) in catalogue.by_key}


def _left_out(answers: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    form = form_of(answers)
    rules = [form.text(f"attribute{number}") for number in range(1, ATTRIBUTE_ROWS + 1)]
    left = [f"the rule on {name}" for name in rules if name] + (["channels"] if form.many("channels") else [])
    policy = ("not_with_open_issue", "only_if_qualified", "not_offered_within_days", "not_refused_within_days",
              "most_offers_in_30_days")  # fmt: skip
    left += ["the offer policy"] if any(form.text(name) for name in policy) else []
    left += [f"that {form.text('enrolment')} % take part"] if form.text("enrolment") not in ("", "100") else []
    return (*left, *(["the slice of the layer"] if form.text("layer") and form.text("layer_start") else []))


def with_today(session: Session, draft: Draft, answers: Answers, currency: str) -> Draft:
    """The draft with other answers, and what history says of them."""
    known, filled = today(session, answers, draft.catalogue, currency)
    return replace(draft, answers=filled, today=known, catalogue=draft.catalogue.knowing(known.found))
