"""Numbers of a block in the reader's conventions."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from web.charts.forest import level_text
from web.formatters import NOT_KNOWN, current_reader, numbers

if TYPE_CHECKING:
    from experiments.decision.gross_to_net.figures import Bar, Cohort, Figure

#: Relations of a sale, as they read inside a line.
RELATION_WORDS = {
    "cross": "cross-sell",
    "up": "up-sell",
    "add": "one more of the same",
    "same": "renewal",
    "down": "lower tier",
    "new": "first product",
}
Write = Callable[[float | None], str]
#: From this amount on a step of a waterfall is written without cents.
WHOLE_FROM = 10


def change(value: float | None) -> str:
    """A change of orders per 1,000 units: "+12.5"."""
    return numbers.signed_number(value, 1, reader=current_reader())


def plain(value: float | None) -> str:
    """A number of orders per 1,000 units: "12.5"."""
    return numbers.number(value, 1, reader=current_reader())


def tens(value: float | None) -> str:
    """A rate as orders of each ten: "1.2"."""
    return plain(None if value is None else 10 * value)


def share(value: float | None) -> str:
    """A share: "61.3%"."""
    return numbers.percent(value, 1, reader=current_reader())


def money(currency: str, *, signed: bool = True) -> Write:
    """Writes money in major units, without cents where they say nothing."""

    def write(value: float | None) -> str:
        whole = value is not None and abs(value) >= WHOLE_FROM
        return numbers.money(value, currency, major=True, whole=whole, signed=signed, reader=current_reader())

    return write


def span(lo: float | None, hi: float | None, write: Write) -> str:
    """ "−0.4 to 2.9"; a dash where there is no interval."""
    return NOT_KNOWN if lo is None or hi is None else f"{write(lo)} to {write(hi)}"


def figure_span(figure: Figure, write: Write) -> str:
    """Interval of a figure, or why it has none."""
    if figure.lo is None or figure.hi is None:
        return {"too_few": "too few", "not_testable": "not testable", "unbounded": "unbounded"}.get(
            figure.status, NOT_KNOWN
        )
    return span(figure.lo, figure.hi, write)


def interval_head(bar: Bar) -> str:
    """Level and form of the intervals of a table: "95% interval", repeated at a look of several."""
    return f"{level_text(bar.level)} interval{'' if bar.critical is None else ', repeated'}"


def cohort_line(cohort: Cohort, unit: str, titles: dict[str, str]) -> str:
    """Who is counted, for how long, and when nobody is old enough."""
    reader = current_reader()
    units = ", ".join(f"{titles.get(key, key)} {numbers.number(n, reader=reader)}" for key, n in cohort.units.items())
    exposed = sum(cohort.exposed.values())
    part = f" ({numbers.percent(sum(cohort.units.values()) / exposed, 0, reader=reader)} of all exposed)"
    known = ", known to be a customer at first exposure" if cohort.linked_only else ""
    days = f"{cohort.days} days"
    line = f"{unit.capitalize()}s old enough for {days}{known}: {units}{part if exposed else ''}."
    line += f" Early window {cohort.early_days} days, returns {cohort.return_days} days."
    if cohort.young:
        line += f" No {unit} is {cohort.horizon_days} days old yet, so everything is read over the early window."
    return line
