"""Everything on the page of the contact centre, read from what the worker counted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy.orm import Session

from experiments.domain.channel import Channel
from experiments.services.clock import to_iso
from experiments.services.contact_centre.asked import Asked
from experiments.services.contact_centre.figures import AmountOfPeople, Figure, amount_of, figures_of
from experiments.services.contact_centre.policy import PolicyReason, policy_counts
from experiments.services.contact_centre.told import Told, told
from experiments.services.insight.offer_conflicts import Contradicted, conflicts_since
from experiments.services.returns import ReturnOfTest, returns
from experiments.stats.clustered import Clustered
from experiments.store.codes import CHANNEL_CODE
from experiments.store.contact_centre import keeping
from experiments.store.contact_centre.keeping import Counted
from experiments.store.contact_centre.measures import CONTACTS, EVERY, MOST_SEEN, SEEN_ACCEPTED, SEEN_ANSWERS

ALL, NOT_TOLD = "", "not_told"
_KEYS = {code: channel.value for channel, code in CHANNEL_CODE.items()} | {0: NOT_TOLD, EVERY: ALL}
Key = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class ChannelFigures:
    """Figures of one channel: its key, `not_told`, or "" for all of them."""

    channel: str
    figures: tuple[Figure, ...]


@dataclass(frozen=True, slots=True)
class Seen:
    """What followed on so many offers seen in the 30 days before; the last row is so many and more."""

    offers: str
    acceptance: AmountOfPeople
    csat: AmountOfPeople


@dataclass(frozen=True, slots=True)
class Board:
    """The page.

    Args:
        starts, ends, counted_at: ISO; None where nothing was counted yet. The period ended at midnight.
        total: figures of the channel asked for, or of all.
        channels: the same by channel, those with the most contacts first; descriptive.
        fatigue: all channels, whatever was asked for.
        conflicts: customers who were promised two things, and saw one of them in the period.
        returns: of every valid test that ended.
    """

    asked: Asked
    starts: str | None
    ends: str | None
    counted_at: str | None
    total: ChannelFigures
    channels: tuple[ChannelFigures, ...]
    fatigue: tuple[Seen, ...]
    policy: tuple[PolicyReason, ...]
    tests: tuple[Told, ...]
    conflicts: tuple[Contradicted, ...]
    returns: tuple[ReturnOfTest, ...]

    @property
    def empty(self) -> bool:
        """Whether nothing happened in both periods."""
        return not any(figure.now.n or figure.before.n for figure in self.total.figures)

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready form."""
        found = asdict(self)
        found["returns"] = [one.to_dict() for one in self.returns]
        found["asked"] = {"days": self.asked.days, "channel": self.asked.channel and self.asked.channel.value}
        return found


def board(session: Session, asked: Asked, now: int, currency: str) -> Board:
    """What was counted of a period; reads some dozen rows, and reports that are stored."""
    connection = session.connection()
    rows = {
        (row.part, row.measure, row.channel, row.bucket): Clustered(
            int(row.people), row.n, row.x, row.nn, row.nx, row.xx
        )
        for row in keeping.stored(connection, asked.days)
    }
    counted = keeping.counted(connection, asked.days).get(keeping.NOW)
    wanted = EVERY if asked.channel is None else CHANNEL_CODE[asked.channel]
    return Board(
        asked=asked,
        starts=to_iso(counted.starts) if counted else None,
        ends=to_iso(counted.ends) if counted else None,
        counted_at=to_iso(counted.counted_at) if counted else None,
        total=_of(rows, wanted),
        channels=tuple(_of(rows, code) for code in _channels(rows)),
        fatigue=tuple(_seen(rows, bucket) for bucket in range(MOST_SEEN + 1)),
        policy=_policy(session, counted),
        tests=told(session),
        conflicts=conflicts_since(session, counted.starts) if counted else (),
        returns=returns(session, now, currency),
    )


def _channels(rows: Mapping[Key, Clustered]) -> list[int]:
    """With the most contacts first, what nobody told last."""
    codes = {channel for _, _, channel, _ in rows if channel != EVERY}
    none = Clustered()
    return sorted(codes, key=lambda code: (not code, -rows.get((keeping.NOW, CONTACTS, code, 0), none).n, code))


def _of(rows: Mapping[Key, Clustered], code: int) -> ChannelFigures:
    now, before = (
        {measure: sums for (at, measure, channel, _), sums in rows.items() if (at, channel) == (part, code)}
        for part in (keeping.NOW, keeping.BEFORE)
    )
    return ChannelFigures(_KEYS.get(code, NOT_TOLD), figures_of(now, before, chat=code == CHANNEL_CODE[Channel.CHAT]))


def _seen(rows: Mapping[Key, Clustered], bucket: int) -> Seen:
    accepted, answers = (
        rows.get((keeping.NOW, measure, EVERY, bucket), Clustered()) for measure in (SEEN_ACCEPTED, SEEN_ANSWERS)
    )
    words = f"{bucket} and more" if bucket == MOST_SEEN else str(bucket)
    return Seen(words, amount_of("share", accepted), amount_of("mean", answers))


def _policy(session: Session, counted: Counted | None) -> tuple[PolicyReason, ...]:
    return policy_counts(session, counted.starts, counted.ends) if counted else ()


def figure_rows(found: Board) -> Iterable[tuple[Any, ...]]:
    """One row per channel and figure, plain numbers."""
    for line in (found.total, *found.channels):
        for one in line.figures:
            now, before = one.now, one.before
            yield (
                line.channel or "all", one.key, one.status, now.value, now.n, now.people, now.low, now.high,
                before.value, before.n, one.change, one.change_low, one.change_high,
            )  # fmt: skip
