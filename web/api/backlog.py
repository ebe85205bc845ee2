"""Ideas for tests, their order, the calendar they fit into, and the seasons without tests."""

from __future__ import annotations

from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from marshmallow import Schema, fields, validate

from experiments.domain.checks import TEXT_MAX
from experiments.domain.idea import MOST, IdeaStatus, Origin
from experiments.domain.plain import to_plain
from experiments.insight.lanes import Bar
from experiments.services import describe
from experiments.services.backlog import ideas, start
from experiments.services.backlog.calendar import calendar
from experiments.services.backlog.ranking import Listed, backlog
from experiments.services.clock import now_us
from experiments.services.fields import Fields
from web.api.document import blueprint, body, described, read, write
from web.api.listing import Filter, Listing, listed
from web.api.schemas import (
    ExperimentSchema,
    day_field,
    distinct,
    key_field,
    maybe_key_field,
    name_field,
    text_field,
    within,
)
from web.auth import current_actor
from web.deployment import deployment


class Deed(StrEnum):
    """What is done with an idea."""

    ARCHIVE = "archive"
    RESTORE = "restore"


bp = blueprint("backlog", "Ideas for tests, ranked by expected net value per week of scarce traffic.")


def _above_0() -> fields.Float:
    return fields.Float(allow_none=True, metadata=within(high=MOST, above=0))


class SuggestionSchema(Schema):
    """What everybody may put in."""

    title = name_field(required=True)
    hypothesis = text_field()
    evidence = text_field()


class IdeaSchema(SuggestionSchema):
    """An idea; shares from 0 to 1, money in major units."""

    id = fields.Integer(dump_only=True)
    origin = fields.String(validate=validate.OneOf([one.value for one in Origin]))
    source = text_field(400, pattern=r"^(/.*)?$", description="Address of what it came from, such as /learnings/3.")
    audience = name_field()
    effort_days = fields.Float(allow_none=True, metadata=within(0, 10_000))
    journey = maybe_key_field("Key of a journey, or empty.")
    template = text_field(80)
    families = distinct(key_field())
    layer = maybe_key_field("Key of a layer, or empty.")
    layer_share = fields.Float(metadata=within(high=1, above=0))
    traffic_per_week = _above_0()
    goal = key_field()
    baseline = _above_0()
    sd = _above_0()
    effect = fields.Float(allow_none=True, metadata=within(high=10, above=0))
    value = fields.Float(allow_none=True, metadata=within(0, MOST))
    guardrail = maybe_key_field("Key of a metric, or empty.")
    guardrail_baseline = _above_0()
    guardrail_margin = fields.Float(allow_none=True, metadata=within(high=1, above=0))
    net_share = fields.Float(metadata=within(-1, 2))
    half_life_weeks = _above_0()
    expected = fields.Float(allow_none=True, metadata=within(-1, 10))
    gap = _above_0()
    not_before = day_field("The first day on which it may run.")
    not_after = day_field("The last one, after the first.")
    status = fields.String(dump_only=True)
    revision = fields.Integer(dump_only=True)
    place = fields.Integer(dump_only=True, allow_none=True)
    place_reason = fields.String(dump_only=True)
    experiment = fields.String(dump_only=True, allow_none=True)
    who = fields.String(dump_only=True)
    created_at = fields.String(dump_only=True)
    updated_at = fields.String(dump_only=True)


class RankedIdeaSchema(IdeaSchema):
    """An open idea in the order of the backlog."""

    position = fields.Integer()
    value_of_a_year = fields.Float(allow_none=True)
    value_per_week = fields.Float(allow_none=True)
    rank = fields.Integer(allow_none=True)
    rank_from = fields.Integer(allow_none=True)
    rank_to = fields.Integer(allow_none=True)
    chance_to_ship = fields.Float(allow_none=True)
    effect_used = fields.Dict(
        metadata={"description": "Effect it is valued by: mean, low, high, source (typed, gap or prior), words."}
    )
    weeks = fields.Integer(allow_none=True)
    why_not_valued = fields.String()


