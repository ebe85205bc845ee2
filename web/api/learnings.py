"""Learnings, the effects of past tests, and the prior they give."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import request
from marshmallow import Schema, fields, validate

from experiments.domain.checks import TEXT_MAX
from experiments.domain.learning import EVIDENCE_MAX, LearningStatus, Stance
from experiments.insight.past_tests import PastTest, main_goal
from experiments.insight.prior import prior_of, prior_words
from experiments.insight.related import Near
from experiments.services.clock import now_us, to_iso
from experiments.services.fields import Fields
from experiments.services.learn import documents, drafts, library, told
from experiments.services.learn.past import Record, describe_past_test, past_tests
from web.api.document import blueprint, body, described, read, write
from web.api.listing import TEXT, Filter, Listing, listed
from web.api.queries import parameter, whole_number
from web.api.schemas import distinct, key_field, maybe_key_field, name_field, page, page_of, text_field
from web.auth import current_actor

bp = blueprint("learnings", "What finished tests taught, and what all of them say of the next one.")


class EvidenceSchema(Schema):
    """A test beside a learning."""

    experiment = key_field(required=True)
    stance = fields.String(required=True, validate=validate.OneOf([one.value for one in Stance]))
    note = text_field()


class LearningSchema(Schema):
    """A learning; every change is a new version."""

    id = fields.Integer(dump_only=True)
    title = name_field(required=True)
    finding = name_field(required=True, at_most=TEXT_MAX)
    conditions = text_field()
    journey = maybe_key_field("Key of a journey, or empty.")
    template = text_field(80, description="Kind of change, such as: entry text.")
    families = distinct(key_field())
    evidence = fields.List(
        fields.Nested(EvidenceSchema), metadata={"maxItems": EVIDENCE_MAX, "description": "Each test once."}
    )
    status = fields.String(dump_only=True)
    version = fields.Integer(dump_only=True)
    experiment = fields.String(dump_only=True, allow_none=True)
    facts = fields.Dict(dump_only=True, metadata={"description": "What the draft was written from."})
    retest = fields.List(fields.String(), dump_only=True, metadata={"description": "Why to test it again."})
    created_at = fields.String(dump_only=True)
    updated_at = fields.String(dump_only=True)


class FoundLearningSchema(LearningSchema):
    """A learning that was found by its words."""


class LearningVersionSchema(LearningSchema):
    """What a learning said once."""

    who = fields.String(dump_only=True)
    at = fields.String(dump_only=True)


class LearningMoveSchema(Schema):
    """The state a learning goes to."""

    status = fields.String(required=True, validate=validate.OneOf([one.value for one in LearningStatus]))
    reason = fields.String()


class LearningDraftSchema(Schema):
    """The ended test a learning is drafted from."""

    experiment = key_field(required=True)


class PastPriorSchema(Schema):
    """What past tests say of the next one, on the relative scale, gains positive."""

    goal = fields.String()
    mean = fields.Float()
    sd = fields.Float()
    source = fields.String(metadata={"description": "history, or default while fewer than ten tests are known."})
    tests = fields.Integer()
    words = fields.String()


class RelatedLearningsSchema(Schema):
    """What was learned near a plan."""

    sentence = fields.String()
    tests = fields.List(fields.String())
    learnings = fields.List(fields.Integer())


class EffectSchema(Schema):
    """One past test: the relative change of its first goal, gains positive."""

    experiment = fields.String()
    title = fields.String()
    goal = fields.String()
    gain = fields.Float()
    se = fields.Float()
    lo = fields.Float()
    hi = fields.Float()
    level = fields.Float()
    action = fields.String()
    shipped = fields.Boolean()
    early = fields.Boolean()
    final = fields.Boolean()
    journey = fields.String()
    template = fields.String()
    families = fields.List(fields.String())
    net = fields.Dict(allow_none=True)


class TogetherSchema(Schema):
    """All past tests of one goal together."""

    goal = fields.String(allow_none=True)
    tests = fields.Integer()
    wins = fields.Integer()
    shipped = fields.Integer()
    expected_false_ships = fields.Float()
    mean = fields.Float(allow_none=True)
    tau2 = fields.Float(allow_none=True)
    prior = fields.String()
    shipped_net_of_a_year = fields.Dict()
    left_out = fields.List(fields.Dict())


@dataclass(frozen=True)
class _Row:
    kept: library.Kept
    retest: tuple[str, ...]


LEARNINGS: Listing[_Row] = Listing(
    LearningSchema,
    lambda row: {**documents.describe(row.kept), "retest": list(row.retest)},
    unique=lambda row: row.kept.id,
    orders={"id": lambda row: row.kept.id, "updated_at": lambda row: row.kept.updated_at},
    usual="-updated_at",
    filters=(
        Filter("status", "Only in this state.", lambda row: row.kept.status.value, tuple(LearningStatus)),
        Filter("journey", "Only about this journey.", lambda row: row.kept.learning.journey),
        Filter("family", "Only about this family.", lambda row: row.kept.learning.families),
        Filter("template", "Only of this kind of change.", lambda row: row.kept.learning.template),
    ),
)
VERSIONS: Listing[library.Version] = Listing(
    LearningVersionSchema,
    lambda one: {**documents.describe_learning(one.learning), "version": one.version, "who": one.who,
                 "at": to_iso(one.at)},
    unique=lambda one: one.version,
    orders={"version": lambda one: one.version},
    usual="-version",
)  # fmt: skip
EFFECTS: Listing[PastTest] = Listing(
    EffectSchema,
    describe_past_test,
    unique=lambda test: test.key,
    orders={"ended_at": lambda test: test.ended_at, "gain": lambda test: test.gain},
    usual="-ended_at",
    filters=(
        Filter("goal", "Only tests of this goal.", lambda test: test.goal),
        Filter("journey", "Only on this journey.", lambda test: test.journey),
        Filter("template", "Only of this kind of change.", lambda test: test.template),
        Filter("family", "Only with offers of this family.", lambda test: test.families),
    ),
)
FOUND = page_of(FoundLearningSchema)


GOAL = parameter("goal", "Key of a metric; by default the goal most past tests had.", pattern=TEXT)
SEEN = parameter("version", "The version you changed; another one by now is refused.", pattern="^[0-9]{1,5}$")
NEAR = [
    parameter("journey", "Key of a journey.", pattern=TEXT),
    parameter("template", "Kind of change.", pattern=TEXT),
    parameter("family", "Key of a product family.", pattern=TEXT),
]


@listed(bp, "/learnings", LEARNINGS)
def list_learnings() -> Any:
    """All learnings; `/learnings/search` finds them by words."""
    with read() as session:
        record = past_tests(session, now_us())
        return LEARNINGS.answer([_row(kept, record) for kept in library.every(session)])


@bp.get("/learnings/search")
@bp.doc(parameters=[parameter("q", "Words, or their beginnings.", pattern=TEXT, maxLength=200)])
@bp.response(200, FOUND)
def search_learnings() -> Any:
    """Learnings that hold all words (where none does, some of them), the best first; archived ones are left out."""
    with read() as session:
        record = past_tests(session, now_us())
        found = library.find(session, request.args.get("q", "")).learnings
        return page([LEARNINGS.describe(_row(kept, record)) for kept in found])


@bp.post("/learnings")
@bp.doc(**described(LearningSchema))
@bp.response(201, LearningSchema)
def write_learning() -> Any:
    """Write a learning that no test of ours taught, as a draft; needs an editor."""
    learning = documents.read_learning(body())
    with write() as session:
        return documents.describe(library.write(session, current_actor(), now_us(), learning))


@bp.post("/learnings/draft")
@bp.doc(**described(LearningDraftSchema))
@bp.response(201, LearningSchema)
def draft() -> Any:
    """Draft the learning of an ended test from the facts of its report; a decision does it by itself."""
    key = Fields(body(), "", ("experiment",)).text("experiment")
    with write() as session:
        return documents.describe(drafts.draft_of(session, current_actor(), now_us(), key))


@bp.get("/learnings/<int:learning_id>")
@bp.response(200, LearningSchema)
def get_learning(learning_id: int) -> Any:
    """One learning."""
    with read() as session:
        return LEARNINGS.describe(_row(library.by_id(session, learning_id), past_tests(session, now_us())))


@bp.put("/learnings/<int:learning_id>")
@bp.doc(**described(LearningSchema), parameters=[SEEN])
@bp.response(200, LearningSchema)
def change_learning(learning_id: int) -> Any:
    """Write the next version; evidence is part of it. `?version=` refuses where somebody changed it in between."""
    learning = documents.read_learning(body())
    seen = whole_number("version", 0, 99_999)
    with write() as session:
        return documents.describe(library.change(session, current_actor(), now_us(), learning_id, learning, seen))


@bp.post("/learnings/<int:learning_id>/status")
@bp.doc(**described(LearningMoveSchema))
@bp.response(200, LearningSchema)
def move_learning(learning_id: int) -> Any:
    """Publish it, take it back to the drafts, or archive it."""
    asked = Fields(body(), "", ("status", "reason"))
    status = asked.choice("status", LearningStatus)
    with write() as session:
        kept = library.move(session, current_actor(), now_us(), learning_id, status, asked.text("reason", ""))
        return documents.describe(kept)


@listed(bp, "/learnings/<int:learning_id>/versions", VERSIONS)
def list_versions(learning_id: int) -> Any:
    """Everything it ever said, newest first."""
    with read() as session:
        return VERSIONS.answer(library.versions(session, learning_id))


@listed(bp, "/effects", EFFECTS)
def list_effects() -> Any:
    """Every launched and valid test with its effect, one row each."""
    with read() as session:
        return EFFECTS.answer(past_tests(session, now_us()).tests)


@bp.get("/effects/together")
@bp.doc(parameters=[GOAL])
@bp.response(200, TogetherSchema)
def effects_together() -> Any:
    """All tests of one goal together."""
    with read() as session:
        record, found = told.all_effects(session, now_us(), request.args.get("goal") or None)
    left_out = [{"experiment": one.key, "why": one.why} for one in record.left_out]
    if found is None:
        return {"goal": None, "tests": 0, "left_out": left_out}
    total, spread = found.total, found.spread
    return {
        "goal": found.goal, "tests": len(found.rows), "wins": found.wins.k if found.wins else 0,
        "shipped": found.shipped, "expected_false_ships": found.false_ships,
        "mean": spread.mean if spread else None, "tau2": spread.tau2 if spread else None,
        "prior": prior_words(found.prior), "left_out": left_out,
        "shipped_net_of_a_year": {"status": total.status, "raw": total.raw, "corrected": total.corrected,
                                  "lo": total.lo, "hi": total.hi, "currency": total.currency},
    }  # fmt: skip


@bp.get("/prior")
@bp.doc(parameters=[GOAL, parameter("leaving_out", "Key of a test that does not count.", pattern=TEXT)])
@bp.response(200, PastPriorSchema)
def get_prior() -> Any:
    """The prior of a goal (`?goal=`); `?leaving_out=` takes one test out."""
    with read() as session:
        record = past_tests(session, now_us())
        goal = request.args.get("goal") or main_goal(record.tests) or "cross-sell"
        prior = prior_of(record.tests, goal, request.args.get("leaving_out"))
    return {"goal": goal, "mean": prior.mean, "sd": prior.sd, "source": prior.source, "tests": prior.tests,
            "words": prior_words(prior)}  # fmt: skip


@bp.get("/learnings/related")
@bp.doc(parameters=NEAR)
@bp.response(200, RelatedLearningsSchema)
def get_related() -> Any:
    """What was learned near a plan: `?journey=`, `?template=`, `?family=` (several)."""
    asked = Near(
        request.args.get("journey", ""), request.args.get("template", ""), tuple(request.args.getlist("family"))
    )
    with read() as session:
        found = told.related(session, now_us(), asked)
    return {
        "sentence": found.sentence,
        "tests": [test.key for test in found.tests],
        "learnings": [kept.id for kept in found.learnings],
    }


def _row(kept: library.Kept, record: Record) -> _Row:
    return _Row(kept, tuple(flag.text for flag in told.retest_flags(record, kept, now_us())))
