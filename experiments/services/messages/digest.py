"""The weekly digest: how the week went, what waits for somebody, what runs, starts and was learned."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from datetime import time as day_time
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from experiments.decision import formats
from experiments.services.clock import DAY, SECOND, local_day, to_iso
from experiments.services.overview import Asked, Figure, figures, wheel

#: On Mondays at this hour, in the deployment's time zone.
WEEKDAY, HOUR_OF_DAY = 0, 7
#: A digest that a stopped worker could not make is made up to so long afterwards.
LATEST = 3 * DAY
LEARNED = 7 * DAY


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that is told, and where one reads on."""

    title: str
    words: str
    path: str


@dataclass(frozen=True, slots=True)
class Section:
    """Lines under one head; `empty` is said where there are none."""

    title: str
    lines: tuple[Line, ...]
    empty: str


@dataclass(frozen=True, slots=True)
class Digest:
    """Everything a digest says.

    Args:
        week: ISO week that ended, such as 2026-W48.
        since, until: its first and last day.
        figures: title, value and how it compares with the week before, as text.
        complete: whether every day of both weeks was counted.
    """

    week: str
    since: date
    until: date
    company: str
    figures: tuple[tuple[str, str, str], ...]
    sections: tuple[Section, ...]
    complete: bool = True

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready form, for machines."""
        return {
            "week": self.week,
            "since": self.since.isoformat(),
            "until": self.until.isoformat(),
            "figures": [{"title": a, "value": b, "change": c} for a, b, c in self.figures],
            **{
                section.title.lower().replace(" ", "_"): [
                    {"title": line.title, "sentence": line.words, "path": line.path} for line in section.lines
                ]
                for section in self.sections
            },
        }


def due_week(now: int, zone: ZoneInfo) -> tuple[str, int] | None:
    """The ISO week whose digest is due and the instant (µs) it was due at; None where it is too late for one."""
    today = local_day(now, zone)
    monday = today - timedelta(days=(today.weekday() - WEEKDAY) % 7)
    for start in (monday, monday - timedelta(days=7)):
        moment = datetime.combine(start, day_time(HOUR_OF_DAY), zone)
        at = round(moment.timestamp()) * SECOND
        if at <= now:
            year, week, _ = (start - timedelta(days=1)).isocalendar()
            return (f"{year}-W{week:02}", at) if now - at <= LATEST else None
    return None


def digest_of(
    session: Session, now: int, zone: ZoneInfo, *, week: str, digital: Collection[str], company: str
) -> Digest:
    """The digest of a week, from counts and stored reports; nothing heavy is computed."""
    told = figures(session, Asked(days=7), now, zone, digital)
    turn = wheel(session, now, zone)
    monday = date.fromisocalendar(int(week[:4]), int(week[6:]), 1)
    learned = [item for item in turn.learned if item.at >= to_iso(now - LEARNED)]
    sections = (
        _section("To decide", [(one.title, one.why, one.href) for one in turn.to_decide], "Nothing waits for you."),
        _section("Running", [_running(one) for one in turn.running], "No test runs."),
        _section("Starting", [_starting(one) for one in turn.starting], "Nothing is planned."),
        _section("Learned", [(one.name, one.words, one.href) for one in learned], "No test was decided."),
    )
    every = tuple(_figure(one) for one in (*told.figures, *told.journeys) if one.now.n or one.before.n)
    return Digest(week, monday, monday + timedelta(days=6), company, every, sections, told.complete)


def _section(title: str, lines: list[tuple[str, str, str]], empty: str) -> Section:
    return Section(title, tuple(Line(*line) for line in lines), empty)


def _running(one: Any) -> tuple[str, str, str]:
    ends = f" Reads out on {one.ends[:10]}." if one.ends else ""
    return one.name, f"Day {one.day}. {one.words.rstrip('.')}.{ends}", f"/experiments/{one.key}"


def _starting(one: Any) -> tuple[str, str, str]:
    waits = f" It waits for {one.waits_for}." if one.waits_for else ""
    lacks = f" Missing: {', '.join(one.missing)}." if one.missing else ""
    return one.name, f"From {one.starts[:10]} on.{waits}{lacks}", f"/experiments/{one.key}"


def _figure(one: Figure) -> tuple[str, str, str]:
    return one.title, _value(one, one.now.value), _change(one)


def _value(one: Figure, value: float | None) -> str:
    if value is None:
        return "–"
    if one.kind == "count":
        return formats.count(round(value))
    if one.kind == "share":
        return formats.percent(value)
    return f"{value / 60:.1f} min" if one.kind == "seconds" else formats.fixed(value, 2)


def _change(one: Figure) -> str:
    """Against the week before; what chance alone can do is said to be that."""
    if one.change is None or one.change_low is None or one.change_high is None:
        return f"{_value(one, one.before.value)} the week before"
    if one.change_low <= 0 <= one.change_high:
        return f"{_value(one, one.before.value)} the week before; chance alone can do that"
    if one.kind == "count":
        return f"{formats.percent(one.change, sign=True)} on the week before"
    return f"{_value(one, one.before.value)} the week before"
