"""In which channels anything was delivered at all; a channel without data is not measured, which is not zero."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import case, func, or_, select
from sqlalchemy.orm import Session

from experiments.domain.channel import Channel
from experiments.domain.metric import EventKind
from experiments.store.codes import CHANNEL_CODE, KIND_CODE
from experiments.store.net.request import NetRequest
from experiments.store.tables import OutcomeRow

_CHANNELS = {code: channel for channel, code in CHANNEL_CODE.items()}


@dataclass(frozen=True, slots=True)
class Delivered:
    """What came in of anybody, by channel.

    Args:
        sales: order lines since the test began.
        before: channels with sales up to one horizon before it began, so that a quiet week is no missing channel.
        contacts: channels with contacts over the same time.
    """

    sales: Mapping[Channel, int]
    before: frozenset[Channel]
    contacts: frozenset[Channel]

    @property
    def sold_in(self) -> frozenset[Channel]:
        """Channels with any sale."""
        return frozenset(self.sales) | self.before


def delivered(session: Session, request: NetRequest) -> Delivered:
    """Sales and contacts of the whole company from one horizon before the test until the cut."""
    inside = case((OutcomeRow.at >= request.since, 1), else_=0).label("inside")
    known = or_(OutcomeRow.kind != KIND_CODE[EventKind.SALE], OutcomeRow.rank >= request.least_rank)
    query = (
        select(OutcomeRow.kind, OutcomeRow.channel, inside, func.count())
        .where(OutcomeRow.at >= request.since - request.last, OutcomeRow.at <= request.cut, known)
        .group_by(OutcomeRow.kind, OutcomeRow.channel, inside)
    )
    rows = [(kind, _CHANNELS[code], place, n) for kind, code, place, n in session.execute(query) if code in _CHANNELS]
    sale, contact = KIND_CODE[EventKind.SALE], KIND_CODE[EventKind.CONTACT]
    return Delivered(
        sales={channel: n for kind, channel, place, n in rows if kind == sale and place},
        before=frozenset(channel for kind, channel, place, _ in rows if kind == sale and not place),
        contacts=frozenset(channel for kind, channel, _, _ in rows if kind == contact),
    )
