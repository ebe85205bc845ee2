"""Who was shown variants that contradict each other: by person, through verified links, over visits and channels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import CTE, ColumnElement, Select, and_, case, distinct, func, or_, select, union_all
from sqlalchemy.orm import Session

from experiments.store.insight.people import known_visitors, unmarked
from experiments.store.tables import ExposureRow, PhaseRow


@dataclass(frozen=True, slots=True)
class Rival:
    """Another test's phase, and which variants contradict: (position here, position there)."""

    phase_id: int
    pairs: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class PairCount:
    """People who were shown one variant in one channel and another in another.

    Args:
        phase_id: of the second variant; that of the test itself where both are its own.
        mine, theirs: positions of the variants.
        channel, their_channel: codes.
        first: µs; when the first of these people had seen both.
        last: µs; when one of them saw either for the last time.
    """

    phase_id: int
    mine: int
    channel: int
    theirs: int
    their_channel: int
    people: int
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Found:
    """People of one phase: all that were shown a variant, and those of them in a conflict."""

    people: int
    in_conflict: int
    pairs: tuple[PairCount, ...]


def conflicts_of(
    session: Session, phase_id: int, rivals: Sequence[Rival], within: int, now: int, shown_until: Mapping[int, int]
) -> Found:
    """Count the conflicts of one phase, with itself and with others.

    Args:
        shown_until: µs by phase, of those whose winner was shown after their end; of the others nothing later counts.
        within: µs; two variants count where the periods in which they were shown lie at most so far apart.
        now: µs; nothing later exists.
    """
    shown = _shown([phase_id, *(rival.phase_id for rival in rivals)], now, shown_until)
    pairs = union_all(
        _meet(shown, phase_id, phase_id, _different, within),
        *(_meet(shown, phase_id, rival.phase_id, _named(rival), within) for rival in rivals),
    ).cte("pairs")
    key = (pairs.c.phase_id, pairs.c.mine, pairs.c.channel, pairs.c.theirs, pairs.c.their_channel)
    measured = (func.count(distinct(pairs.c.person)), func.min(pairs.c.first), func.max(pairs.c.last))
    counted = session.execute(select(*key, *measured).group_by(*key).order_by(*key)).all()
    exposed = session.scalar(select(func.count(distinct(shown.c.person))).where(shown.c.phase_id == phase_id))
    both = session.scalar(select(func.count(distinct(pairs.c.person)))) if counted else 0
    return Found(exposed or 0, both or 0, tuple(PairCount(*map(int, row)) for row in counted))


def _shown(phases: Sequence[int], now: int, shown_until: Mapping[int, int]) -> CTE:
    """s(person, phase_id, variant, channel, first, last): what was displayed while the phase was open or rolled out."""
    k = known_visitors(now)
    person = func.coalesce(k.c.customer, ExposureRow.unit)
    by = (person, ExposureRow.phase_id, ExposureRow.variant, ExposureRow.channel)
    later = {phase: end for phase, end in shown_until.items() if phase in phases}
    until: ColumnElement[int] = func.coalesce(PhaseRow.ended_at, now)
    if later:
        until = case(later, value=ExposureRow.phase_id, else_=until)
    return (
        select(
            person.label("person"), ExposureRow.phase_id, ExposureRow.variant, ExposureRow.channel,
            func.min(ExposureRow.at).label("first"), func.max(ExposureRow.at).label("last"),
        )
        .join(PhaseRow, PhaseRow.id == ExposureRow.phase_id)
        .outerjoin(k, k.c.visitor == ExposureRow.unit)
        .where(ExposureRow.phase_id.in_(phases), ExposureRow.variant >= 0, ~ExposureRow.suppressed)
        .where(ExposureRow.at >= PhaseRow.started_at, ExposureRow.at <= until, ExposureRow.at <= now)
        .where(unmarked(ExposureRow.unit))
        .group_by(*by)
        .cte("shown")
    )  # fmt: skip


def _meet(shown: CTE, mine: int, theirs: int, which: Any, within: int) -> Select[Any]:
    a, b = shown.alias(), shown.alias()
    near = and_(a.c.first - b.c.last <= within, b.c.first - a.c.last <= within)
    return (
        select(
            a.c.person, b.c.phase_id, a.c.variant.label("mine"), a.c.channel, b.c.variant.label("theirs"),
            b.c.channel.label("their_channel"),
            _later(a.c.first, b.c.first).label("first"), _later(a.c.last, b.c.last).label("last"),
        )
        .join(b, a.c.person == b.c.person)
        .where(a.c.phase_id == mine, b.c.phase_id == theirs, which(a, b), near)
    )  # fmt: skip


def _different(a: Any, b: Any) -> ColumnElement[bool]:
    """Two variants of one test, each pair once, while it ran: that a winner follows on the control is shipping."""
    ended = select(PhaseRow.ended_at).where(PhaseRow.id == a.c.phase_id).scalar_subquery()
    ran = and_(a.c.first <= func.coalesce(ended, a.c.first), b.c.first <= func.coalesce(ended, b.c.first))
    return and_(a.c.variant < b.c.variant, ran)


def _named(rival: Rival) -> Any:
    def which(a: Any, b: Any) -> ColumnElement[bool]:
        return or_(*(and_(a.c.variant == mine, b.c.variant == theirs) for mine, theirs in rival.pairs))

    return which


def _later(one: ColumnElement[int], other: ColumnElement[int]) -> ColumnElement[int]:
    return case((one >= other, one), else_=other)
