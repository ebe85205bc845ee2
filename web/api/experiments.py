"""Experiments: list, show, create, change, clone, and their history."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from flask import request, url_for
from marshmallow import Schema, fields

from experiments.domain.channel import Channel
from experiments.domain.experiment import Experiment, Status, UnitKind
from experiments.services import audit, changing, describe
from experiments.services import experiments as service
from experiments.services.clock import now_us, to_iso
from experiments.services.definitions import read_definition, read_revised
from experiments.services.facets import Facets, facets_of
from experiments.services.fields import Fields
from web.api import tags
from web.api.document import blueprint, body, described, read, write
from web.api.listing import Filter, Listing, listed
from web.api.schemas import DefinitionSchema, ExperimentSchema, RevisedDefinitionSchema, key_field, name_field
from web.auth import current_actor

bp = blueprint("experiments", "Tests and their definitions.")
MOST_DEEDS = 10_000


class CloneSchema(Schema):
    """Key and name of the copy."""

    key = key_field(required=True)
    name = name_field()


class DeedSchema(Schema):
    """One line of the audit log."""

    at = fields.String()
    who = fields.String()
    action = fields.String()
    before = fields.Dict(allow_none=True)
    after = fields.Dict(allow_none=True)
    reason = fields.String()


def _words(test: Experiment) -> tuple[str, ...]:
    return test.key, test.name, test.hypothesis, test.owner


_FILTERS: tuple[Filter[Experiment], ...] = (
    Filter("status", "Only tests in this state.", lambda test: test.status.value, tuple(Status)),
    Filter("owner", "Only tests of this owner.", lambda test: test.owner),
    Filter("layer", "Only tests of this layer.", lambda test: test.phase.layer.layer if test.phase.layer else None),
    Filter("metric", "Only tests that use this metric.", lambda test: [use.metric for use in test.metrics]),
    Filter("unit", "Only tests of this unit.", lambda test: test.unit.value, tuple(UnitKind)),
)


def _by_facets(of: Callable[[Experiment], Facets]) -> tuple[Filter[Experiment], ...]:
    """Filters by what is looked up apart; `of` finds it."""
    by_learning = "by their learning, else by"
    return (
        Filter("journey", f"Only tests on this journey, {by_learning} layer and pages.", lambda one: of(one).journey),
        Filter("channel", "Only with offers in this channel.", lambda one: of(one).channels, tuple(Channel)),
        Filter("holds", "Only where the audience must hold this family.", lambda one: of(one).holds),
        Filter("kind", f"Only this kind of change, {by_learning} template.", lambda one: of(one).kind),
    )


#: Names of those filters.
BY_FACETS = frozenset(each.name for each in _by_facets(lambda _: Facets()))


EXPERIMENTS: Listing[Experiment] = Listing(
    ExperimentSchema,
    describe.experiment,
    unique=lambda test: test.key,
    orders={
        "created_at": lambda test: test.created_at,
        "launched_at": lambda test: test.launched_at,
        "name": lambda test: test.name.casefold(),
        "key": lambda test: test.key,
    },
    usual="-created_at",
    filters=(*_FILTERS, *_by_facets(lambda _: Facets())),
    searched=_words,
    columns=(
        "key", "name", "status", "owner", "unit", "phase", "created_at", "launched_at", "stopped_at", "hypothesis",
        "revision",
    ),
)  # fmt: skip
DEEDS: Listing[tuple[int, audit.AuditEntry]] = Listing(
    DeedSchema,
    lambda row: _deed(row[1]),
    unique=lambda row: row[0],
    orders={"at": lambda row: row[1].at},
    usual="-at",
    filters=(Filter("who", "Only deeds of this person or key.", lambda row: row[1].who),),
)


@listed(bp, "/experiments", EXPERIMENTS)
def list_experiments() -> Any:
    """Tests, newest first."""
    with read() as session:
        tests = service.all_experiments(session)
        # Looked up only where it is asked for: it needs what every builder was told.
        facets = facets_of(session, tests) if BY_FACETS & request.args.keys() else {}
        known = replace(EXPERIMENTS, filters=(*_FILTERS, *_by_facets(lambda test: facets.get(test.key, Facets()))))
        return known.answer(tests)


@bp.post("/experiments")
@bp.doc(**described(DefinitionSchema))
@bp.response(201, ExperimentSchema)
def create_experiment() -> Any:
    """Add a draft."""
    definition = read_definition(body())
    with write() as session:
        made = service.create(session, current_actor(), now_us(), definition)
    return _made(made)


@bp.get("/experiments/<key>")
@bp.response(200, ExperimentSchema)
def show_experiment(key: str) -> Any:
    """One test."""
    with read() as session:
        return tags.tagged(describe.experiment(service.by_key(session, key)))


@bp.put("/experiments/<key>")
@bp.doc(**described(RevisedDefinitionSchema))
@bp.doc(tagged=True)
@bp.response(200, ExperimentSchema)
def change_experiment(key: str) -> Any:
    """Replace the definition of a draft or of a test in rehearsal; what only the product sets is ignored.

    Say what you changed: the ETag you read in If-Match, or its `revision` in the body.
    """
    definition, revision = read_revised(body())
    tags.require(revision)
    with write() as session:
        before = service.by_key(session, key)
        tags.check(describe.experiment(before))
        seen = before.revision if revision is None else revision
        changed = service.update(session, current_actor(), now_us(), key, definition, revision=seen)
        return tags.tagged(describe.experiment(changed))


@bp.post("/experiments/<key>/clone")
@bp.doc(**described(CloneSchema))
@bp.response(201, ExperimentSchema)
def clone_experiment(key: str) -> Any:
    """Add a draft with the same definition and a salt of its own."""
    given = Fields(body(), "", ("key", "name"))
    name = given.text("name") if given.has("name") else None
    with write() as session:
        made = service.clone(session, current_actor(), now_us(), key, new_key=given.text("key"), name=name)
    return _made(made)


@listed(bp, "/experiments/<key>/history", DEEDS)
def show_history(key: str) -> Any:
    """Who changed what, newest first."""
    with read() as session:
        service.by_key(session, key)
        deeds = audit.history(session, noun=changing.NOUN, key=key, limit=MOST_DEEDS)
    return DEEDS.answer(list(enumerate(reversed(deeds))))


def _made(test: Experiment) -> Any:
    place = {"Location": url_for("api-experiments.show_experiment", key=test.key)}
    return tags.tagged(describe.experiment(test)), 201, place


def _deed(deed: audit.AuditEntry) -> dict[str, Any]:
    return {
        "at": to_iso(deed.at),
        "who": deed.who,
        "action": deed.action,
        "before": deed.before,
        "after": deed.after,
        "reason": deed.reason,
    }
