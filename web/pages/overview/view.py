"""Figures as the words of the page and the cells of its files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from markupsafe import Markup

from experiments.services.clock import from_iso, local_day
from web.charts.sparkline import sparkline
from web.charts.trend import trend
from web.formatters import current_reader, numbers, times
from web.formatters.figures import write, write_change

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date
    from zoneinfo import ZoneInfo

    from experiments.services.compared import Amount
    from experiments.services.overview import Figure, Figures

DRAWN = ("cross-sell", "up-sell")
_NOUNS = {"count": "", "share": "sales", "mean": "answers", "seconds": "contacts"}


@dataclass(frozen=True)
class FigureView:
    """One figure in words.

    Args:
        anchor: section of the document that defines it.
        note: what it rests on and its interval; change: against the period before, in words; today: as far as it is.
    """

    key: str
    title: str
    anchor: str
    value: str
    note: str
    before: str
    change: str
    change_range: str
    today: str
    spark: Markup


@dataclass(frozen=True)
class TrendView:
    """One figure by day: picture and table."""

    title: str
    anchor: str
    picture: Markup
    rows: list[list[str]]


@dataclass(frozen=True)
class OverviewView:
    """The page's part that refreshes."""

    found: Figures
    query: str
    period: str
    period_before: str
    figures: tuple[FigureView, ...]
    journeys: tuple[FigureView, ...]
    trends: tuple[TrendView, ...]

    @property
    def is_filtered(self) -> bool:
        """Whether anything but the period was asked for."""
        asked = self.found.asked
        return bool(asked.journey or asked.channel or asked.segment)


def view(found: Figures) -> OverviewView:
    """Everything in the reader's conventions."""
    reader = current_reader()
    return OverviewView(
        found=found,
        query=urlencode(found.asked.to_dict()),
        period=times.day_range(found.days[0], found.days[-1], reader=reader),
        period_before=times.day_range(found.days_before[0], found.days_before[-1], reader=reader),
        figures=tuple(_figure(figure, figure.key) for figure in found.figures),
        journeys=tuple(_figure(figure, "journeys", noun="people") for figure in found.journeys),
        trends=tuple(_trend(figure, found) for figure in found.figures if figure.key in DRAWN),
    )


def _figure(figure: Figure, anchor: str, noun: str = "") -> FigureView:
    words = noun or _NOUNS[figure.kind]
    span = f"{write_change(figure.kind, figure.change_low)} to {write_change(figure.kind, figure.change_high)}"
    shown = [value for value in figure.by_day if value is not None]
    label = (
        f"{figure.title} by day, from {write(figure.kind, min(shown))} to {write(figure.kind, max(shown))}"
        if shown
        else ""
    )
    return FigureView(
        key=figure.key,
        title=figure.title,
        anchor=anchor,
        value=write(figure.kind, figure.now.value),
        note=_note(figure.kind, figure.now, words),
        before=_before(figure.kind, figure.before, words),
        change=write_change(figure.kind, figure.change),
        change_range=span if figure.change_low is not None else "",
        today=_today(figure),
        spark=sparkline(figure.by_day, label) if shown else Markup(""),
    )


def _note(kind: str, amount: Amount, noun: str) -> str:
    if kind == "count":
        return ""
    told = f"of {numbers.number(amount.n, reader=current_reader())} {noun}"
    return f"{write(kind, amount.low)} to {write(kind, amount.high)}, {told}" if amount.low is not None else told


def _before(kind: str, amount: Amount, noun: str) -> str:
    text = write(kind, amount.value)
    return text if kind == "count" else f"{text} of {numbers.number(amount.n, reader=current_reader())} {noun}"


def _today(figure: Figure) -> str:
    """ "today 12, same time last week 15"."""
    now, then = write(figure.kind, figure.today.value), write(figure.kind, figure.same_day.value)
    if figure.kind != "count" and not figure.today.n:
        return "nothing to measure today so far"
    if figure.kind == "count":
        return f"today so far {now}, a week ago by this time {then}"
    reader = current_reader()
    n, m = (numbers.number(amount.n, reader=reader) for amount in (figure.today, figure.same_day))
    return f"today so far {now} (n {n}), a week ago by this time {then} (n {m})"


def _trend(figure: Figure, found: Figures) -> TrendView:
    total, before = write("count", figure.now.value), write("count", figure.before.value)
    label = f"{figure.title} by day: {total} in the period, full line; {before} in the period before, dashed."
    reader = current_reader()
    rows = [
        [
            times.day(day, reader=reader),
            write(figure.kind, value),
            times.day(earlier, reader=reader),
            write(figure.kind, then),
        ]
        for day, value, earlier, then in zip(
            found.days, figure.by_day, found.days_before, figure.by_day_before, strict=True
        )
    ]
    return TrendView(figure.title, figure.key, trend(figure.by_day, figure.by_day_before, label), rows)


def summary_rows(found: Figures) -> Iterator[Sequence[Any]]:
    """One row per figure, plain numbers."""
    for figure in (*found.figures, *found.journeys):
        now, before, today, same = figure.now, figure.before, figure.today, figure.same_day
        yield (
            figure.key, now.value, now.n, now.low, now.high, before.value, before.n,
            figure.change, figure.change_low, figure.change_high, today.value, today.n, same.value, same.n,
        )  # fmt: skip


def day_rows(found: Figures, zone: ZoneInfo) -> Iterator[Sequence[Any]]:
    """One row per figure and day of the deployment's calendar, beside the same weekday of the period before."""
    for figure in (*found.figures, *found.journeys):
        for day, value, earlier, then in zip(
            found.days, figure.by_day, found.days_before, figure.by_day_before, strict=True
        ):
            yield figure.key, _date(day, zone), value, _date(earlier, zone), then


def _date(begins: str, zone: ZoneInfo) -> date:
    return local_day(from_iso(begins, "day"), zone)
