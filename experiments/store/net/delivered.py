"""In which channels anything was delivered at all; a channel without data is not measured, which is not zero."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from experiments.domain.channel import Channel
from experiments.domain.metric import EventKind
from experiments.store.codes import CHANNEL_CODE, KIND_CODE
from experiments.store.net.request import NetRequest
from experiments.store.tables import OutcomeRow

_CHANNELS = {code: channel for channel, code in CHANNEL_CODE.items()}


def delivered_channels(session: Session, request: NetRequest) -> tuple[frozenset[Channel], frozenset[Channel]]:
    """Channels with sales, and channels with contacts, of anybody since one horizon before the test began."""
    since = request.since - request.last
    query = (
        select(OutcomeRow.kind, OutcomeRow.channel)
        .where(OutcomeRow.at >= since, OutcomeRow.at <= request.cut)
        .where((OutcomeRow.kind != KIND_CODE[EventKind.SALE]) | (OutcomeRow.rank >= request.least_rank))
        .distinct()
    )
    seen = [(kind, _CHANNELS.get(channel)) for kind, channel in session.execute(query)]

    def of(kind: EventKind) -> frozenset[Channel]:
        return frozenset(channel for code, channel in seen if code == KIND_CODE[kind] and channel is not None)

    return of(EventKind.SALE), of(EventKind.CONTACT)
