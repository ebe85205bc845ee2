"""The four addresses that take events."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, g, request

from experiments.services.clock import now_us
from experiments.services.evaluate.told import tell
from experiments.services.ingest import Limits, accept, source_of
from web.deployment import deployment
from web.ingest import answers, cors, keys, metering
from web.ingest.body import read_body, read_envelope
from web.ingest.signatures import signatures
from web.origins import check_origin

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

bp = Blueprint("ingest", __name__, url_prefix="/v1")
answers.register(bp)
bp.after_request(cors.add_headers)


@bp.post("/<any(track, identify, page, batch):kind>")
def take(kind: str) -> ResponseReturnValue:
    """Take one event or a batch; 202 once every good item is stored for good."""
    settings, engine = deployment().settings, deployment().engine
    envelope = read_envelope(read_body(request, settings.max_body_bytes), batch=kind == "batch")
    g.ingest_key = key = keys.sender(request, envelope.write_key)
    check_origin(key, request.headers.get("Origin"))
    now = now_us()
    with metering.watching(engine):
        answer = accept(
            engine,
            source_of(key),
            envelope.items,
            id_key=settings.id_secret(),
            now=now,
            limits=Limits.of(settings),
            default_type=None if kind == "batch" else kind,
            sent_at=envelope.sent_at,
            is_signed=signatures(key.environment, now),
            user_agent=request.headers.get("User-Agent", "") if settings.bot_filter else "",
        )
    metering.count(answer)
    tell(engine, key.environment, envelope.evaluations, now)
    return answer.to_dict(), 202
