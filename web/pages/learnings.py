"""Learnings: the library, one learning with its evidence and versions, and the form to write it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from flask import Blueprint, flash, redirect, render_template, request
from werkzeug.datastructures import MultiDict

from experiments.domain.access import Right
from experiments.domain.checks import parse_enum
from experiments.domain.errors import ConflictError, DomainError
from experiments.domain.learning import LearningStatus, Stance
from experiments.domain.template import BLANK, TEMPLATES
from experiments.insight.related import Near
from experiments.services import catalogue, pictures
from experiments.services.clock import now_us, to_iso
from experiments.services.experiments import by_key, unreadable
from experiments.services.learn import documents, drafts, library, told
from experiments.services.learn.past import past_tests
from experiments.services.sessions import reading, writing
from web.auth import current_actor
from web.deployment import deployment
from web.pages.data_frame import csv_answer
from web.pages.fields import Form
from web.pages.frame import signed_in_only

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue
    from sqlalchemy.orm import Session

    from experiments.domain.learning import Learning
    from experiments.services.learn.library import Kept
    from experiments.services.learn.past import Record

bp = Blueprint("learnings", __name__)
signed_in_only(bp)

FIELDS = ("title", "finding", "conditions", "journey", "template", "families")
PLACES = {name: name for name in FIELDS} | {
    "learning.evidence.experiment": "experiment",
    "evidence": "experiment",
    "experiment": "experiment",
}
TONES = {LearningStatus.DRAFT: "warn", LearningStatus.PUBLISHED: "gain", LearningStatus.ARCHIVED: "neutral"}
STATUS_OPTIONS = [("", "Drafts and published"), *((one.value, one.value.capitalize()) for one in LearningStatus)]
MOVED = {"published": "Published.", "draft": "Taken back to the drafts.", "archived": "Archived; it can be restored."}


@bp.get("/learnings")
def index() -> ResponseReturnValue:
    """The library, searched and filtered."""
    return _library(None)


@bp.post("/learnings")
def write() -> ResponseReturnValue:
    """Write a learning that no test of ours taught."""
    current_actor().require(Right.EDIT)
    form = Form(request.form)
    kept = _saved(form, lambda session, learning: library.write(session, current_actor(), now_us(), learning))
    return redirect(f"/learnings/{kept.id}") if kept else (_library(form), 422)


@bp.post("/learnings/draft")
def draft() -> ResponseReturnValue:
    """Draft the learning of an ended test."""
    current_actor().require(Right.EDIT)
    key = Form(request.form).text("experiment")
    try:
        with writing(deployment().engine) as session:
            kept = drafts.draft_of(session, current_actor(), now_us(), key)
    except ConflictError as error:
        flash(error.message, "error")
        return redirect("/learnings")
    flash("Drafted from the facts of the report. Check the words and publish it.", "success")
    return redirect(f"/learnings/{kept.id}")


@bp.get("/learnings/related")
def related() -> ResponseReturnValue:
    """What was learned near a plan, as a part of a page."""
    form = Form(request.args)
    asked = Near(form.text("journey"), form.text("template"), tuple(form.many("families")))
    with reading(deployment().engine) as session:
        found = told.related(session, now_us(), asked)
    return render_template("pages/_related.html", found=found)


@bp.get("/learnings/related/<key>")
def related_to(key: str) -> ResponseReturnValue:
    """What was learned near a draft, as a part of the builder's pages."""
    with reading(deployment().engine) as session:
        found = told.related_to(session, now_us(), key)
    return render_template("pages/_related.html", found=found)


@bp.get("/learnings/<int:learning_id>")
def show(learning_id: int) -> ResponseReturnValue:
    """One learning; `?version=` shows what it said once."""
    return _one(learning_id, None)


@bp.post("/learnings/<int:learning_id>")
def change(learning_id: int) -> ResponseReturnValue:
    """Write the next version."""
    current_actor().require(Right.EDIT)
    form = Form(request.form)
    version = form.whole("version", "Version", 0) or None
    kept = _saved(
        form,
        lambda session, learning: library.change(session, current_actor(), now_us(), learning_id, learning, version),
        learning_id,
    )
    if kept is None:
        return _one(learning_id, form), 422
    flash("Kept; the version before is kept too.", "success")
    return redirect(f"/learnings/{learning_id}")


@bp.post("/learnings/<int:learning_id>/move")
def move(learning_id: int) -> ResponseReturnValue:
    """Publish, take back or archive."""
    current_actor().require(Right.EDIT)
    form = Form(request.form)
    status = parse_enum(LearningStatus, form.text("status"), "status")
    try:
        with writing(deployment().engine) as session:
            library.move(session, current_actor(), now_us(), learning_id, status, form.text("reason"))
        flash(MOVED[status.value], "success")
    except ConflictError as error:
        flash(error.message, "error")
    return redirect(f"/learnings/{learning_id}")


@bp.post("/learnings/<int:learning_id>/evidence")
def evidence(learning_id: int) -> ResponseReturnValue:
    """Put a test beside it, for or against."""
    current_actor().require(Right.EDIT)
    form = Form(request.form)
    document = {"experiment": form.text("experiment"), "stance": form.text("stance"), "note": form.text("note")}
    try:
        read = documents.read_evidence(document)
        with writing(deployment().engine) as session:
            library.add_evidence(session, current_actor(), now_us(), learning_id, read)
    except DomainError as error:
        if error.code in ("forbidden", "not_found"):
            raise
        flash(error.message, "error")
    return redirect(f"/learnings/{learning_id}#evidence")


