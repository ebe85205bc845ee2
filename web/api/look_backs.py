"""Looks back: values of today, spread, traffic and correlation of an audience, measured from stored events."""

from __future__ import annotations

from typing import Any

from flask import url_for
from marshmallow import Schema, fields, validate

from experiments.domain.experiment import UnitKind
from experiments.domain.metric import MAX_WINDOW_DAYS
from experiments.services import measuring
from experiments.services.clock import now_us
from experiments.services.fields import Fields
from experiments.services.history_result import LEAST_DAYS, USUAL_DAYS, Lookback
from experiments.services.measuring.question import MOST_METRICS, Asked, end_of
from web.api.document import blueprint, body, described, read, write
from web.api.schemas import distinct, key_field, within
from web.auth import current_actor

bp = blueprint("look-backs", "What history says before a test: the inputs of a plan, measured by the worker.")
KNOWN = ("metrics", "unit", "days", "until", "page", "holdings", "holdings_any", "holdings_not", "covariate_days",
         "shorten", "anew")  # fmt: skip
LONGEST_DAYS = 365


class LookBackQuestionSchema(Schema):
    """Which metrics of whom; what is left out has the value that `netlift power --from-history` has."""

    metrics = fields.List(
        key_field(),
        required=True,
        metadata={"minItems": 1, "maxItems": MOST_METRICS, "uniqueItems": True, "description": "Goals first."},
    )
    unit = fields.String(validate=validate.OneOf([unit.value for unit in UnitKind]))
    days = fields.Integer(metadata=within(LEAST_DAYS, LONGEST_DAYS) | {"description": "Days of new units."})
    until = fields.String(metadata={"format": "date", "description": "Last day, in UTC."})
    page = fields.String(metadata={"description": "Path pattern with *; left out, any page view, outcome or exposure."})
    holdings = distinct(key_field(), description="Families that are all held at first sight; each in one list only.")
    holdings_any = distinct(key_field(), description="Families of which one is held.")
    holdings_not = distinct(key_field(), description="Families of which none is held.")
    covariate_days = fields.Integer(metadata=within(0, MAX_WINDOW_DAYS))
    shorten = fields.Boolean(metadata={"description": "Over fewer days where events do not reach so far back."})
    anew = fields.Boolean(metadata={"description": "Measure although there is an answer of the last seven days."})


class LookBackSchema(Schema):
    """A look back as it stands."""

    name = fields.String()
    state = fields.String(validate=validate.OneOf(["waiting", "running", "done", "failed"]))
    metrics = fields.List(fields.String())
    step = fields.String(metadata={"description": "What the worker is at."})
    done = fields.Integer()
    total = fields.Integer()
    field = fields.String(allow_none=True, metadata={"description": "What could not be answered."})
    reason = fields.String(allow_none=True)
    asked_by = fields.String()
    asked_at = fields.String()
    finished_at = fields.String(allow_none=True)
    history = fields.Dict(
        allow_none=True,
        metadata={"description": "The `history` of `netlift power --from-history --json`; null until done."},
    )


@bp.post("/look-backs")
@bp.doc(**described(LookBackQuestionSchema))
@bp.response(202, LookBackSchema)
def ask_look_back() -> Any:
    """Have the worker measure what history says; a recent answer to the same question is given at once."""
    given = Fields(body(), "", KNOWN)
    asked, anew = _asked(given), given.flag("anew", False)
    with write() as session:
        found = measuring.ask(session, current_actor(), now_us(), asked, anew=anew)
    place = url_for("api-look-backs.show_look_back", name=found.name)
    return found.to_dict(), 202, {"Location": place}


@bp.get("/look-backs/<name>")
@bp.response(200, LookBackSchema)
def show_look_back(name: str) -> Any:
    """A look back by its name: how far it is, what was found, or why not."""
    with read() as session:
        return measuring.by_name(session, name).to_dict()


def _asked(given: Fields) -> Asked:
    return Asked(
        given.texts("metrics"),
        Lookback(
            unit=given.choice("unit", UnitKind, UnitKind.CUSTOMER),
            days=given.whole("days", USUAL_DAYS),
            until=end_of(given.text("until")) if given.has("until") else None,
            holds=given.texts("holdings"),
            lacks=given.texts("holdings_not"),
            page=given.text("page", "") or None,
            covariate_days=given.maybe_whole("covariate_days"),
            holds_any=given.texts("holdings_any"),
        ),
        given.flag("shorten", False),
    )
