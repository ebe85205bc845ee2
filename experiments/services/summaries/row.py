"""One row of a summary file: the numbers of one metric in one variant, at one moment where rows are cumulative."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from experiments.domain.metric import Direction, Margin, MetricKind, Role
from experiments.services.summaries.cells import Cells, Moment
from experiments.services.summaries.margins import parse_margin

#: A sum of squares loses its last digits to its mean; a variance below this share of it is noise.
ROUNDING = 1e-12


class Column(StrEnum):
    """Every column a summary file may have."""

    EXPERIMENT = "experiment"
    VARIANT = "variant"
    METRIC = "metric"
    N = "n"
    SUCCESSES = "successes"
    MEAN = "mean"
    VARIANCE = "variance"
    SUM = "sum"
    SUM_SQUARES = "sum_squares"
    TIME = "time"
    ROLE = "role"
    DIRECTION = "direction"
    MARGIN = "margin"
    EFFECT = "effect"
    PROTECTED = "protected"
    CONTROL = "control"
    WEIGHT = "weight"
    UNIT = "unit"
    PLANNED_N = "planned_n"


NAMES = (Column.EXPERIMENT, Column.VARIANT, Column.METRIC)
REQUIRED = (*NAMES, Column.N)
_FORMS = (Column.SUCCESSES, Column.MEAN, Column.SUM)


class DirectionWord(StrEnum):
    """Which way is good."""

    HIGHER = "higher"
    LOWER = "lower"


@dataclass(frozen=True, slots=True)
class Facts:
    """What a row says besides its numbers; None where it says nothing.

    Args:
        weight: planned share of the variant, in any unit.
        effect: smallest relative change of a goal worth finding.
        planned_n: planned units of the whole test, all variants together.
    """

    role: Role | None = None
    direction: Direction | None = None
    margin: Margin | None = None
    effect: float | None = None
    protected: bool | None = None
    control: bool | None = None
    weight: float | None = None
    unit: str | None = None
    planned_n: int | None = None


@dataclass(frozen=True, slots=True)
class SummaryRow:
    """One valid row.

    Args:
        line: line in a CSV file, number of the row in a Parquet file.
        kind: rate where successes are given, else mean.
        mean: successes or sum over n, or as given; None where n is 0 or no value is given.
        variance: per unit with n − 1 in the denominator; None where it is not given. A rate needs none.
        moment, moment_text: when, and how the file says it; None in a file without times.
    """

    line: int
    experiment: str
    variant: str
    metric: str
    n: int
    kind: Literal[MetricKind.RATE, MetricKind.MEAN]
    mean: float | None
    variance: float | None
    facts: Facts
    moment: Moment | None = None
    moment_text: str | None = None


def read_row(cells: Cells) -> SummaryRow:
    """The row; raises DomainError with line, column, value and bound."""
    n = cells.whole(Column.N)
    if n is None:
        cells.refuse(Column.N, "a whole number >= 0")
    kind, mean, variance = _numbers(cells, n)
    return SummaryRow(
        line=cells.line,
        experiment=cells.text(Column.EXPERIMENT),
        variant=cells.text(Column.VARIANT),
        metric=cells.text(Column.METRIC),
        n=n,
        kind=kind,
        mean=mean,
        variance=variance,
        facts=_facts(cells),
        moment=cells.moment(Column.TIME),
        moment_text=cells.maybe_text(Column.TIME),
    )


_Numbers = tuple[Literal[MetricKind.RATE, MetricKind.MEAN], float | None, float | None]


def _numbers(cells: Cells, n: int) -> _Numbers:
    given = [column for column in _FORMS if cells.has(column)]
    if len(given) > 1:
        cells.refuse(given[1], f"empty, because {given[0]} is given: a row has one form")
    if given == [Column.SUCCESSES]:
        return MetricKind.RATE, _share(cells, n), None
    if given == [Column.SUM]:
        return MetricKind.MEAN, *_from_sums(cells, n)
    mean = cells.number(Column.MEAN)
    variance = cells.number(Column.VARIANCE, low=0)
    return MetricKind.MEAN, (mean if n else None), variance


def _share(cells: Cells, n: int) -> float | None:
    successes = cells.whole(Column.SUCCESSES)
    if successes is not None and successes > n:
        cells.refuse(Column.SUCCESSES, f"a whole number between 0 and n == {n}")
    return successes / n if n and successes is not None else None


def _from_sums(cells: Cells, n: int) -> tuple[float | None, float | None]:
    total, squares = cells.number(Column.SUM), cells.number(Column.SUM_SQUARES, low=0)
    if not n or total is None:
        return None, None
    if squares is None or n < 2:
        return total / n, None
    scatter = squares - total * total / n
    if scatter < -ROUNDING * squares:
        cells.refuse(Column.SUM_SQUARES, f"at least sum² / n == {total * total / n:g}")
    # Where all the digits went into the mean, nothing is known of the spread; all zeros have none.
    known = squares == 0 or scatter > ROUNDING * squares
    return total / n, scatter / (n - 1) if known else None


def _facts(cells: Cells) -> Facts:
    direction = cells.choice(Column.DIRECTION, DirectionWord)
    margin = cells.maybe_text(Column.MARGIN)
    planned_n = cells.whole(Column.PLANNED_N)
    if planned_n == 0:
        cells.refuse(Column.PLANNED_N, "a whole number > 0")
    return Facts(
        role=cells.choice(Column.ROLE, Role),
        direction=None if direction is None else Direction[direction.name],
        margin=None if margin is None else parse_margin(margin, f"line {cells.line}: margin"),
        effect=cells.number(Column.EFFECT, above=0),
        protected=cells.flag(Column.PROTECTED),
        control=cells.flag(Column.CONTROL),
        weight=cells.number(Column.WEIGHT, above=0),
        unit=cells.maybe_text(Column.UNIT),
        planned_n=planned_n,
    )
