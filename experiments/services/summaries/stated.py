"""What several rows say about the same thing: they may be silent, and must not contradict each other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from experiments.domain.errors import DomainError
from experiments.services.summaries.row import Facts, SummaryRow

Value = TypeVar("Value")


def stated(rows: Sequence[SummaryRow], column: str, read: Callable[[Facts], Value | None]) -> Value | None:
    """What the rows say, where any of them says it; two that differ are refused."""
    said = [(row, value) for row in rows if (value := read(row.facts)) is not None]
    for row, value in said[1:]:
        if value != said[0][1]:
            raise refused(row, column, str(value), f"{said[0][1]} as in line {said[0][0].line}")
    return said[0][1] if said else None


def refused(row: SummaryRow, column: str, value: str, bound: str) -> DomainError:
    """The error that names line, column, value and bound."""
    return DomainError("bad_row", f"line {row.line}: {column} == {value}, must be {bound}.", column)
