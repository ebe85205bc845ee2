"""The calendar as lanes: where each bar stands in per cent of the width, and the same as rows of a table."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from experiments.services.clock import DAY, local_day, maybe_iso, to_iso
from web.deployment import deployment
from web.formatters import current_reader, times

if TYPE_CHECKING:
    from experiments.domain.calendar import Span
    from experiments.services.overview.calendar import Calendar

#: Days shown before today, and after it at least and at most.
BEHIND, AHEAD, MOST = 28, 56, 370
#: Weeks between two marks of the axis, by the days it holds.
_STEPS = ((100, 2), (200, 4), (MOST + BEHIND, 8))


@dataclass(frozen=True)
class Bar:
    """One test: its enrolment, then the time until it is read out; left and widths in per cent."""

    key: str
    name: str
    status: str
    planned: bool
    left: float
    recruiting: float
    maturing: float
    words: str
    target: str = ""

    @property
    def href(self) -> str:
        """Where it leads: the test, unless something else is named."""
        return self.target or f"/experiments/{self.key}"


@dataclass(frozen=True)
class LaneView:
    """One layer."""

    name: str
    rows: tuple[tuple[Bar, ...], ...]


@dataclass(frozen=True)
class LanesView:
    """Everything the calendar draws."""

    lanes: tuple[LaneView, ...]
    ticks: tuple[tuple[float, str], ...]
    today: float
    spans: tuple[dict[str, object], ...]


def lanes_view(calendar: Calendar, now: int) -> LanesView:
    """Bars from four weeks ago until the last read-out, a year ahead at most; each has a row with room for words."""
    every = [span for lane in calendar.lanes for row in lane.rows for span in row]
    last = max((span.reaches for span in every), default=now)
    start, end = now - BEHIND * DAY, min(now + MOST * DAY, max(now + AHEAD * DAY, last + 7 * DAY))
    scale = Scale(start, end)
    lanes = tuple(
        LaneView(calendar.name_of(lane.layer), tuple((_bar(span, scale),) for row in lane.rows for span in row))
        for lane in calendar.lanes
    )
    names = {span.key: span.name for span in every}
    rows = tuple(
        _row(span, calendar.name_of(lane.layer), names) for lane in calendar.lanes for row in lane.rows for span in row
    )
    return LanesView(lanes, scale.ticks(), scale.at(now), rows)


class Scale:
    """Instants (µs) as places on the width."""

    def __init__(self, start: int, end: int) -> None:
        self.start, self.end = start, end

    def at(self, instant: int) -> float:
        """Per cent of the width, inside it."""
        share = (instant - self.start) / (self.end - self.start)
        return round(100 * min(1.0, max(0.0, share)), 2)

    def ticks(self) -> tuple[tuple[float, str], ...]:
        """Mondays, so many weeks apart."""
        zone = ZoneInfo(deployment().settings.time_zone)
        days = (self.end - self.start) // DAY
        weeks = next(step for most, step in _STEPS if days <= most)
        first = local_day(self.start, zone)
        monday = first + timedelta(days=-first.weekday() % 7)
        marks = []
        while (place := (monday - first).days / days) < 0.94:
            marks.append((round(100 * place, 2), _short(monday)))
            monday += timedelta(weeks=weeks)
        return tuple(marks)


def _short(day: date) -> str:
    return times.day(day, reader=current_reader()).rsplit(" ", 1)[0]


def _bar(span: Span, scale: Scale) -> Bar:
    left = scale.at(span.starts)
    recruits = scale.at(span.recruits_until or span.starts)
    ends = scale.at(span.ends or span.recruits_until or span.starts)
    return Bar(
        key=span.key,
        name=span.name,
        status=span.status.value,
        planned=span.is_planned,
        left=min(left, 96.0),
        recruiting=max(0.0, recruits - left),
        maturing=max(0.0, ends - max(left, recruits)),
        words=_words(span),
    )


def _words(span: Span) -> str:
    """When it ends, in a few words."""
    reader = current_reader()
    if span.recruits_until is None:
        return "no plan yet" if span.is_planned else "no end planned"
    ends = times.day(maybe_iso(span.ends or span.recruits_until), reader=reader)
    if span.is_planned:
        return f"could start {times.day(to_iso(span.starts), reader=reader)}, would end {ends}"
    return f"ends {ends}"


def _row(span: Span, lane: str, names: dict[str, str]) -> dict[str, object]:
    return {
        "span": span,
        "lane": lane,
        "waits_for": names.get(span.waits_for or "", span.waits_for),
    }