class PlaceSchema(Schema):
    """Where an idea is moved to, and why."""

    place = fields.Integer(
        allow_none=True, metadata=within(1, 10_000) | {"description": "1 is first; null lets its value decide."}
    )
    reason = name_field(required=True, at_most=TEXT_MAX)


class IdeaDeedSchema(Schema):
    """What is done with an idea."""

    deed = fields.String(required=True, validate=validate.OneOf(["archive", "restore"]))
    reason = fields.String()


class LaneBarSchema(Schema):
    """A running test or an idea on the people it needs."""

    id = fields.String()
    title = fields.String()
    lane = fields.String()
    kind = fields.String()
    start = fields.String()
    recruits_until = fields.String()
    ends = fields.String()
    low = fields.Float()
    high = fields.Float()


class SeasonSchema(Schema):
    """Days on which no test may run, both included."""

    id = fields.Integer(dump_only=True)
    name = name_field(required=True, at_most=80)
    starts_on = day_field("The first day.", required=True)
    ends_on = day_field("The last one, not before the first.", required=True)


IDEAS: Listing[ideas.Held] = Listing(
    IdeaSchema,
    ideas.describe,
    unique=lambda held: held.id,
    orders={"id": lambda held: held.id, "updated_at": lambda held: held.updated_at},
    usual="-id",
    filters=(
        Filter("status", "Only in this state.", lambda held: held.status.value, tuple(IdeaStatus)),
        Filter("origin", "Only of this origin.", lambda held: held.idea.origin.value, tuple(Origin)),
        Filter("journey", "Only on this journey.", lambda held: held.idea.journey),
    ),
    searched=lambda held: (held.idea.title, held.idea.hypothesis, held.idea.evidence),
)
RANKED: Listing[Listed] = Listing(
    RankedIdeaSchema,
    lambda one: _ranked(one),
    unique=lambda one: one.held.id,
    orders={"position": lambda one: one.position},
    usual="position",
)
LANES: Listing[Bar] = Listing(
    LaneBarSchema,
    lambda bar: _bar(bar),
    unique=lambda bar: bar.id,
    orders={"start": lambda bar: bar.start.isoformat(), "ends": lambda bar: bar.ends.isoformat()},
    usual="start",
    filters=(Filter("lane", "Only on this lane.", lambda bar: bar.lane),),
)
SEASONS: Listing[tuple[int, Any]] = Listing(
    SeasonSchema,
    lambda row: {"id": row[0], "name": row[1].name, "starts_on": row[1].starts_on, "ends_on": row[1].ends_on},
    unique=lambda row: row[0],
    orders={"starts_on": lambda row: row[1].starts_on},
    usual="starts_on",
)


@listed(bp, "/ideas", IDEAS)
def list_ideas() -> Any:
    """All ideas, whatever became of them."""
    with read() as session:
        return IDEAS.answer(ideas.all_ideas(session))


@listed(bp, "/backlog", RANKED)
def list_backlog() -> Any:
    """The open ideas in their order, with what testing each is worth."""
    with read() as session:
        return RANKED.answer(backlog(session, now_us()).listed)


@listed(bp, "/backlog/lanes", LANES)
def list_lanes() -> Any:
    """Running tests and ideas, each with when it would start and end."""
    with read() as session:
        plan = calendar(session, now_us(), ZoneInfo(deployment().settings.time_zone))
    return LANES.answer([bar for bars in plan.lanes.values() for bar in bars])


@bp.post("/ideas/suggest")
@bp.doc(**described(SuggestionSchema))
@bp.response(201, IdeaSchema)
def suggest() -> Any:
    """Put an idea in with its title, reason and evidence; everybody may who can sign in."""
    asked = Fields(body(), "", ("title", "hypothesis", "evidence"))
    texts = (asked.text("title"), asked.text("hypothesis", ""), asked.text("evidence", ""))
    with write() as session:
        return ideas.describe(ideas.suggest(session, current_actor(), now_us(), *texts))


