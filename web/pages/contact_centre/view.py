"""The board of the contact centre as words, cells and drawings."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from markupsafe import Markup

from web.charts.dots import Dot, dots
from web.charts.forest import level_text
from web.formatters import current_reader, numbers, times
from web.formatters.figures import NOT_KNOWN, write, write_change
from web.pages.overview.filters import CHANNELS

if TYPE_CHECKING:
    from collections.abc import Callable

    from experiments.services.contact_centre import Board
    from experiments.services.contact_centre.board import ChannelFigures, Seen
    from experiments.services.contact_centre.figures import AmountOfPeople, Figure
    from experiments.services.contact_centre.told import Moved, Told

SCALE = 1_000
_NOUNS = {
    "hit-rate": "customers reached",
    "handle-time": "contacts",
    "csat": "answers",
    "response": "contacts",
    "acceptance": "offers",
    "leads": "chats",
}
_VERDICTS = {
    "better": "▲ Better",
    "worse": "▼ Worse",
    "not_shown": "? Not shown",
    "not_testable": "Not testable",
    "not_measured": "Not measured",
}
_TONES = {"better": "gain", "worse": "loss"}
#: Columns of the table by channel.
BY_CHANNEL = ("contacts", "handle-time", "csat", "response", "offers", "acceptance", "leads", "hit-rate")


@dataclass(frozen=True)
class FigureView:
    """One figure in words; `anchor` is the section that defines it."""

    key: str
    title: str
    anchor: str
    value: str
    note: str
    change: str
    change_range: str
    before: str


@dataclass(frozen=True)
class ChannelView:
    """One line of the table by channel; a missing figure is a dash."""

    name: str
    cells: dict[str, FigureView]


@dataclass(frozen=True)
class SeenView:
    """One row of the fatigue table."""

    offers: str
    acceptance: str
    acceptance_span: str
    asked: str
    csat: str
    csat_span: str
    answers: str


@dataclass(frozen=True)
class MovedView:
    """One figure of one test."""

    title: str
    text: str
    span: str
    verdict: str
    tone: str


@dataclass(frozen=True)
class ToldView:
    """One test."""

    told: Told
    cells: tuple[MovedView, ...]


@dataclass(frozen=True)
class BoardView:
    """The page."""

    found: Board
    query: str
    period: str
    figures: tuple[FigureView, ...]
    channels: tuple[ChannelView, ...]
    fatigue: tuple[SeenView, ...]
    acceptance: Markup
    csat: Markup
    tests: tuple[ToldView, ...]


def view(found: Board) -> BoardView:
    """Everything in the reader's conventions."""
    return BoardView(
        found=found,
        query=urlencode(found.asked.to_dict()),
        period=_period(found),
        figures=tuple(map(_figure, found.total.figures)),
        channels=tuple(map(_channel, found.channels)),
        fatigue=tuple(map(_seen, found.fatigue)),
        acceptance=_acceptance(found),
        csat=_csat(found),
        tests=tuple(ToldView(one, tuple(map(_moved, one.moved))) for one in found.tests),
    )


def channel_name(key: str) -> str:
    """ "Phone", "E-mail", "Not told"."""
    names = {channel.value: name for channel, name in CHANNELS.items()}
    return names.get(key, key.replace("_", " ").capitalize()) if key else "All channels"


def _period(found: Board) -> str:
    if found.starts is None or found.ends is None:
        return ""
    reader = current_reader()
    return f"{times.day(found.starts, reader=reader)} to the midnight that began {times.day(found.ends, reader=reader)}"


def _figure(figure: Figure) -> FigureView:
    span = ""
    if figure.change_low is not None and figure.change_high is not None:
        span = f"{write_change(figure.kind, figure.change_low)} to {write_change(figure.kind, figure.change_high)}"
    return FigureView(
        key=figure.key,
        title=figure.title,
        anchor=f"figure-{figure.key}",
        value=write(figure.kind, figure.now.value),
        note=_note(figure, figure.now),
        change=figure.note or write_change(figure.kind, figure.change),
        change_range=span,
        before=f"before: {write(figure.kind, figure.before.value)}",
    )


