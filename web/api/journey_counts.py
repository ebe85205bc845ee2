"""Versions of journeys, a look at one before it is saved, and what the worker counted."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from marshmallow import Schema, fields

from experiments.domain.errors import NotFoundError
from experiments.domain.plain import to_plain
from experiments.insight.journeys import by_channel, by_segment, by_week, funnel, order_figures
from experiments.services import catalogue, journeys
from experiments.services.clock import DAY, maybe_iso, now_us, to_iso
from experiments.services.insight import counting, journey_counts, journey_preview
from web.api.document import blueprint, body, described, read, write
from web.api.journeys import JourneySchema
from web.api.listing import Listing, listed
from web.api.schemas import key_field
from web.auth import current_actor

bp = blueprint("journey-counts", "How far people come in a journey, as the worker counted it.")


class VersionSchema(JourneySchema):
    """One version of a journey."""

    who = fields.String(required=True)
    recorded_at = fields.String(required=True)


class SketchSchema(JourneySchema):
    """A journey that need not be saved."""

    key = key_field(required=True)


class JourneyPreviewSchema(Schema):
    """What the newest stored events say of a journey."""

    views = fields.Integer(required=True, metadata={"description": "Page views that were read."})
    since = fields.String(required=True, allow_none=True)
    steps = fields.List(fields.Dict(), required=True)


class FunnelSchema(Schema):
    """What the worker counted; shares with Wilson 95 % intervals."""

    journey = fields.String(required=True)
    version = fields.Integer(required=True)
    computed_at = fields.String(required=True)
    stale = fields.Boolean(required=True, metadata={"description": "The journey was changed since."})
    since = fields.String(required=True)
    until = fields.String(required=True)
    all = fields.Dict(required=True)
    segments = fields.List(fields.Dict(), required=True)
    channels = fields.List(fields.Dict(), required=True)
    weeks = fields.List(fields.Dict(), required=True)
    orders = fields.Dict(required=True)


class CountingSchema(Schema):
    """How far the worker is."""

    state = fields.String(required=True, metadata={"description": "never, asked, counting, done or failed"})
    done = fields.Integer(required=True)
    total = fields.Integer(required=True)
    what = fields.String(required=True)
    at = fields.String(required=True, allow_none=True)


VERSIONS: Listing[Any] = Listing(
    VersionSchema,
    lambda one: journeys.described(one.journey) | {"who": one.who, "recorded_at": to_iso(one.recorded_at)},
    unique=lambda one: one.journey.version,
    orders={"version": lambda one: one.journey.version},
    usual="-version",
)


@listed(bp, "/journeys/<key>/versions", VERSIONS)
def list_journey_versions(key: str) -> Any:
    """Every version of one journey, newest first."""
    with read() as session:
        return VERSIONS.answer(journeys.versions(session, key))


@bp.post("/journeys/<key>/archive")
@bp.response(200, JourneySchema)
def archive_journey(key: str) -> Any:
    """Put a journey away; it is kept, and no longer counted."""
    with write() as session:
        return journeys.described(journeys.archive(session, current_actor(), now_us(), key))


@bp.post("/journeys/<key>/restore")
@bp.response(200, JourneySchema)
def restore_journey(key: str) -> Any:
    """Take a journey out again."""
    with write() as session:
        return journeys.described(journeys.archive(session, current_actor(), now_us(), key, archived=False))


@bp.post("/journey-preview")
@bp.doc(**described(SketchSchema))
@bp.response(200, JourneyPreviewSchema)
def look_at_journey() -> Any:
    """What the newest stored events say of a journey; saves nothing."""
    journey = journeys.read_journey(body())
    with read() as session:
        found = journey_preview.preview(session, journey)
    return {"views": found.views, "since": maybe_iso(found.since), "steps": [asdict(step) for step in found.steps]}


@bp.get("/journeys/<key>/funnel")
@bp.response(200, FunnelSchema)
def show_funnel(key: str) -> Any:
    """The funnel for everybody, by what people hold, by channel and by week, as the worker last counted it."""
    with read() as session:
        journey = catalogue.journey_by_key(session, key)
        stored = journey_counts.stored(session, journey)
    if stored is None:
        raise NotFoundError("count of journey", key)
    counts = stored.counts
    weeks = ({"from": to_iso(counts.since + week * 7 * DAY), **to_plain(share)} for week, share in by_week(counts))
    return {
        "journey": key,
        "version": counts.version,
        "computed_at": to_iso(stored.computed_at),
        "stale": stored.stale,
        "since": to_iso(counts.since),
        "until": to_iso(counts.until),
        "all": to_plain(funnel(counts)),
        "segments": [
            {"key": name, "holds": to_plain(held), **to_plain(made)} for name, held, made in by_segment(counts)
        ],
        "channels": [{"channel": word or None, **to_plain(made)} for word, made in by_channel(counts)],
        "weeks": list(weeks),
        "orders": to_plain(order_figures(counts.orders)),
    }


@bp.post("/count")
@bp.response(202, CountingSchema)
def count_now() -> Any:
    """Ask the worker to count journeys and opportunities anew."""
    with write() as session:
        counting.ask(session, current_actor(), now_us())
        return _counting(session)


@bp.get("/count")
@bp.response(200, CountingSchema)
def show_counting() -> Any:
    """How far the worker is."""
    with read() as session:
        return _counting(session)


def _counting(session: Any) -> dict[str, Any]:
    found = counting.progress(session)
    if found is None:
        return {"state": "never", "done": 0, "total": 0, "what": "", "at": None}
    return {
        "state": found.state,
        "done": found.done,
        "total": found.total,
        "what": found.message,
        "at": to_iso(found.at),
    }