@bp.post("/learnings/<int:learning_id>/evidence/remove")
def remove_evidence(learning_id: int) -> ResponseReturnValue:
    """Take a test away from it."""
    current_actor().require(Right.EDIT)
    key = Form(request.form).text("experiment")
    with writing(deployment().engine) as session:
        library.remove_evidence(session, current_actor(), now_us(), learning_id, key)
    return redirect(f"/learnings/{learning_id}#evidence")


@bp.get("/learnings.csv")
def export() -> ResponseReturnValue:
    """Every learning as a file."""
    head = ("id", "status", "version", "title", "finding", "conditions", "journey", "template", "families",
            "experiment", "for", "against", "retest", "updated_at")  # fmt: skip
    with reading(deployment().engine) as session:
        record = past_tests(session, now_us())
        every = [kept for status in LearningStatus for kept in library.find(session, status=status).learnings]
        rows = [_cells(kept, record) for kept in every]
    return csv_answer("learnings", head, rows)


def _cells(kept: Kept, record: Record) -> tuple[Any, ...]:
    learning = kept.learning
    sides = {stance: " ".join(one.experiment for one in learning.evidence if one.stance is stance) for stance in Stance}
    flags = " ".join(flag.text for flag in told.retest_flags(record, kept, now_us()))
    return (kept.id, kept.status.value, kept.version, learning.title, learning.finding, learning.conditions,
            learning.journey, learning.template, " ".join(learning.families), kept.experiment or "",
            sides[Stance.FOR], sides[Stance.AGAINST], flags, to_iso(kept.updated_at))  # fmt: skip


def _saved(form: Form, save: Any, learning_id: int | None = None) -> Kept | None:
    """Read the form and save it; None, with errors in the form, where something needs attention."""
    document: dict[str, Any] = {name: form.text(name) for name in FIELDS if name != "families"}
    document["families"] = form.many("families")
    try:
        learning = documents.read_learning(document)
        with writing(deployment().engine) as session:
            if learning_id is not None:
                learning = _with_evidence(learning, library.by_id(session, learning_id).learning)
            return save(session, learning)  # type: ignore[no-any-return]
    except DomainError as error:
        if error.code in ("forbidden", "not_found"):
            raise
        form.refuse(error, PLACES)
        return None


def _with_evidence(learning: Learning, before: Learning) -> Learning:
    return replace(learning, evidence=before.evidence)


def _library(form: Form | None) -> str:
    asked = Form(request.args)
    status = next((one for one in LearningStatus if one.value == asked.text("status")), None)
    with reading(deployment().engine) as session:
        found = library.find(session, asked.text("q"), status, asked.text("journey"), asked.text("family"))
        record = past_tests(session, now_us())
        has_one = {kept.experiment for one in LearningStatus for kept in library.find(session, status=one).learnings}
        # One after the other: together they have no type.
        without = [test for kind in (record.tests, record.left_out) for test in kind if test.key not in has_one]
        choices = _choices(session)
        damaged = unreadable(session)
    return render_template(
        "pages/learnings.html",
        title="Learnings",
        unreadable=damaged,
        rows=[_row(kept, record) for kept in found.learnings],
        some_words=found.some_words,
        asked=asked,
        without=without,
        form=form or Form(MultiDict()),
        status_options=STATUS_OPTIONS,
        may_edit=current_actor().may(Right.EDIT),
        **choices,
    )


def _one(learning_id: int, form: Form | None) -> str:
    with reading(deployment().engine) as session:
        kept = library.by_id(session, learning_id)
        versions = library.versions(session, learning_id)
        record = past_tests(session, now_us())
        choices = _choices(session)
        test = by_key(session, kept.experiment) if kept.experiment else None
        shots = pictures.pictures_of(session, kept.experiment) if kept.experiment else ()
    shown = next((one for one in versions if one.version == _whole(request.args.get("version", ""))), None)
    learning = shown.learning if shown else kept.learning
    return render_template(
        "pages/learning.html",
        title=learning.title,
        kept=kept,
        learning=learning,
        old=shown if shown and shown.version != kept.version else None,
        versions=versions,
        shots=shots,
        variants={variant.key: variant.name for variant in test.phase.variants} if test else {},
        tone=TONES[kept.status],
        flags=told.retest_flags(record, kept, now_us()),
        own=record.find(kept.experiment),
        evidence=[(one, record.find(one.experiment)) for one in learning.evidence],
        tests=[(test.key, test.title) for test in record.tests],
        form=form or Form(MultiDict(_values(kept.learning))),
        may_edit=current_actor().may(Right.EDIT),
        **choices,
    )


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0


def _values(learning: Learning) -> list[tuple[str, str]]:
    pairs = [(name, getattr(learning, name)) for name in FIELDS if name != "families"]
    return pairs + [("families", key) for key in learning.families]


def _row(kept: Kept, record: Record) -> dict[str, Any]:
    return {
        "kept": kept,
        "learning": kept.learning,
        "tone": TONES[kept.status],
        "flags": told.retest_flags(record, kept, now_us()),
        "own": record.find(kept.experiment),
    }


def _choices(session: Session) -> dict[str, Any]:
    journeys = [(journey.key, journey.name) for journey in catalogue.all_journeys(session)]
    families = [(family.key, family.name) for family in catalogue.all_families(session)]
    used = {kept.learning.template for kept in library.find(session).learnings if kept.learning.template}
    kinds = sorted(used | {template.name for template in TEMPLATES if template.key != BLANK})
    return {
        "journey_options": [("", "No journey"), *journeys],
        "journey_filter": [("", "All"), *journeys],
        "family_options": families,
        "family_filter": [("", "All"), *families],
        "names": dict([*journeys, *families]),
        "kinds": kinds,
    }