@bp.post("/ideas")
@bp.doc(**described(IdeaSchema))
@bp.response(201, IdeaSchema)
def add_idea() -> Any:
    """Put a whole idea in; needs an editor."""
    idea = ideas.read_idea(body())
    with write() as session:
        return ideas.describe(ideas.add(session, current_actor(), now_us(), idea))


@bp.get("/ideas/<int:idea_id>")
@bp.response(200, IdeaSchema)
def get_idea(idea_id: int) -> Any:
    """One idea."""
    with read() as session:
        return ideas.describe(ideas.by_id(session, idea_id))


@bp.put("/ideas/<int:idea_id>")
@bp.doc(**described(IdeaSchema))
@bp.response(200, IdeaSchema)
def change_idea(idea_id: int) -> Any:
    """Change an open idea."""
    idea = ideas.read_idea(body())
    with write() as session:
        return ideas.describe(ideas.change(session, current_actor(), now_us(), idea_id, idea))


@bp.post("/ideas/<int:idea_id>/place")
@bp.doc(**described(PlaceSchema))
@bp.response(200, IdeaSchema)
def place_idea(idea_id: int) -> Any:
    """Move an idea; the reason is kept."""
    asked = Fields(body(), "", ("place", "reason"))
    place, reason = asked.maybe_whole("place"), asked.text("reason")
    with write() as session:
        return ideas.describe(ideas.place(session, current_actor(), now_us(), idea_id, place, reason))


@bp.post("/ideas/<int:idea_id>/status")
@bp.doc(**described(IdeaDeedSchema))
@bp.response(200, IdeaSchema)
def move_idea(idea_id: int) -> Any:
    """Put an idea away, or bring it back."""
    asked = Fields(body(), "", ("deed", "reason"))
    deed = asked.choice("deed", Deed)
    with write() as session:
        if deed is Deed.ARCHIVE:
            return ideas.describe(ideas.archive(session, current_actor(), now_us(), idea_id, asked.text("reason", "")))
        return ideas.describe(ideas.restore(session, current_actor(), now_us(), idea_id))


@bp.post("/ideas/<int:idea_id>/start")
@bp.response(201, ExperimentSchema)
def start_idea(idea_id: int) -> Any:
    """Make an experiment draft of an idea."""
    with write() as session:
        draft = start.start(session, current_actor(), now_us(), idea_id, deployment().settings.currency)
        return describe.experiment(draft)


@listed(bp, "/seasons", SEASONS)
def list_seasons() -> Any:
    """Days on which no test may run."""
    with read() as session:
        return SEASONS.answer(ideas.all_seasons(session))


@bp.post("/seasons")
@bp.doc(**described(SeasonSchema))
@bp.response(201, SeasonSchema)
def add_season() -> Any:
    """Keep days free of tests; needs an editor."""
    season = ideas.read_season(body())
    with write() as session:
        season_id = ideas.add_season(session, current_actor(), now_us(), season)
    return {"id": season_id, "name": season.name, "starts_on": season.starts_on, "ends_on": season.ends_on}


@bp.delete("/seasons/<int:season_id>")
@bp.response(204)
def delete_season(season_id: int) -> None:
    """Forget such days."""
    with write() as session:
        ideas.delete_season(session, current_actor(), now_us(), season_id)


def _ranked(one: Listed) -> dict[str, Any]:
    worth = one.priority
    return {
        **ideas.describe(one.held),
        "position": one.position,
        "value_of_a_year": worth.value if worth else None,
        "value_per_week": worth.per_week if worth else None,
        "rank": worth.rank if worth else None,
        "rank_from": worth.best if worth else None,
        "rank_to": worth.worst if worth else None,
        "chance_to_ship": worth.chance if worth else None,
        "effect_used": to_plain(one.expected),
        "weeks": one.sized.weeks,
        "why_not_valued": one.sized.why,
    }


def _bar(bar: Bar) -> dict[str, Any]:
    days = {name: getattr(bar, name).isoformat() for name in ("start", "recruits_until", "ends")}
    told = {name: getattr(bar, name) for name in ("id", "title", "lane", "kind", "low", "high")}
    return told | days