def _note(figure: Figure, amount: AmountOfPeople) -> str:
    reader = current_reader()
    people = f"{numbers.number(amount.people, reader=reader)} people"
    if figure.kind == "count":
        return people
    told = f"of {numbers.number(amount.n, reader=reader)} {_NOUNS[figure.key]}"
    span = _span(figure.kind, amount)
    return f"{span}, {told}" if span else told


def _span(kind: str, amount: AmountOfPeople) -> str:
    if amount.low is None or amount.high is None:
        return ""
    return f"{write(kind, amount.low)} to {write(kind, amount.high)}"


def _channel(line: ChannelFigures) -> ChannelView:
    told = (figure for figure in line.figures if figure.now.n or figure.before.n)
    cells = {figure.key: replace(_figure(figure), change=_short(figure)) for figure in told}
    if "csat" not in cells:  # answers that tell another channel, or none, say nothing of this one
        cells.pop("response", None)
    return ChannelView(channel_name(line.channel), cells)


def _short(figure: Figure) -> str:
    """A change that fits a cell."""
    return "not testable" if figure.status == "not_testable" else write_change(figure.kind, figure.change)


def _seen(row: Seen) -> SeenView:
    reader = current_reader()
    return SeenView(
        offers=row.offers,
        acceptance=write("share", row.acceptance.value),
        acceptance_span=_span("share", row.acceptance) or NOT_KNOWN,
        asked=numbers.number(row.acceptance.n, reader=reader),
        csat=write("mean", row.csat.value),
        csat_span=_span("mean", row.csat) or NOT_KNOWN,
        answers=numbers.number(row.csat.n, reader=reader),
    )


def _steps(found: Board, amount: Callable[[Seen], AmountOfPeople]) -> list[Dot]:
    reader = current_reader()
    return [
        Dot(row.offers.replace(" and more", "+"), f"n {numbers.number(one.n, reader=reader)}", *_placed(one))
        for row in found.fatigue
        for one in (amount(row),)
    ]


def _placed(one: AmountOfPeople) -> tuple[float | None, float | None, float | None]:
    return one.value, one.low, one.high


def _acceptance(found: Board) -> Markup:
    steps = _steps(found, lambda row: row.acceptance)
    tops = [step.high or step.value or 0.0 for step in steps]
    top = next(limit for limit in (0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1.0) if limit >= max(tops) or limit == 1.0)
    ticks = [(part * top / 4, write("share", part * top / 4)) for part in range(5)]
    label = "; ".join(f"{step.name} offers seen: {write('share', step.value)} accepted" for step in steps)
    return dots(steps, 0.0, top, ticks, label)


def _csat(found: Board) -> Markup:
    steps = _steps(found, lambda row: row.csat)
    highest = max([step.value or 0.0 for step in steps])
    low, high = (1.0, 5.0) if highest <= 5 else (0.0, 10.0)
    ticks = [(low + part * (high - low) / 4, write("mean", low + part * (high - low) / 4)) for part in range(5)]
    label = "; ".join(f"{step.name} offers seen: CSAT {write('mean', step.value)}" for step in steps)
    return dots(steps, low, high, ticks, label)


def _moved(one: Moved) -> MovedView:
    verdict = _VERDICTS.get(one.verdict, "? Not shown" if one.effect is not None else "Not measured")
    span = ""
    if one.low is not None and one.high is not None and one.level is not None:
        span = f"{_effect(one.key, one.low)} to {_effect(one.key, one.high)} ({level_text(one.level)})"
    text = NOT_KNOWN if one.effect is None else _effect(one.key, one.effect)
    return MovedView(one.title, text, span, verdict, _TONES.get(one.verdict, "neutral"))


def _effect(key: str, value: float) -> str:
    reader = current_reader()
    if key == "handle_seconds":
        return f"{numbers.signed_number(value, 1, reader=reader)} s"
    if key == "hit_rate":
        return numbers.signed_points(value, 2, reader=reader)
    if key == "csat":
        return numbers.signed_number(value, 2, reader=reader)
    return numbers.signed_number(SCALE * value, 1, reader=reader)
